"""Several things beside each other."""

import pytest
from reference.report_pages import plots_of, read_page

from logicjsc.core.errors import ConfigError
from logicjsc.core.run import Run
from logicjsc.explore.report.comparison import comparison_rows
from logicjsc.explore.report.elements import Note, Plot, Table
from logicjsc.explore.report.report import report_of


def test_runs_of_all_methods_stand_beside_each_other(runs, tmp_path):
    paths = [runs("gradient", "classes"), runs("anneal", "classes")]
    report = report_of(paths)
    compared = report.to_dict()["compared"]
    assert [entry["test"]["accuracy"] for entry in compared] == [
        Run(path).result()["accuracy"] for path in paths
    ]
    header, rows = comparison_rows(report.shorts)
    assert header == ["", "run gradient-classes", "run anneal-classes"]
    assert next(row for row in rows if row[0] == "method") == ["method", "gradient", "anneal"]
    sections = {part.name: part for part in report.sections()}
    accuracies = sections["results"].elements[0]
    assert accuracies.data[0]["y"] == [entry["test"]["accuracy"] for entry in compared]
    assert not [e for e in sections["results"].elements if isinstance(e, Note)]
    luts = next(e for e in sections["area"].elements if isinstance(e, Table))
    assert [row[0] for row in luts.rows] == header[1:]
    titles = [e.title for e in sections["curves"].elements if isinstance(e, Plot)]
    assert titles == [
        "Loss, by epoch",
        "Validation accuracy, by epoch",
        "Accuracy of each start, by seed",
    ]
    report.write(tmp_path / "page.html")
    text = (tmp_path / "page.html").read_text()
    read_page(text)
    assert len(plots_of(text)) == 5


def test_figures_of_other_samples_are_said_to_be(runs):
    sections = report_of([runs(), runs("gradient", "value")]).sections()
    found = [e.text for part in sections for e in part.elements if isinstance(e, Note)]
    assert any("of different samples" in text for text in found)


def test_things_of_one_name_are_told_apart_by_their_paths(runs):
    report = report_of([runs(), runs()])
    assert [short.title for short in report.shorts] == [f"run {runs()}"] * 2
    mixed = report_of([runs(), runs() / "netlist.npz"])
    assert mixed.shorts[1].title == "netlist netlist"


def test_studies_are_compared_with_nothing(runs, tmp_path):
    (tmp_path / "study.txt").touch()
    with pytest.raises(ConfigError, match="is a study, which is compared with nothing"):
        report_of([runs(), tmp_path])
