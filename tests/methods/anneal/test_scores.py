"""Scores made of wires stand for the classes that the output bits mean."""

import numpy as np
import pytest

from logicjsc.methods.anneal.scores import ScoreWires


@pytest.mark.parametrize("classes", [2, 3, 4, 5, 8])
def test_the_index_that_is_spelt_wins(classes):
    wires = ScoreWires.make("index", classes)
    assert wires.outputs == wires.width == (classes - 1).bit_length()
    assert wires.decision()[:classes].tolist() == list(range(classes))
    assert (wires.decision() < classes).all()


@pytest.mark.parametrize("classes", [2, 5])
def test_the_lowest_flag_wins_and_none_is_the_first_class(classes):
    wires = ScoreWires.make("flags", classes)
    assert wires.width == 1
    for code, decided in enumerate(wires.decision()):
        flags = [index for index in range(1, classes) if code >> (index - 1) & 1]
        assert decided == min(flags, default=0)


def test_scores_are_bits_side_by_side():
    wires = ScoreWires.make("index", 5)
    bits = np.array([[1, 1, 0], [0, 1, 1]])
    assert wires.scores(bits).tolist() == [[0, 1, 2, 3, 0], [0, 0, 2, 2, 4]]
