"""LUTs of what decides, against what Yosys made of the blocks of circuits."""

import pytest

from logicjsc.methods.prune.decision import argmax_luts, threshold_luts

ARGMAX = {
    (2, 1): 1, (2, 3): 1, (2, 4): 3, (2, 6): 3, (2, 7): 5, (2, 8): 6, (2, 10): 7, (2, 12): 8,
    (3, 3): 5, (3, 6): 12, (3, 8): 20, (4, 3): 10, (4, 6): 22, (4, 8): 35,
    (5, 1): 3, (5, 2): 11, (5, 3): 14, (5, 4): 24, (5, 5): 28, (5, 6): 31, (5, 7): 42, (5, 8): 49,
    (5, 9): 52, (5, 10): 59, (5, 12): 69, (7, 2): 19, (7, 4): 41, (7, 6): 51, (7, 8): 79,
    (10, 1): 22, (10, 2): 30, (10, 3): 38, (10, 4): 64, (10, 5): 72, (10, 6): 80, (10, 7): 106,
    (10, 8): 123, (10, 10): 148, (10, 12): 173, (16, 3): 68, (16, 6): 140, (26, 3): 117,
    (26, 6): 239, (64, 4): 494,
}  # fmt: skip
"""LUTs that Yosys 0.70 counts, by classes and bits of the scores."""


@pytest.mark.parametrize(("classes", "width"), ARGMAX)
def test_an_argmax_takes_what_yosys_counts(classes, width):
    counted = ARGMAX[classes, width]
    assert argmax_luts(classes, width) == pytest.approx(counted, rel=0.02, abs=1)


def test_one_class_needs_no_decision():
    assert argmax_luts(1, 9) == 0


@pytest.mark.parametrize(("width", "luts"), [(1, 1), (4, 1), (7, 1), (8, 2), (12, 2), (13, 3)])
def test_a_constant_is_compared_by_one_lut_up_to_seven_bits(width, luts):
    assert threshold_luts(width) == luts


@pytest.mark.parametrize("classes", [2, 3, 5, 10, 17, 64])
def test_a_bit_less_never_costs_more(classes):
    luts = [argmax_luts(classes, width) for width in range(1, 17)]
    assert luts == sorted(luts)
    assert luts[-1] > luts[0]
