"""Whole pages: valid, whole in themselves, of every method and kind, and true to result.json."""

import json
import re
import shutil

import pytest
from reference.random_netlists import random_netlist
from reference.report_pages import NASTY, plots_of, read_page

from logicjsc.artefacts.sources import zoo_points
from logicjsc.core.errors import ConfigError, DataError, RunError
from logicjsc.core.run import Run
from logicjsc.explore.report.elements import Facts, Note, Table
from logicjsc.explore.report.report import report_of
from logicjsc.netlist import save_netlist

MADE = (
    ("gradient", "classes"), ("gradient", "binary"), ("gradient", "labels"), ("gradient", "value"),
    ("anneal", "classes"), ("prune", "labels"), ("prune", "value"),
)  # fmt: skip
"""Every method, and every kind of target."""

PARTS = {
    "facts", "results", "curves", "confusion", "histograms", "importance", "network", "area",
    "ladder", "commands", "versions",
}  # fmt: skip
"""Parts that every run has; values have no ROC curve."""


def page_of(path, out, **options):
    report_of([path], **options).write(out)
    return out.read_text(encoding="utf-8")


def notes_of(sections, name):
    return [e.text for e in sections[name].elements if isinstance(e, Note) and e.missing]


@pytest.mark.parametrize(("method", "kind"), MADE)
def test_every_method_and_kind_of_target_has_a_whole_page(runs, tmp_path, method, kind):
    path = runs(method, kind)
    before = sorted(file.name for file in path.iterdir())
    text = page_of(path, tmp_path / "page.html")
    page = read_page(text)
    ids = [value for name, value in page.attributes if name == "id"]
    assert PARTS | ({"roc"} if kind != "value" else set()) <= set(ids)
    assert len(ids) == len(set(ids))
    missing = re.findall(r'<p class="missing">(.*?)</p>', text)
    assert len(missing) == 1
    assert "there is no verify.json" in missing[0]
    drawn = [value for name, value in page.attributes if name == "class" and value == "plot"]
    assert len(drawn) == len(plots_of(text)) > 8
    # A page changes nothing but what is made of a run anyway.
    assert {*(file.name for file in path.iterdir())} - {*before} <= {"netlist.npz", "model.onnx"}


def test_a_page_loads_nothing_from_elsewhere(runs, tmp_path):
    text = page_of(runs(), tmp_path / "page.html")
    page = read_page(text)
    policy = dict(page.attributes)["content"]
    assert "Content-Security-Policy" in text
    assert "default-src 'none'" in text
    assert policy
    links = [value for name, value in page.attributes if name in {"href", "src"}]
    assert links
    assert all(link.startswith("#") for link in links)
    assert not {"link", "img", "iframe", "object", "embed", "base"} & set(page.tags)
    own = "".join("".join(texts) for texts in page.texts.values())
    assert "http:" not in own
    assert "https:" not in own
    assert "url(" not in own
    assert "@import" not in own


def test_names_with_html_stay_names(runs, tmp_path):
    text = page_of(runs(), tmp_path / "page.html")
    page = read_page(text)
    assert "onerror" not in [name for name, _ in page.attributes]
    assert any(NASTY in shown for shown in page.texts["td"])
    assert any(NASTY in shown for shown in page.texts["figcaption"])
    assert "i" not in page.tags
    # Plotly reads its texts as HTML, so in them names are escaped once more.
    bar = next(p for p in plots_of(text) if p["data"] and p["data"][0].get("type") == "bar")
    names = bar["data"][0]["y"]
    assert any(name.startswith("size &lt;img") for name in names)
    assert not any("<" in name for name in names)


@pytest.mark.parametrize(("method", "kind"), MADE)
def test_the_figures_are_those_of_the_result(runs, sections, method, kind):
    path = runs(method, kind)
    result = Run(path).result()
    report = report_of([path]).to_dict()
    assert report["test"] == result["found"][result["kept"]]["test"]
    assert report["validation"] == result["validation"]
    assert report["sizes"] == result["sizes"]
    (figures, *_) = [e for e in sections(path)["results"].elements if isinstance(e, Table)]
    rows = {row[0]: row[1:] for row in figures.rows}
    assert figures.header == ("", "validation", "test")
    assert rows["samples"] == [result["validation"]["samples"], result["samples"]]
    if kind == "value":
        assert rows["R2"][1] == f"price {result['r2']['price']:.4f}"
    else:
        assert rows["accuracy"][1] == f"{100 * result['accuracy']:.2f} %"
        assert result["auc"]


@pytest.fixture
def copy(runs, tmp_path):
    """A copy of a run, to be damaged."""
    return shutil.copytree(runs(), tmp_path / "copy")


def test_a_run_that_is_not_finished_has_a_page_that_says_what_is_missing(copy, tmp_path):
    (copy / "result.json").unlink()
    run = Run(copy)
    saved = json.loads((copy / "run.json").read_text()) | {"state": "running"}
    (copy / "run.json").write_text(json.dumps(saved))
    lines = (copy / "metrics.jsonl").read_text().splitlines(keepends=True)
    (copy / "metrics.jsonl").write_text("".join(lines[:2]))
    report = report_of([copy])
    assert report.to_dict()["state"] == "not finished"
    assert report.to_dict()["epochs"] == "2 of 3"
    sections = {part.name: part for part in report.sections()}
    assert "is not finished; go on with" in notes_of(sections, "results")[0]
    for name in ("confusion", "roc", "network", "area"):
        assert notes_of(sections, name) == ["Missing for the reason given at 'How well it does'."]
    assert len(sections["curves"].elements[0].data[0]["x"]) == 2
    (commands,) = sections["commands"].elements
    assert commands.lines[0] == f"logicjsc train --resume {copy}"
    assert not run.is_finished
    read_page(page_of(copy, tmp_path / "page.html"))


