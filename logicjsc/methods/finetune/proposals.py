"""Other codes that the rows of a table are tried with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np

from logicjsc.netlist.codes import values_of
from logicjsc.netlist.layers import Array

_NARROW: Final = 3
"""Bits up to which every code is tried."""

_STEPS: Final = (1, -1, 2, -2, 4, -4)
"""Steps of a wider table's values."""

Measure = Callable[[Array], Array]
"""Change of the cost by row, float64 ``[rows]``, if a table held codes ``[rows]``."""


def best_codes(table: Array, width: int, measure: Measure, *, signed: bool) -> tuple[Array, Array]:
    """The best code that was found for each row, and what it changes.

    Narrow tables meet every code. Wider ones meet values near their own and, last, the one at which
    a parabola through the changes measured before is lowest.

    Args:
        table: codes of a node ``[rows]``.
        width: its output bits.
        measure: says what other codes change; rows do not influence each other.
        signed: whether the codes are two's complement.

    Returns:
        Codes ``[rows]``, and the change of the cost by row, never above 0.
    """
    best, lowest = table.copy(), np.zeros(table.size)

    def attempt(codes: Array) -> Array:
        change = measure(codes)
        better = change < lowest
        best[better], lowest[better] = codes[better], change[better]
        return change

    if width <= _NARROW:
        for step in range(1, 1 << width):
            attempt((table + step) & ((1 << width) - 1))
        return best, lowest
    values = values_of(table, width, signed=signed)
    smallest = -(1 << (width - 1)) if signed else 0
    mask = (1 << width) - 1

    def moved(steps: Array | int) -> tuple[Array, Array]:
        reached: Array = np.clip(values + steps, smallest, smallest + mask)
        return reached - values, (reached & mask).astype(table.dtype)

    moves = [moved(step) for step in _STEPS]
    changes = [attempt(codes) for _, codes in moves]
    steps = np.array([actual for actual, _ in moves], np.float64)
    _, codes = moved(_lowest_points(steps, np.array(changes), 1 << width))
    attempt(codes)
    return best, lowest


def _lowest_points(steps: Array, changes: Array, farthest: int) -> Array:
    """Steps at which parabolas through no change at no step are lowest, int64 ``[rows]``.

    Least squares over ``change = slope * step + curvature * step**2``; 0 where it has no minimum.

    Args:
        steps: steps that were taken ``[tries, rows]``.
        changes: what they changed ``[tries, rows]``.
        farthest: limit of the steps returned.
    """
    second, third, fourth = ((steps**power).sum(axis=0) for power in (2, 3, 4))
    first_moment, second_moment = (changes * steps).sum(axis=0), (changes * steps**2).sum(axis=0)
    determinant = second * fourth - third**2
    slope = first_moment * fourth - second_moment * third
    curvature = second_moment * second - first_moment * third
    usable = (determinant > 0) & (curvature > 0)
    lowest = np.divide(-slope, 2 * curvature, out=np.zeros_like(slope), where=usable)
    return np.asarray(np.rint(np.clip(lowest, -farthest, farthest)), np.int64)
