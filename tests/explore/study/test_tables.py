"""How trials and points are shown: tables, Markdown, CSV, pictures."""

import csv
import io
from dataclasses import replace
from pathlib import Path

import pytest

from logicjsc.explore.study.grid import Block
from logicjsc.explore.study.plot import plot_block, plot_front
from logicjsc.explore.study.report import StudyReport, TrialRow
from logicjsc.explore.study.results import MEASURES, BlockResult, PointResult, RunResult
from logicjsc.explore.study.tables import (
    block_rows,
    front_rows,
    points_csv,
    runs_csv,
    show_objective,
    show_value,
    to_markdown,
    trials_csv,
)

PNG = b"\x89PNG\r\n\x1a\n"


def row(number, accuracy, luts, latency=1.0, state="complete"):
    values = {"accuracy": accuracy, "luts": luts, "latency": latency}
    settings = {"network.hidden": [number], "training.learning_rate": 1e-3}
    return TrialRow(number, state, settings, values, {}, f"run{number}", None, "")


@pytest.fixture
def report():
    rows = (
        row(0, 0.7, 1234),
        row(2, 0.6, 90),
        row(3, 0.5, 2000),
        TrialRow(4, "failed", {}, {}, {}, "", None, "too large"),
    )
    objectives = ("accuracy", "luts", "latency")
    return StudyReport("s", Path("f"), "sqlite:///x", objectives, 1, rows, (2, 0))


def test_tables_show_objectives_in_their_units(report):
    header, rows = front_rows(report, [report.row(0)])
    assert header == [
        "trial",
        "validation accuracy %",
        "estimated LUTs",
        "latency (cycles)",
        "hidden",
        "learning rate",
    ]
    assert rows == [["0", "70.00", "1,234", "1", "[0]", "1e-3"]]
    text = to_markdown(report)
    assert "| 2 | 60.00 | 90 | 1 | [2] | 1e-3 |" in text
    assert "| 3 |" not in text
    assert "3 complete, 1 failed" in text
    assert show_objective("loss", 0.51234) == "0.5123"


def test_csv_holds_every_trial(report):
    rows = list(csv.DictReader(io.StringIO(trials_csv(report))))
    assert [entry["trial"] for entry in rows] == ["0", "2", "3", "4"]
    assert [entry["front"] for entry in rows] == ["1", "1", "0", "0"]
    assert rows[0]["network.hidden"] == "[0]"
    assert (rows[3]["error"], rows[3]["luts"]) == ("too large", "")


@pytest.mark.parametrize("objectives", [("accuracy",), ("accuracy", "luts"), None])
def test_pictures_with_one_two_and_three_objectives(report, objectives, tmp_path):
    plot_front(replace(report, objectives=objectives or report.objectives), tmp_path / "a.png")
    assert (tmp_path / "a.png").read_bytes().startswith(PNG)


def test_a_search_without_trials_has_a_picture_too(report, tmp_path):
    plot_front(replace(report, trials=(), front=()), tmp_path / "a.png")
    assert (tmp_path / "a.png").exists()


def run(seed, accuracy, failure=""):
    values = {} if failure else {**dict.fromkeys(MEASURES, 1.25), "test_accuracy": accuracy}
    return RunResult(seed, f"run{seed}", values, failure)


def block(points, axes=None, measures=("training_loss", "test_accuracy")):
    axes = axes or {"training.batch_size": (64, 128)}
    made = Block("b", "Batch | size", axes, measures, ())
    return BlockResult(made, tuple(PointResult.of(values, runs) for values, runs in points))


@pytest.fixture
def result():
    return block(
        [
            ({"training.batch_size": 64}, [run(0, 0.7), run(1, 0.72), run(2, 0.74)]),
            ({"training.batch_size": 128}, [run(0, 0.6), run(1, 0.0, "it, failed")]),
        ]
    )


