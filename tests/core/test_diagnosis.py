"""What an installation lacks is told in sentences, by the folder that would use it."""

import importlib.metadata
import tomllib
from email.message import Message
from pathlib import Path

import pytest

from logicjsc.core import diagnosis
from logicjsc.core.diagnosis import Finding, Found, Need, examine, extra, known_needs, packages_of
from logicjsc.core.errors import OutputError, ToolNotFoundError

ROOT = Path(__file__).parent.parent.parent


def described(monkeypatch, requirements):
    """Let logicjsc ask for these packages."""
    description = Message()
    for requirement in requirements:
        description["Requires-Dist"] = requirement
    monkeypatch.setattr(diagnosis, "own_description", lambda: description)


def raising(error):
    def look():
        raise error

    return look


def test_every_extra_for_users_is_told_of_by_one_folder():
    extras = set(
        tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    ) - {"dev", "docs"}
    told = [need.name for need in known_needs() if need.name.startswith("extra ")]
    assert sorted(told) == sorted(f"extra {name}" for name in extras)


def test_needs_have_names_of_their_own_and_those_of_the_core_come_first():
    names = [need.name for need in known_needs()]
    assert len(set(names)) == len(names)
    assert names[:2] == ["Python", "packages"]
    assert {"C++ compiler", "Verilator", "Yosys", "ABC", "CUDA", "PostgreSQL server"} < set(names)


@pytest.mark.parametrize(
    "error", [ToolNotFoundError("x; y"), OutputError("x; y"), OSError("x; y"), ImportError("x;\ny")]
)
def test_what_cannot_be_used_becomes_a_sentence(error):
    need = Need("thing", "program", "nothing", raising(error), required=True)
    finding = examine(need)
    assert finding == Finding(need, None, "x; y")
    assert finding.hinders


def test_what_is_missing_and_not_required_hinders_nothing():
    need = Need("thing", "program", "nothing", raising(OutputError("x")))
    assert not examine(need).hinders
    there = examine(Need("thing", "program", "nothing", lambda: Found("1.2", "/a"), required=True))
    assert (str(there.found), there.problem, there.hinders) == ("1.2 (/a)", "", False)
    assert str(Found(packages={"a": "1", "b": "2"})) == "a 1, b 2"
    assert str(Found(path="/a")) == "/a"


def test_packages_are_those_of_the_installation_s_own_description(monkeypatch):
    described(
        monkeypatch,
        [
            "click>=8",
            "numpy<1; platform_system == 'None'",
            "rich; extra == 'nice'",
            "logicjsc[nice]; extra == 'all'",
        ],
    )
    version = importlib.metadata.version
    assert packages_of().packages == {"click": version("click")}
    assert packages_of("nice").packages == {"rich": version("rich")}
    assert packages_of("all").packages == {}


@pytest.mark.parametrize(
    ("requirement", "sentence"),
    [
        ("no-such-package>=1", "no-such-package is not installed; pip install logicjsc"),
        ("click>=999", r"click is of version [\d.]+; pip install logicjsc"),
        (
            "click>=999; extra == 'nice'",
            r"click is of version [\d.]+; pip install 'logicjsc\[nice\]'",
        ),
    ],
)
def test_packages_that_are_missing_or_of_other_versions_are_named(
    monkeypatch, requirement, sentence
):
    described(monkeypatch, [requirement])
    with pytest.raises(ToolNotFoundError, match=f"^{sentence}$"):
        packages_of("nice" if "extra" in requirement else "")


def test_an_extra_is_looked_for_when_asked(monkeypatch):
    need = extra("nice", "beauty")
    described(monkeypatch, ["no-such-package; extra == 'nice'"])
    assert examine(need).problem == (
        "no-such-package is not installed; pip install 'logicjsc[nice]'"
    )


def test_a_program_that_was_never_installed_says_so(monkeypatch):
    monkeypatch.setattr(diagnosis, "DISTRIBUTION", "no-such-distribution")
    with pytest.raises(ToolNotFoundError, match="logicjsc is not installed as a package"):
        packages_of()


def test_a_folder_that_cannot_be_imported_is_a_need_that_is_not_met(monkeypatch):
    real = diagnosis.importlib.import_module

    def import_module(name):
        if name == "logicjsc.map.needs":
            raise ImportError("No module named 'numpy'")
        return real(name)

    monkeypatch.setattr(diagnosis.importlib, "import_module", import_module)
    (finding,) = [examine(need) for need in known_needs() if need.name == "map"]
    assert finding.hinders
    assert finding.problem == (
        "logicjsc.map cannot be imported (No module named 'numpy'); install logicjsc again"
    )
