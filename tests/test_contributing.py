"""Pages about adding a part can be followed, and files for newcomers say what is true."""

import itertools
import json
import re
import tomllib
from pathlib import Path

import numpy as np
import pytest
import yaml
from test_docs import blocks, quick

import logicjsc as lj
from logicjsc.core.errors import ImportedModelError
from logicjsc.dataset import task
from logicjsc.emit.targets import target as target_registry
from logicjsc.frontend import importer
from logicjsc.methods import method
from logicjsc.methods.gradient.families import family
from logicjsc.netlist import evaluate

ROOT = Path(__file__).parent.parent


@pytest.fixture
def nothing_stays(monkeypatch):
    """Parts that a test registers are forgotten afterwards."""
    for registry in (task, importer, method, family, target_registry):
        monkeypatch.setattr(registry, "_registered", dict(registry._registered))


@pytest.mark.parametrize("part", ["neuron", "task", "method", "importer"])
def test_the_example_of_each_part_runs_and_its_circuit_is_proven(
    part, tmp_path, monkeypatch, cache, nothing_stays
):
    monkeypatch.setenv("LOGICJSC_CACHE", str(cache))
    monkeypatch.chdir(tmp_path)
    (example,) = map(quick, blocks(f"add-{part}.md", "python"))
    assert ".verify(" in example
    exec(compile(example, f"docs/add-{part}.md", "exec"), {"__name__": "page"})  # noqa: S102 - ours
    (report,) = Path("hw/build").glob("*/verify.json")
    rungs = json.loads(report.read_text())["rungs"]
    assert rungs
    assert all(rung["mismatches"] == 0 for rung in rungs)


def test_the_example_of_a_target_writes_what_it_says(tmp_path, monkeypatch, nothing_stays):
    monkeypatch.chdir(tmp_path)
    (example,) = blocks("firmware.md", "python")
    exec(compile(example, "docs/firmware.md", "exec"), {"__name__": "page"})  # noqa: S102 - ours
    lines = Path("hw/build/tabled/port-table/ports.csv").read_text().splitlines()
    assert lines[:2] == ["port;direction;bits", "clk;input;1"]


def test_the_shortest_importer_works_as_its_page_says(tmp_path, monkeypatch, nothing_stays):
    monkeypatch.chdir(tmp_path)
    code = blocks("import.md", "python")[-1]
    exec(compile(code, "docs/import.md", "exec"), {"__name__": "page"})  # noqa: S102 - ours
    Path("votes.txt").write_text("a b c d")
    net = lj.import_model("votes.txt", kind="majority").tables
    votes = np.array(list(itertools.product((0, 1), repeat=4)))
    assert evaluate(net, votes)[:, 0].tolist() == (votes.sum(1) > 2).astype(int).tolist()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("[1]", "is no scorecard; give points and a limit"),
        ('{"points": {}, "limit": 1}', "needs points by name, and an integer as limit"),
        ('{"points": {"a": 1}, "limit": "1"}', "needs points by name, and an integer as limit"),
        ('{"points": {"a": true}, "limit": 1}', "points of 'a' are True; give an integer up to"),
        ('{"points": {"a": 0}, "limit": 1}', "points of 'a' are 0; give an integer up to 100"),
    ],
)
def test_the_importer_of_the_page_refuses_what_it_cannot_take(
    content, sentence, tmp_path, monkeypatch, nothing_stays
):
    (example,) = blocks("add-importer.md", "python")
    code = example.partition("Path(")[0]
    exec(compile(code, "docs/add-importer.md", "exec"), {"__name__": "page"})  # noqa: S102 - ours
    path = tmp_path / "a.scorecard"
    path.write_text(content)
    with pytest.raises(ImportedModelError, match=re.escape(sentence)):
        lj.import_model(path)


def test_every_page_about_a_part_is_linked():
    text = (ROOT / "CONTRIBUTING.md").read_text()
    assert {f"docs/{page.name}" for page in ROOT.glob("docs/add-*.md")} == set(
        re.findall(r"docs/add-[a-z]+\.md", text)
    )
    for target in re.findall(r"\]\(([^)#]+)", text):
        assert (ROOT / target).exists(), target


def packages(text):
    """Debian packages that a script installs."""
    (listed,) = re.findall(r"--no-install-recommends \\\n\s+([a-z0-9+ -]+?)(?: >| \\)", text)
    return set(listed.split())


def test_the_container_holds_the_packages_of_the_tests():
    wanted = packages((ROOT / ".ci/run").read_text())
    assert {"g++", "verilator"} < wanted
    dockerfile = (ROOT / "Dockerfile").read_text()
    # Debian's slim images lack certificates, which pip needs.
    assert packages(dockerfile) == wanted | {"ca-certificates"}
    target = re.search(r"RUN make (\w+)", dockerfile)[1]
    assert f"\n{target}:" in (ROOT / "Makefile").read_text()


def test_the_dev_container_is_built_from_the_dockerfile():
    folder = ROOT / ".devcontainer"
    container = json.loads((folder / "devcontainer.json").read_text())
    assert (folder / container["build"]["dockerfile"]).resolve() == ROOT / "Dockerfile"
    assert (folder / container["build"]["context"]).resolve() == ROOT


def test_the_citation_names_this_version():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert citation["cff-version"] == "1.2.0"
    assert (citation["title"], citation["version"]) == (project["name"], lj.__version__)
    assert citation["license"] == project["license"]
    assert citation["authors"] == [{"name": "The logicjsc developers"}]


def test_the_page_about_installing_names_every_extra():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    listed = re.findall(r"^\| `([a-z]+)` \|", (ROOT / "docs/install.md").read_text(), re.MULTILINE)
    assert set(listed) == set(project["optional-dependencies"])
    assert len(set(listed)) == len(listed)