def test_a_table_shows_percent_losses_and_how_many_runs_there_are(report, result):
    header, rows = block_rows(result)
    assert header == ["batch size", "training loss", "test accuracy %", "runs"]
    assert rows == [
        ["64", "1.2500 ± 0.0000", "72.00 ± 2.00", "3 of 3"],
        ["128", "1.2500", "60.00", "1 of 2"],
    ]
    text = to_markdown(replace(report, blocks=(result,)))
    assert "| 64 | 1.2500 ± 0.0000 | 72.00 ± 2.00 | 3 of 3 |" in text
    assert text.startswith("## Batch | size\n\n| batch size |")
    assert "Seeds: 0, 1, 2; mean ± standard deviation over seeds." in text


def test_a_point_without_any_finished_run_is_shown_as_failed():
    _, rows = block_rows(block([({"training.batch_size": 64}, [run(0, 0.0, "no")])]))
    assert rows == [["64", "failed", "failed", "0 of 1"]]


def test_a_measure_that_a_method_does_not_have_is_a_dash(tmp_path):
    values = {"luts": 1234.0, "best_step": 3.0, "seconds": 1.26, "test_accuracy": 0.5}
    points = [({"network.layers": [4]}, [RunResult(0, "r", values, "")])]
    measures = ("luts", "best_step", "seconds", "training_loss", "test_accuracy")
    found = block(points, {"network.layers": ([4],)}, measures)
    header, rows = block_rows(found)
    assert header == ["layers", "LUTs", "best step", "seconds", "training loss", "test accuracy %"]
    assert rows == [["[4]", "1,234", "3.0", "1.3", "-", "50.00"]]
    plot_block(found, tmp_path / "a.png")
    assert (tmp_path / "a.png").read_bytes().startswith(PNG)


def test_csv_files_read_back(result):
    points = list(csv.DictReader(io.StringIO(points_csv([result]))))
    assert [row["runs"] for row in points] == ["3", "1"]
    assert float(points[0]["test_accuracy_mean"]) == pytest.approx(0.72)
    assert float(points[0]["test_accuracy_deviation"]) == pytest.approx(0.02)
    assert points[1]["test_accuracy_deviation"] == ""
    runs = list(csv.DictReader(io.StringIO(runs_csv([result]))))
    assert [row["seed"] for row in runs] == ["0", "1", "2", "0", "1"]
    assert (runs[4]["failure"], runs[4]["test_accuracy"]) == ("it, failed", "")
    assert runs[0]["settings"] == '{"training.batch_size": 64}'
    assert runs[0]["run"] == "run0"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1e-1, "0.1"),
        (1e-3, "1e-3"),
        (1e-5, "1e-5"),
        (2.5e-5, "2.5e-5"),
        (0.0, "0"),
        (1e7, "1e7"),
        (64, "64"),
        ("constant", "constant"),
        ([8, 4], "[8, 4]"),
    ],
)
def test_values_are_shown_as_people_write_them(value, text):
    assert show_value(value) == text


def test_pictures_of_numbers_words_and_several_axes(result, tmp_path):
    plot_block(result, tmp_path / "a.png")
    words = {"training.schedule": ("constant", "one-cycle"), "training.batch_size": (64, 128)}
    points = [
        ({"training.schedule": word, "training.batch_size": size}, [run(0, 0.5)])
        for word in words["training.schedule"]
        for size in words["training.batch_size"]
    ]
    plot_block(block(points, words), tmp_path / "b.png")
    pictures = [(tmp_path / name).read_bytes() for name in ("a.png", "b.png")]
    assert all(picture.startswith(PNG) for picture in pictures)
    assert pictures[0] != pictures[1]


def test_a_grid_of_which_nothing_is_finished_has_a_picture_too(tmp_path):
    nothing = block([({"training.batch_size": 64}, [run(0, 0.0, "no")])])
    plot_block(nothing, tmp_path / "a.png")
    assert (tmp_path / "a.png").read_bytes().startswith(PNG)