@pytest.mark.parametrize(
    ("content", "part", "sentence"),
    [
        ("result.json {", "results", "result.json is damaged"),
        ('result.json {"kept": 0}', "results", "result.json is damaged"),
        ('metrics.jsonl {"epoch": 1}', "curves", "a step has no number 'training_loss'"),
        ("metrics.jsonl {]", "curves", "metrics.jsonl is damaged"),
        ("checkpoint.pt no archive", "confusion", "checkpoint.pt is damaged"),
        ('verify.json {"rungs": 3}', "ladder", "verify.json is damaged"),
    ],
)
def test_a_damaged_file_costs_its_part_alone(copy, tmp_path, content, part, sentence):
    name, _, damage = content.partition(" ")
    (copy / name).write_text(damage)
    sections = {entry.name: entry for entry in report_of([copy]).sections()}
    assert notes_of(sections, part)
    notes = [note for name in sections for note in notes_of(sections, name)]
    assert len([note for note in notes if sentence in note]) == 1
    facts = dict(sections["facts"].elements[0].rows)
    assert facts["method"] == "gradient"
    read_page(page_of(copy, tmp_path / "page.html"))


@pytest.mark.parametrize("content", ["{", "[]", '{"format_version": 1}', "\x00"])
def test_a_run_of_which_nothing_can_be_told_is_refused(copy, content):
    (copy / "run.json").write_text(content)
    with pytest.raises(RunError, match=r"run\.json (is damaged|cannot be read)"):
        report_of([copy])


def test_samples_that_are_gone_or_changed_are_missed_by_name(runs, tmp_path):
    path = shutil.copytree(runs("gradient", "binary"), tmp_path / "copy")
    table = runs("gradient", "binary").parent / "binary.csv"
    away = table.rename(table.with_suffix(".away"))
    try:
        sections = {part.name: part for part in report_of([path]).sections()}
        assert "cannot be had" in notes_of(sections, "confusion")[0]
        for name in ("roc", "histograms", "importance"):
            reason = "Missing for the reason given at 'What is taken for what'."
            assert notes_of(sections, name) == [reason]
        assert notes_of(sections, "results") == []
        again = {part.name: part for part in report_of([path], data=away).sections()}
        assert notes_of(again, "confusion") == []
        lines = away.read_text().splitlines()
        table.write_text("\n".join(lines[:200]) + "\n")
        changed = {part.name: part for part in report_of([path]).sections()}
        assert any("are not those it was made from" in n for n in notes_of(changed, "confusion"))
    finally:
        away.rename(table)


def test_samples_that_are_asked_for_are_never_missing(runs, tmp_path):
    with pytest.raises(DataError, match="there are no samples at"):
        report_of([runs()], data=tmp_path / "none.csv")


@pytest.mark.parametrize("name", ["netlist.npz", "model.onnx"])
def test_what_a_run_leads_to_has_a_page_as_well(runs, tmp_path, name):
    report = report_of([runs() / name])
    assert report.to_dict()["test"]["accuracy"] == Run(runs()).result()["accuracy"]
    text = page_of(runs() / name, tmp_path / "page.html")
    read_page(text)
    assert 'class="missing"' not in text


def test_a_netlist_that_nothing_is_known_of_is_drawn(tmp_path):
    netlist = random_netlist(3, inputs=5, stages=2, nodes=4, outputs=5)
    save_netlist(netlist, tmp_path / "n.npz")
    sections = {part.name: part for part in report_of([tmp_path / "n.npz"]).sections()}
    assert "does not say which samples" in notes_of(sections, "results")[0]
    assert len(sections["network"].elements[0].nodes) > 5
    (table,) = [e for e in sections["importance"].elements if isinstance(e, Table)]
    assert {row[0] for row in table.rows} == set(netlist.input_names)


def test_a_point_of_the_zoo_is_measured_on_the_samples_that_travel(tmp_path):
    report = report_of(["jsc-lut-7"])
    sections = {part.name: part for part in report.sections()}
    point = report.to_dict()
    (figures, note) = sections["results"].elements
    accuracy = dict(figures.rows)["accuracy"]
    assert accuracy == f"{100 * point['bundled']['accuracy']:.2f} %"
    assert "bundled sample" in note.text
    area = sections["area"].elements
    assert list(area[0].rows[0])[:2] == ["codes in, scores out", 7]
    assert any(e.rows[0] == ("LUTs of the network", 7) for e in area if isinstance(e, Facts))
    assert sections["commands"].elements[0].lines[0].startswith("logicjsc train jsc-lut-7")
    assert zoo_points()["jsc-lut-7"].is_dir()
    read_page(page_of("jsc-lut-7", tmp_path / "page.html"))


def test_what_has_no_result_is_refused_with_what_to_do(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError, match=r"is a config, of which there is no result; train it"):
        report_of(["jsc-s"])
    with pytest.raises(ConfigError, match=r"there is nothing in studies/lab yet; run logicjsc"):
        report_of(["lab"])
    with pytest.raises(RunError, match=r"there is nothing at nowhere"):
        report_of(["nowhere"])
