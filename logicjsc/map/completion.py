"""Free rows of truth tables, chosen so that few LUTs are needed.

Tables that add find labels with fewer fractional bits when fewer rows must be met. Other tables
follow their decision diagram: two halves that agree wherever both are fixed become one (sibling
substitution; Shiple, Hojati, Sangiovanni-Vincentelli, Brayton, DAC 1994).
"""

from __future__ import annotations

from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt

from logicjsc.map.additive import additive_forms
from logicjsc.map.decision_diagram import Order, diagram_size, good_orders, output_columns
from logicjsc.map.lut_network import LUT_INPUTS

Array: TypeAlias = npt.NDArray[Any]

CUTS: Final = 10
"""Ways to cut an address that are tried: those that a mapper tries at any effort."""


def complete_table(table: Array, free: Array, width: int) -> Array:
    """A table with its free rows chosen so that it takes fewer LUTs, or as it is.

    Args:
        table: output codes by address, unsigned ``[rows]``.
        free: rows that may hold any code, bool ``[rows]``.
        width: output bits.

    Returns:
        Output codes ``[rows]``, equal to ``table`` where ``free`` is false.
    """
    if free.all():
        return np.zeros_like(table)
    if table.size <= 1 << LUT_INPUTS or not free.any():
        return table
    forms = additive_forms(table, width, CUTS, free)
    if not forms:
        return _along_diagram(table, free, width)
    given = additive_forms(table, width, CUTS)
    if given and given[0].cost <= forms[0].cost:
        return table
    return forms[0].table().astype(table.dtype)


def _along_diagram(table: Array, free: Array, width: int) -> Array:
    order = good_orders(output_columns(table, width), np.random.default_rng(0), 1)[0]
    completed = _complete(table, free, order)
    sizes = [diagram_size(output_columns(codes, width), order) for codes in (table, completed)]
    return completed if sizes[1] < sizes[0] else table


def _complete(table: Array, free: Array, order: Order) -> Array:
    """Complete along one order of the variables, whole codes at a time."""
    shape = (2,) * len(order)
    cube = np.ascontiguousarray(table.reshape(shape).transpose(order)).ravel()
    fixed = np.ascontiguousarray(~free.reshape(shape).transpose(order)).ravel()
    back = tuple(int(place) for place in np.argsort(order))
    return np.ascontiguousarray(_merge(cube, fixed).reshape(shape).transpose(back)).ravel()


def _merge(codes: Array, fixed: Array) -> Array:
    """Choose free codes so that halves become equal where they can."""
    if codes.size == 1 or fixed.all():
        return codes
    half = codes.size // 2
    low, high, low_fixed, high_fixed = codes[:half], codes[half:], fixed[:half], fixed[half:]
    if not (low_fixed & high_fixed & (low != high)).any():
        both = _merge(np.where(low_fixed, low, high), low_fixed | high_fixed)
        return np.concatenate([both, both])
    return np.concatenate([_merge(low, low_fixed), _merge(high, high_fixed)])
