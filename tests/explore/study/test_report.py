"""The front against its definition, and how trials are shown."""

import csv
import io
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from logicjsc.explore.search.plot import plot_search
from logicjsc.explore.search.report import (
    SearchReport,
    TrialRow,
    pareto_front,
    table,
    to_csv,
    to_markdown,
)


def row(number, accuracy, luts, latency=1.0, state="complete"):
    values = {"accuracy": accuracy, "luts": luts, "latency": latency}
    settings = {"network.hidden": [number], "training.learning_rate": 1e-3}
    return TrialRow(number, state, settings, values, f"run{number}", None, "")


@given(st.lists(st.tuples(*[st.integers(0, 4)] * 3), max_size=14))
def test_the_front_is_what_nothing_equals_or_beats(values):
    rows = [row(number, *map(float, entry)) for number, entry in enumerate(values)]
    front = {entry.number for entry in pareto_front(rows)}
    for number, (accuracy, luts, latency) in enumerate(values):
        beaten = any(
            a >= accuracy and b <= luts and c <= latency
            and ((a, b, c) != (accuracy, luts, latency) or other < number)
            for other, (a, b, c) in enumerate(values)
        )  # fmt: skip
        assert (number not in front) == beaten


@pytest.fixture
def report():
    rows = (
        row(0, 0.7, 1234),
        row(2, 0.6, 90),
        row(3, 0.5, 2000),
        TrialRow(4, "failed", {}, {}, "", None, "too large"),
    )
    objectives = ("accuracy", "luts", "latency")
    return SearchReport("s", Path("f"), "sqlite:///x", objectives, 1, rows, (2, 0))


def test_tables_show_objectives_in_their_units(report):
    header, rows = table(report, [report.row(0)])
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


def test_csv_holds_every_trial(report):
    rows = list(csv.DictReader(io.StringIO(to_csv(report))))
    assert [entry["trial"] for entry in rows] == ["0", "2", "3", "4"]
    assert [entry["front"] for entry in rows] == ["1", "1", "0", "0"]
    assert rows[0]["network.hidden"] == "[0]"
    assert (rows[3]["error"], rows[3]["luts"]) == ("too large", "")


@pytest.mark.parametrize("objectives", [("accuracy",), ("accuracy", "luts"), None])
def test_pictures_with_one_two_and_three_objectives(report, objectives, tmp_path):
    plot_search(replace(report, objectives=objectives or report.objectives), tmp_path / "a.png")
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")


def test_a_search_without_trials_has_a_picture_too(report, tmp_path):
    plot_search(replace(report, trials=(), front=()), tmp_path / "a.png")
    assert (tmp_path / "a.png").exists()
