"""``logicjsc doctor``: what is there, and what each missing thing would be for."""

import subprocess
import sys

import pytest

from logicjsc.cli import doctor
from logicjsc.core.diagnosis import Found, Need
from logicjsc.core.errors import ToolNotFoundError


def missing():
    raise ToolNotFoundError("there is no thing; install it")


@pytest.fixture
def needs(monkeypatch):
    """Replaces what this machine needs."""

    def replace(*found):
        monkeypatch.setattr(doctor, "known_needs", lambda: iter(found))

    return replace


def test_this_machine_can_do_what_the_tests_do(cli, cache, monkeypatch):
    monkeypatch.setenv("LOGICJSC_CACHE", str(cache))
    report = cli.json("doctor")
    assert report["works"] is True
    found = {entry["name"]: entry for entry in report["findings"]}
    assert found["packages"]["packages"]["torch"]
    for name in ("C++ compiler", "Verilator", "ABC", "Yosys", "nextpnr for ecp5", "extra map"):
        assert found[name]["found"], found[name]
        assert found[name]["version"] or found[name]["packages"]
    assert all(bool(entry["problem"]) is not entry["found"] for entry in report["findings"])


def test_a_missing_thing_that_is_needed_ends_with_two(cli, needs):
    needs(
        Need("thing", "program", "all work", missing, required=True),
        Need("other", "program", "some work", lambda: Found("1.2", "/a/b")),
    )
    lines = cli("doctor", code=2).stdout.splitlines()
    assert "thing: there is no thing; install it" in lines
    assert lines[-1] == ("networks cannot be trained and verified here: thing must be mended first")
    cells = [[cell.strip() for cell in line.split("│")[1:-1]] for line in lines if "│" in line]
    assert cells == [
        ["thing", "needed", "all work", "-"],
        ["other", "there", "some work", "1.2 (/a/b)"],
    ]
    report = cli.json("doctor", code=2)
    assert report["works"] is False
    assert report["findings"][1] == {
        "name": "other",
        "kind": "program",
        "purpose": "some work",
        "required": False,
        "found": True,
        "version": "1.2",
        "path": "/a/b",
        "packages": {},
        "problem": "",
    }


def test_a_missing_thing_that_is_not_needed_is_told_and_ends_well(cli, needs):
    needs(Need("thing", "device", "some work", missing))
    output = cli("doctor").stdout
    assert "thing: there is no thing; install it" in output
    assert output.splitlines()[-1] == "networks can be trained, written as circuits and verified"


def test_nothing_heavy_is_imported():
    heavy = ("torch", "onnx", "onnxruntime", "sklearn", "pandas", "matplotlib", "optuna", "numba")
    code = (
        "import sys\n"
        "from logicjsc.core.diagnosis import examine, known_needs\n"
        "[examine(need) for need in known_needs() if need.kind in {'package', 'python'}]\n"
        f"print([name for name in {heavy!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
