"""LUTs of what decides behind a network: an argmax of the scores, or thresholds.

Estimates of what Yosys makes of the circuit's own blocks (`logicjsc/emit/ends`), which are trees of
comparators and choices. `benchmarks/decision.py` compares both.
"""

from __future__ import annotations

from typing import Final

_NARROW: Final = 3
"""Two scores of so many bits are compared by one LUT."""

_TWICE: Final = 6
"""And of so many by three."""

_TABLE: Final = 6
"""Inputs of a LUT: an argmax of so few bits is a table."""

_CONSTANT: Final = 7
"""So many bits are compared with a constant by one LUT."""

_MORE: Final = 5
"""And so many more by another."""


def argmax_luts(classes: int, width: int) -> int:
    """LUTs of the argmax of scores of ``width`` bits."""
    if classes < 2:  # noqa: PLR2004 - nothing to compare
        return 0
    if classes * width <= _TABLE:
        return (classes - 1).bit_length()
    index = 0
    places = [0] * classes  # bits of each candidate's index
    level = 0
    while len(places) > 1:
        pairs = [places[left : left + 2] for left in range(0, len(places), 2)]
        # A bit that only the left one has is no choice, and goes into other LUTs.
        index += sum(pair[1] for pair in pairs if len(pair) > 1)
        level += 1
        places = [level if len(pair) > 1 else pair[0] for pair in pairs]
    return (classes - 1) * _comparison(width) + (classes - 2) * width + index


def _comparison(width: int) -> int:
    """LUTs that tell whether one score is higher than another."""
    if width <= _NARROW:
        return 1
    return 3 if width <= _TWICE else -(-2 * width // 3)


def threshold_luts(width: int) -> int:
    """LUTs that compare a score of ``width`` bits with a constant."""
    return 1 + max(0, -(-(width - _CONSTANT) // _MORE))
