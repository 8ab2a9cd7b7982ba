"""Wires of a circuit's text and the LUTs that drive them, compared node by node with tables.

Each node's LUTs are run on every address of its table, which proves them equal; that they depend on
nothing but the node's inputs is seen on the way from its outputs back to them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np

from logicjsc.map.lut_network import CONSTANTS, Lut, LutNetwork, exhaustive_words, unpack_words
from logicjsc.netlist import TableLayer
from logicjsc.netlist.ir import Array
from logicjsc.verify.cell_text import TextCell

_LITERALS: Final = ("1'b0", "1'b1")


class WireGraph:
    """Numbered wires: 0 and 1 are the constants, others are free or driven by a LUT."""

    def __init__(self) -> None:
        self._drivers: list[Lut | None] = [None, None]

    def free(self) -> int:
        """A new wire that nothing in the graph drives."""
        self._drivers.append(None)
        return len(self._drivers) - 1

    def add(self, cells: Iterable[TextCell], scope: dict[str, int]) -> None:
        """Add LUTs; names of wires are looked up in ``scope`` and added to it.

        Raises:
            KeyError: a LUT reads a wire that is not known before it.
            ValueError: a wire is driven twice.
        """
        for name, inputs, table in cells:
            sources = tuple(look_up(scope, source) for source in inputs)
            bind(scope, name, len(self._drivers))
            self._drivers.append(_without_idle_inputs(Lut(sources, table)))

    def wrong_rows(self, outputs: Sequence[int], address: Sequence[int], table: Array) -> int:
        """Rows of a node's table that its wires get wrong.

        Args:
            outputs: wires of its output bits, the lowest first.
            address: wires of its address bits, the lowest first.
            table: output codes by address.
        """
        inputs = [wire for wire in dict.fromkeys(address) if wire >= CONSTANTS]
        network = self._between(inputs, outputs)
        if network is None:
            return len(table)
        rows = 1 << len(inputs)
        found = unpack_words(network.evaluate(exhaustive_words(len(inputs))), rows)
        pattern = np.arange(rows, dtype=np.int64)
        index = np.zeros_like(pattern)
        for bit, wire in enumerate(address):
            value = wire if wire < CONSTANTS else pattern >> inputs.index(wire) & 1
            index |= value << bit
        shifts = np.arange(len(outputs), dtype=np.uint32)[:, None]
        codes = (found.astype(np.uint32) << shifts).sum(axis=0, dtype=np.uint32)
        return int((codes != table[index]).sum())

    def _between(self, inputs: Sequence[int], outputs: Sequence[int]) -> LutNetwork | None:
        """The LUTs from some wires to others; None if the others depend on more."""
        number_of = {0: 0, 1: 1}
        number_of |= {wire: CONSTANTS + place for place, wire in enumerate(inputs)}
        needed, pending = set[int](), list(outputs)
        while pending:
            wire = pending.pop()
            if wire in number_of or wire in needed:
                continue
            driver = self._drivers[wire]
            if driver is None:
                return None
            needed.add(wire)
            pending += driver.inputs
        luts = []
        # A LUT's wire has a higher number than those it reads.
        for wire in sorted(needed):
            driver = self._drivers[wire]
            if driver is not None:
                luts.append(Lut(tuple(number_of[source] for source in driver.inputs), driver.table))
                number_of[wire] = CONSTANTS + len(inputs) + len(luts) - 1
        return LutNetwork(len(inputs), tuple(luts), tuple(number_of[wire] for wire in outputs))


def compare_layer(
    graph: WireGraph,
    layer: TableLayer,
    wires: Sequence[Sequence[int] | None],
    outputs: Sequence[Sequence[int]],
) -> tuple[int, int]:
    """Rows of a layer's tables, and how many the circuit gets wrong.

    Args:
        graph: the circuit's LUTs.
        layer: a layer of the netlist without dead nodes.
        wires: for every signal before the layer the wires of its bits, the lowest first, as far as
            the layer reads it.
        outputs: for every node of the layer the wires of its output bits.
    """
    rows = differing = 0
    for node, table in enumerate(layer.tables):
        # The first input is the most significant part of the address.
        address = [wire for source in layer.inputs[node][::-1] for wire in wires[source] or ()]
        rows += len(table)
        differing += graph.wrong_rows(outputs[node], address, table)
    return rows, differing


def _without_idle_inputs(lut: Lut) -> Lut:
    """The LUT without constants and inputs that it ignores: two in one site have both's inputs."""
    inputs, table = list(lut.inputs), lut.table
    for place in reversed(range(len(inputs))):
        rows = range(1 << len(inputs))
        halves = [[table >> row & 1 for row in rows if row >> place & 1 == half] for half in (0, 1)]
        wire = inputs[place]
        if wire < CONSTANTS or halves[0] == halves[1]:
            del inputs[place]
            kept = halves[wire] if wire < CONSTANTS else halves[0]
            table = sum(value << row for row, value in enumerate(kept))
    return Lut(tuple(inputs), table)


def look_up(scope: dict[str, int], name: str) -> int:
    """The wire of a name or of a constant.

    Raises:
        KeyError: there is none.
    """
    return _LITERALS.index(name) if name in _LITERALS else scope[name]


def bind(scope: dict[str, int], name: str, wire: int) -> None:
    """Give a wire a name.

    Raises:
        ValueError: the name is taken.
    """
    if name in scope or name in _LITERALS:
        raise ValueError(f"{name} is driven twice")
    scope[name] = wire
