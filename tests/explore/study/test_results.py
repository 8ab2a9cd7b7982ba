"""Mean and spread over seeds, and how tables and pictures show them."""

import csv
import io
import math
from pathlib import Path

import pytest
from logicjsc.explore.sweep.definition import MEASURES, Block
from logicjsc.explore.sweep.plot import plot_block
from logicjsc.explore.sweep.results import BlockResult, PointResult, RunResult, Spread
from logicjsc.explore.sweep.tables import block_rows, points_csv, runs_csv, show_value, to_markdown

PNG = b"\x89PNG\r\n\x1a\n"


def run(seed, accuracy, failure=""):
    values = {} if failure else {**dict.fromkeys(MEASURES, 1.25), "test_accuracy": accuracy}
    return RunResult(seed, Path(f"runs/{seed}"), values, failure)


def block(points, axes=None):
    axes = axes or {"training.batch_size": (64, 128)}
    made = Block("b", "Batch | size", axes, ("training_loss", "test_accuracy"), ())
    return BlockResult(made, tuple(PointResult.of(values, runs) for values, runs in points))


@pytest.fixture
def result():
    return block(
        [
            ({"training.batch_size": 64}, [run(0, 0.7), run(1, 0.72), run(2, 0.74)]),
            ({"training.batch_size": 128}, [run(0, 0.6), run(1, 0.0, "it, failed")]),
        ]
    )


def test_the_spread_is_the_sample_standard_deviation():
    assert Spread.of([]) == Spread(None, None, 0)
    assert Spread.of([2.0]) == Spread(2.0, None, 1)
    spread = Spread.of([1.0, 2.0, 6.0])
    assert (spread.mean, spread.count) == (3.0, 3)
    assert spread.deviation == pytest.approx(math.sqrt((4 + 1 + 9) / 2))
    assert Spread.of([1.0, math.inf]).deviation is None


def test_a_table_shows_percent_nats_and_how_many_runs_there_are(result):
    header, rows = block_rows(result)
    assert header == ["batch size", "training loss (nats)", "test accuracy %", "runs"]
    assert rows == [
        ["64", "1.2500 ± 0.0000", "72.00 ± 2.00", "3 of 3"],
        ["128", "1.2500", "60.00", "1 of 2"],
    ]
    text = to_markdown([result])
    assert "| 64 | 1.2500 ± 0.0000 | 72.00 ± 2.00 | 3 of 3 |" in text
    assert text.startswith("## Batch | size\n\n| batch size |")


def test_a_point_without_any_finished_run_is_shown_as_failed():
    _, rows = block_rows(block([({"training.batch_size": 64}, [run(0, 0.0, "no")])]))
    assert rows == [["64", "failed", "failed", "0 of 1"]]


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
