"""Wires of a circuit's text and the LUTs that drive them, compared node by node with the netlist.

Each node's LUTs are run on every address of its table, which proves them equal; a sum of few bits
is a table, too. Wider sums are run on corners and random vectors: that they are sums on all others
is what the mapper lets ABC prove. That LUTs depend on nothing but the node's inputs is seen on the
way from its outputs back to them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final

import numpy as np

from logicjsc.check.text.absorbed_tables import SumVectors, absorbed_vectors
from logicjsc.check.text.cell_text import TextCell
from logicjsc.check.text.sum_vectors import sum_codes, sum_vectors
from logicjsc.map.lut_network import (
    CONSTANTS,
    Lut,
    LutNetwork,
    exhaustive_words,
    pack_words,
    unpack_words,
)
from logicjsc.map.sums import SumNode, sum_nodes
from logicjsc.map.tasks import sum_table
from logicjsc.netlist import Layer, Netlist, TableLayer
from logicjsc.netlist.layers import Array

_MOST_ADDRESS_BITS: Final = 12
"""Sums of no more input bits are compared on every address."""

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
        found = _codes(network, exhaustive_words(len(inputs)), rows)
        pattern = np.arange(rows, dtype=np.int64)
        index = np.zeros_like(pattern)
        for bit, wire in enumerate(address):
            value = wire if wire < CONSTANTS else pattern >> inputs.index(wire) & 1
            index |= value << bit
        return int((found != table[index]).sum())

    def wrong_vectors(
        self, outputs: Sequence[int], address: Sequence[int], node: SumNode
    ) -> tuple[int, int]:
        """Vectors on which the wires of a wide sum were compared, and how many they get wrong.

        Args:
            outputs: wires of its output bits, the lowest first.
            address: wires of its input bits, those of the last term first, the lowest first.
            node: the sum.
        """
        bits = sum_vectors(node)
        for place, wire in enumerate(address):
            bits[place] = wire if wire < CONSTANTS else bits[address.index(wire)]
        inputs = [wire for wire in dict.fromkeys(address) if wire >= CONSTANTS]
        network = self._between(inputs, outputs)
        vectors = bits.shape[1]
        if network is None:
            return vectors, vectors
        words = pack_words(bits[[address.index(wire) for wire in inputs]])
        found = _codes(network, words, vectors)
        return vectors, int((found != sum_codes(node, bits)).sum())

    def wrong_codes(self, outputs: Mapping[int, int], vectors: SumVectors) -> tuple[int, int]:
        """Vectors on which some bits of a sum were compared, and how many they get wrong.

        Args:
            outputs: wires of output bits by place.
            vectors: what goes into the sum, and what must come out.
        """
        number = vectors.bits.shape[1]
        network = self._between(vectors.wires, tuple(outputs.values()))
        if network is None:
            return number, number
        found = _codes(network, pack_words(vectors.bits), number)
        wanted = np.zeros(number, np.int64)
        for row, place in enumerate(outputs):
            wanted |= (vectors.codes >> place & 1) << row
        return number, int((found != wanted).sum())

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
    netlist: Netlist,
    layer: Layer,
    wires: Sequence[Sequence[int]],
    outputs: Sequence[Sequence[int] | None],
) -> tuple[int, int]:
    """Rows of a layer's tables and vectors of its wide sums, and how many the circuit gets wrong.

    Args:
        graph: the circuit's LUTs.
        netlist: the netlist without dead nodes.
        layer: one of its layers.
        wires: for every signal the wires of its bits, the lowest first.
        outputs: for every node of the layer the wires of its output bits; None for adders.
    """
    rows = differing = 0
    for node, (entry, made) in enumerate(zip(_nodes(netlist, layer), outputs, strict=True)):
        if made is None:
            continue
        # The first input is the most significant part of the address.
        address = [wire for source in layer.inputs[node][::-1] for wire in wires[source]]
        if isinstance(entry, SumNode) and entry.bits > _MOST_ADDRESS_BITS:
            more, wrong = graph.wrong_vectors(made, address, entry)
        else:
            table = sum_table(entry) if isinstance(entry, SumNode) else entry
            more, wrong = len(table), graph.wrong_rows(made, address, table)
        rows, differing = rows + more, differing + wrong
    return rows, differing


def compare_built(
    graph: WireGraph,
    netlist: Netlist,
    layer: Layer,
    wires: Sequence[Sequence[int]],
    *,
    first: int,
    unbuilt: Collection[int],
) -> tuple[int, int]:
    """What `compare_layer` says, in a circuit whose adders look tables up.

    Bits that are not built are not compared, and may not be read: their wires are free.

    Args:
        graph: the circuit's LUTs.
        netlist: the netlist without dead nodes.
        layer: one of its layers.
        wires: for every signal the wires of its bits, the lowest first.
        first: the layer's first signal.
        unbuilt: wires that stand for bits that are not built.
    """
    rows = differing = 0
    for node, made in enumerate(wires[first : first + layer.nodes]):
        kept = {place: wire for place, wire in enumerate(made) if wire not in unbuilt}
        if not kept:
            continue
        if isinstance(layer, TableLayer):
            address = [wire for source in layer.inputs[node][::-1] for wire in wires[source]]
            own = layer.tables[node].astype(np.int64)
            table = np.zeros_like(own)
            for row, place in enumerate(kept):
                table |= (own >> place & 1) << row
            more, wrong = len(table), graph.wrong_rows(tuple(kept.values()), address, table)
        else:
            vectors = absorbed_vectors(netlist, layer, node, wires)
            more, wrong = graph.wrong_codes(kept, vectors)
        rows, differing = rows + more, differing + wrong
    return rows, differing


def _nodes(netlist: Netlist, layer: Layer) -> Iterable[Array | SumNode]:
    return layer.tables if isinstance(layer, TableLayer) else sum_nodes(netlist, layer)


def _codes(network: LutNetwork, words: Array, vectors: int) -> Array:
    """Codes of a network's outputs, the first the lowest bit; uint32 ``[vectors]``."""
    found = unpack_words(network.evaluate(words), vectors).astype(np.uint32)
    shifts = np.arange(len(network.outputs), dtype=np.uint32)[:, None]
    return np.asarray((found << shifts).sum(axis=0, dtype=np.uint32))


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
