"""Free rows of truth tables, chosen so that decision diagrams become small.

Two halves of a table that agree wherever both are fixed become one (sibling substitution; Shiple,
Hojati, Sangiovanni-Vincentelli, Brayton, DAC 1994). Which halves meet depends on the order of the
variables, so completion and the search for an order alternate.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from logicjsc.map.decision_diagram import Order, diagram_size, good_orders, output_columns
from logicjsc.netlist import Layer, Netlist, TableLayer
from logicjsc.netlist.passes import DontCares

Array: TypeAlias = npt.NDArray[Any]

_ROUNDS = 2
_STARTS = 2


def complete_netlist(netlist: Netlist, free: DontCares) -> Netlist:
    """The netlist with every free row of its tables chosen; all other rows stay as they are.

    Args:
        netlist: the netlist that ``free`` was computed on.
        free: rows whose output does not matter, all at the same time.

    Raises:
        NetlistError: ``free`` belongs to another netlist.
    """
    free.check(netlist)
    layers: list[Layer] = []
    for layer, mask in zip(netlist.layers, free.layers, strict=True):
        if not isinstance(layer, TableLayer) or mask is None or not mask.any():
            layers.append(layer)
            continue
        tables = np.array(layer.tables)
        for node in np.flatnonzero(mask.any(axis=1)):
            tables[node] = complete_table(layer.tables[node], mask[node], int(layer.widths[node]))
        layers.append(replace(layer, tables=tables))
    return replace(netlist, layers=tuple(layers))


def complete_table(table: Array, free: Array, width: int) -> Array:
    """A table with its free rows chosen for a small decision diagram.

    Args:
        table: output codes by address, unsigned ``[rows]``.
        free: rows that may hold any code, bool ``[rows]``.
        width: output bits.

    Returns:
        Output codes ``[rows]``, equal to ``table`` where ``free`` is false.
    """
    if free.all():
        return np.zeros_like(table)
    seed = int.from_bytes(hashlib.sha256(table.tobytes()).digest()[:8], "big")
    rng = np.random.default_rng(seed)
    best, best_size = table, diagram_size_of(table, width)
    current = table
    for _ in range(_ROUNDS):
        for order in good_orders(output_columns(current, width), rng, _STARTS)[:_STARTS]:
            candidate = _complete(table, free, order)
            size = diagram_size_of(candidate, width)
            if size < best_size:
                best, best_size = candidate, size
        current = best
    return best


def diagram_size_of(table: Array, width: int) -> int:
    """Nodes of the table's shared diagram in the best order that a short search finds."""
    columns = output_columns(table, width)
    orders = good_orders(columns, np.random.default_rng(0), 1)
    return diagram_size(columns, orders[0])


def _complete(table: Array, free: Array, order: Order) -> Array:
    """Complete along one order of the variables, whole codes at a time."""
    variables = len(order)
    cube = table.reshape((2,) * variables).transpose(order)
    fixed = ~free.reshape((2,) * variables).transpose(order)
    chosen = _merge(np.ascontiguousarray(cube).ravel(), np.ascontiguousarray(fixed).ravel())
    back = tuple(int(place) for place in np.argsort(order))
    return np.ascontiguousarray(chosen.reshape((2,) * variables).transpose(back)).ravel()


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
