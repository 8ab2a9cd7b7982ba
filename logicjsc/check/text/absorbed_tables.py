"""Sums whose tables are inside the adders: vectors of what the tables read, and what must come out.

Such tables have no wires of their own, so a sum is compared as a function of their addresses:
corners, every bit alone and every bit alone absent, random vectors, and every address of each table
while all else is random.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from logicjsc.map.bits import tables_by_signal
from logicjsc.map.lut_network import CONSTANTS
from logicjsc.netlist import Netlist, SumLayer, TableLayer
from logicjsc.netlist.codes import values_of
from logicjsc.netlist.layers import Array

_RANDOM: Final = 4096
_SEED: Final = 0
_MOST_BITS: Final = 12
"""A sum of no more bits, and a table of no more address bits, is compared on every address."""


@dataclass(frozen=True)
class SumVectors:
    """Vectors of a sum.

    Attributes:
        wires: the wires that they are for.
        bits: uint8 ``[wires, vectors]``.
        codes: the sum's codes, int64 ``[vectors]``.
    """

    wires: tuple[int, ...]
    bits: Array
    codes: Array


def absorbed_vectors(
    netlist: Netlist, layer: SumLayer, node: int, wires: Sequence[Sequence[int]]
) -> SumVectors:
    """Vectors of a sum as a function of what its tables read, and of its other terms.

    Args:
        netlist: the netlist without dead nodes.
        layer: one of its layers.
        node: number of the node in the layer.
        wires: for every signal before the layer the wires of its bits, the lowest first.
    """
    tables = tables_by_signal(netlist)
    terms = layer.inputs[node].tolist()
    reads = [list(_reads(tables, term)) for term in terms]
    groups = [
        [wire for source in sources for wire in wires[source] if wire >= CONSTANTS]
        for sources in reads
    ]
    leaves = tuple(dict.fromkeys(wire for group in groups for wire in group))
    bits = _vectors(leaves, groups)
    known = dict(zip(leaves, bits.astype(np.int64), strict=True))
    known |= {constant: np.full(bits.shape[1], constant, np.int64) for constant in range(CONSTANTS)}

    def code(signal: int) -> Array:
        total = np.zeros(bits.shape[1], np.int64)
        for place, wire in enumerate(wires[signal]):
            total |= known[wire] << place
        return total

    total = np.full(bits.shape[1], layer.offsets[node], np.int64)
    for position, term in enumerate(terms):
        if term in tables:
            table, row = tables[term]
            address = np.zeros(bits.shape[1], np.int64)
            for source in table.inputs[row].tolist():
                address = address << int(netlist.widths[source]) | code(source)
            own = table.tables[row].astype(np.int64)[address]
        else:
            own = code(term)
        value = values_of(own, int(netlist.widths[term]), signed=bool(netlist.signed[term]))
        value = value << int(layer.shifts[node, position])
        total += -value if layer.negated[node, position] else value
    return SumVectors(leaves, bits, total & ((1 << int(layer.widths[node])) - 1))


def _reads(tables: dict[int, tuple[TableLayer, int]], term: int) -> Sequence[int]:
    if term not in tables:
        return [term]
    layer, node = tables[term]
    return [int(source) for source in layer.inputs[node]]


def _vectors(leaves: Sequence[int], groups: Sequence[Sequence[int]]) -> Array:
    rng = np.random.default_rng(_SEED)
    size = len(leaves)
    if size <= _MOST_BITS:
        rows = np.arange(1 << size)
        return np.asarray(rows >> np.arange(size)[:, None] & 1, np.uint8)
    alone = np.eye(size, dtype=np.uint8)
    ends = np.repeat(np.array([[0, 1]], np.uint8), size, axis=0)
    parts = [ends, alone, 1 - alone, rng.integers(0, 2, (size, _RANDOM), np.uint8)]
    place = {wire: number for number, wire in enumerate(leaves)}
    for group in groups:
        chosen = [place[wire] for wire in dict.fromkeys(group)]
        if len(chosen) <= _MOST_BITS:
            swept = rng.integers(0, 2, (size, 1 << len(chosen)), np.uint8)
            rows = np.arange(1 << len(chosen))
            swept[chosen] = rows >> np.arange(len(chosen))[:, None] & 1
            parts.append(swept)
    return np.concatenate(parts, axis=1)
