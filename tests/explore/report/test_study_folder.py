"""Studies, as their folders tell them."""

import pytest
from reference.report_pages import read_page

from logicjsc.core.errors import RunError
from logicjsc.explore.report.elements import Note, Plot, Table
from logicjsc.explore.report.report import report_of
from logicjsc.explore.report.study_folder import StudyFolder
from logicjsc.explore.study.report import StudyReport, TrialRow
from logicjsc.explore.study.tables import trials_csv

HEADER = "trial,state,front,accuracy,luts,network.hidden,run,error\n"
TRIALS = (
    '0,complete,1,0.75,120,"[8]",a,\n'
    '1,complete,0,0.70,130,"[9]",b,\n'
    '2,failed,0,,,"[7]",,it <b>broke</b>\n'
    '3,complete,1,0.80,300,"[16]",c,\n'
)


def write_study(folder, text):
    folder.mkdir()
    (folder / "study.txt").write_text("mine: runs and results of logicjsc study\n")
    (folder / "trials.csv").write_text(text)
    return folder


def test_the_trials_of_a_study_and_its_front_are_shown(tmp_path):
    report = report_of([write_study(tmp_path / "mine", HEADER + TRIALS)])
    values = report.to_dict()
    assert values["states"] == {"complete": 3, "failed": 1}
    assert [row["trial"] for row in values["front"]] == ["0", "3"]
    sections = {part.name: part for part in report.sections()}
    plot, table = sections["front"].elements
    assert isinstance(plot, Plot)
    assert [trace["x"] for trace in plot.data] == [[130.0], [120.0, 300.0]]
    assert [trace["y"] for trace in plot.data] == [[0.70], [0.75, 0.80]]
    assert isinstance(table, Table)
    assert len(sections["trials"].elements[0].rows) == 4
    report.write(tmp_path / "page.html")
    page = read_page((tmp_path / "page.html").read_text())
    assert "b" not in page.tags


def test_the_table_that_a_study_writes_is_read(tmp_path):
    rows = [
        TrialRow(4, "complete", {"a.b": [8, 8]}, {"accuracy": 0.5, "luts": 70}, {}, "r", None, ""),
        TrialRow(5, "failed", {"a.b": [9]}, {}, {}, "", None, 'it said "no",\nthen more'),
    ]
    study = StudyReport("mine", tmp_path, "sqlite", ("accuracy", "luts"), 0, tuple(rows), (4,))
    read = StudyFolder.read(write_study(tmp_path / "mine", trials_csv(study)))
    assert [row["trial"] for row in read.trials] == ["4", "5"]
    assert [row["trial"] for row in read.front] == ["4"]
    assert read.objectives == ["accuracy", "luts"]
    assert read.trials[1]["error"] == rows[1].error
    assert read.short().rows[1] == ("trial 4", "accuracy 0.5, luts 70")


def test_a_grid_shows_its_points(tmp_path):
    folder = write_study(tmp_path / "mine", HEADER + TRIALS)
    (folder / "results.csv").write_text("block,settings,test_accuracy_mean\nb,{},0.5\n")
    sections = {part.name: part for part in report_of([folder]).sections()}
    assert sections["points"].elements[0].rows == [["b", "{}", "0.5"]]


def test_a_study_of_nothing_says_so(tmp_path):
    report = report_of([write_study(tmp_path / "mine", HEADER)])
    assert report.shorts[0].rows == (("trials", "none yet"),)
    (section,) = report.sections()
    assert isinstance(section.elements[0], Note)
    assert section.elements[0].text == "Missing: no trial has been made yet."
    report.write(tmp_path / "page.html")
    read_page((tmp_path / "page.html").read_text())


@pytest.mark.parametrize(
    "text", ["", "trial,state\n1,complete\n", HEADER + "1,2,3,4,5,6,7,8,9\n", HEADER + "1,2\n"]
)
def test_damaged_tables_are_refused(tmp_path, text):
    with pytest.raises(RunError, match=r"trials\.csv is damaged"):
        report_of([write_study(tmp_path / "mine", text)])


def test_a_figure_that_is_none_is_refused(tmp_path):
    report = report_of([write_study(tmp_path / "mine", HEADER + "0,complete,1,x,1,,a,\n")])
    with pytest.raises(RunError, match="'x' is no number"):
        report.sections()


def test_a_study_without_tables_is_refused(tmp_path):
    (tmp_path / "study.txt").touch()
    with pytest.raises(RunError, match=r"has no trials\.csv: the study has not ended"):
        report_of([tmp_path])
