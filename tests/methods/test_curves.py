"""Figures of steps, as they were saved."""

import pytest

from logicjsc.core.errors import RunError
from logicjsc.methods.curves import column, rows


def test_saved_figures_are_read():
    assert column([{"a": 1}, {"a": 2.5}], "a", "file") == (1.0, 2.5)
    assert rows([[1, 2], (3, 4.5)], 2, "file") == [(1.0, 2.0), (3.0, 4.5)]
    assert rows([], 3, "file") == []


@pytest.mark.parametrize("entries", [[{}], [{"a": None}], [3], [{"a": "x"}]])
def test_a_step_without_the_figure_is_refused(entries):
    with pytest.raises(RunError, match="file is damaged: a step has no number 'a'"):
        column(entries, "a", "file")


@pytest.mark.parametrize("saved", [None, {"a": 1}, [[1]], [[1, 2, 3]], [[1, None]], [4], ["ab"]])
def test_other_rows_are_refused(saved):
    with pytest.raises(RunError, match="file is damaged: a step is no row of 2 numbers"):
        rows(saved, 2, "file")
