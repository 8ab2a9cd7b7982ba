"""Metrics and other values as people read them."""

from __future__ import annotations

import numpy as np
import pytest

from logicjsc.core.console.tables import metric_facts, percent, print_table, result_text, show
from logicjsc.dataset import Samples, Schema, Target
from logicjsc.dataset.metrics import measure


def metrics(kind, names, targets, scores):
    schema = Schema.numbers(("x",), Target(kind, names))
    samples = Samples(np.zeros((len(targets), 1)), np.array(targets), schema)
    return measure(np.array(scores, float), samples).to_dict()


@pytest.mark.parametrize(
    ("found", "text", "rows"),
    [
        (
            metrics("classes", ("a", "b"), [0, 1], [[1, 0], [0, 1]]),
            "100.00 %",
            ["samples", "accuracy", "chance", "AUC", "loss"],
        ),
        (
            metrics("binary", ("no", "yes"), [0, 1], [[1], [2]]),
            "50.00 %",
            ["samples", "accuracy", "chance", "false-positive rate", "true-positive rate",
             "threshold", "AUC", "loss"],
        ),
        (
            metrics("labels", ("l", "m"), [[0, 1], [1, 1]], [[-1, 1], [1, 1]]),
            "100.00 %",
            ["samples", "accuracy", "chance", "accuracy by label", "threshold", "AUC", "loss"],
        ),
        (
            metrics("value", ("v",), [1.0, 2.0], [[1], [2]]),
            "v R2 1.0000",
            ["samples", "root mean squared error", "mean absolute error", "R2", "loss"],
        ),
    ],
)  # fmt: skip
def test_metrics_of_every_kind_are_put_in_words(found, text, rows):
    assert result_text(found) == text
    assert [name for name, _ in metric_facts(found)] == rows


def test_an_area_that_is_not_defined_is_a_dash():
    found = metrics("classes", ("a", "b"), [0, 0], [[1, 0], [1, 0]])
    assert dict(metric_facts(found))["AUC"] == "a -, b -"


def test_values_as_people_read_them():
    shown = [show(value) for value in (True, False, 1234567, 1234.5, "a", None)]
    assert shown == ["yes", "no", "1,234,567", "1,234.500", "a", "None"]
    assert (percent(0.12345), percent(None)) == ("12.35 %", "-")


def test_a_table_keeps_every_character(capsys, monkeypatch):
    monkeypatch.delenv("COLUMNS", raising=False)
    print_table("[title]", ("name", "[bold]count"), [("[red]a[/red]", 1234), ("b" * 60, 5)])
    out = capsys.readouterr().out
    for text in ("name", "[red]a[/red]", "b" * 60, "1,234"):
        assert text in out
