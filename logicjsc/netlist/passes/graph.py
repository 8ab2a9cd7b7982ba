"""The netlist as passes rewrite it: nodes of their own, tables with one axis per input.

A layer of a netlist holds nodes of one shape. Simplification makes shapes differ, so passes work on
single nodes and `Graph.build` gathers them into layers again. Every table carries a **care** mask:
rows outside it never matter, and whatever rewrites the table may choose their codes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

import numpy as np

from logicjsc.netlist.ir import Netlist
from logicjsc.netlist.layers import Array, Layer, TableLayer, sum_layer

_SHAPE_SUFFIX: Final = re.compile(r"_a\d+k\d+$")


@dataclass
class TableNode:
    """A node that looks its output up.

    Attributes:
        layer: name of the layer it came from.
        stage: depth of its output.
        inputs: signals read.
        table: output code, one axis per input.
        care: which rows matter, of the same shape.
        width: output bits.
        signed: whether the output is two's complement.
    """

    layer: str
    stage: int
    inputs: list[int]
    table: Array
    care: Array
    width: int
    signed: bool

    def codes(self) -> Array:
        """Output codes of the rows that matter, ascending; never empty."""
        table = self.table[self.care] if self.care.any() else self.table.reshape(-1)[:1]
        return np.unique(table)

    def take(self, axis: int, codes: Array | int) -> None:
        """Keep these codes of an input, in this order; a single number removes the axis."""
        self.table = np.take(self.table, codes, axis)
        self.care = np.take(self.care, codes, axis)


@dataclass
class SumNode:
    """A node that adds; see `SumLayer`."""

    layer: str
    stage: int
    inputs: list[int]
    shifts: list[int]
    negated: list[bool]
    offset: int
    width: int
    signed: bool
    wraps: bool


Node: TypeAlias = TableNode | SumNode


class Graph:
    """The nodes of a netlist by signal id, in topological order, with their readers.

    Attributes:
        netlist: the netlist it was made from.
        nodes: node of each signal that is not a network input.
        outputs: signals of the network's outputs.
        changed: whether `build` would make another netlist.
    """

    def __init__(self, netlist: Netlist, free: Iterable[Array | None] | None = None) -> None:
        """Take a netlist apart; ``free`` marks rows of each table layer that never matter."""
        self.netlist = netlist
        self.nodes: dict[int, Node] = {}
        self.outputs = [int(signal) for signal in netlist.outputs]
        self.changed = False
        masks = tuple(free) if free is not None else (None,) * len(netlist.layers)
        for first, layer, mask in zip(netlist.first_signals, netlist.layers, masks, strict=True):
            for index in range(layer.nodes):
                self.nodes[first + index] = _node_of(netlist, layer, index, mask)
        self._readers: dict[int, set[int]] = {signal: set() for signal in range(netlist.signals)}
        for signal, node in self.nodes.items():
            for source in node.inputs:
                self._readers[source].add(signal)

    def tables(self) -> list[tuple[int, TableNode]]:
        """Signals and nodes of all tables, in topological order."""
        return [(key, node) for key, node in self.nodes.items() if isinstance(node, TableNode)]

    def width(self, signal: int) -> int:
        """Bits of a signal."""
        if signal < self.netlist.inputs:
            return int(self.netlist.input_widths[signal])
        return self.nodes[signal].width

    def signed(self, signal: int) -> bool:
        """Whether a signal is two's complement."""
        if signal < self.netlist.inputs:
            return bool(self.netlist.input_signed[signal])
        return self.nodes[signal].signed

    def stage(self, signal: int) -> int:
        """Stage of a signal."""
        return 0 if signal < self.netlist.inputs else self.nodes[signal].stage

    def readers(self, signal: int) -> list[int]:
        """Nodes that read a signal, in topological order."""
        return sorted(self._readers[signal])

    def table_readers(self, signal: int) -> list[TableNode] | None:
        """Readers of a signal whose code has no meaning of its own; None if it has one.

        The codes of network outputs are a contract and those of a sum's inputs are numbers.
        """
        if signal in self.outputs:
            return None
        readers = [self.nodes[reader] for reader in self.readers(signal)]
        tables = [node for node in readers if isinstance(node, TableNode)]
        return tables if len(tables) == len(readers) else None

    def reconnect(self, signal: int, inputs: list[int]) -> None:
        """Give a node other inputs; the caller has rewritten its table."""
        node = self.nodes[signal]
        for source in node.inputs:
            self._readers[source].discard(signal)
        for source in inputs:
            self._readers[source].add(signal)
        node.inputs = inputs
        self.changed = True

    def remove(self, signal: int) -> None:
        """Remove a node that nothing reads."""
        self.reconnect(signal, [])
        del self.nodes[signal]

    def build(self) -> Netlist:
        """The netlist of these nodes; the one it was made from if nothing changed."""
        if not self.changed:
            return self.netlist
        groups: dict[tuple[str, int, bool, int, int], list[int]] = {}
        for signal, node in self.nodes.items():
            is_table = isinstance(node, TableNode)
            rows = node.table.size if isinstance(node, TableNode) else 0
            key = (node.layer, node.stage, is_table, rows.bit_length() - 1, len(node.inputs))
            groups.setdefault(key, []).append(signal)
        keys = sorted(groups, key=lambda key: key[1])
        order = [signal for key in keys for signal in groups[key]]
        number = {signal: signal for signal in range(self.netlist.inputs)}
        number |= {signal: self.netlist.inputs + index for index, signal in enumerate(order)}
        names = _layer_names(keys)
        layers = [
            self._layer(name, key[1], groups[key], number)
            for name, key in zip(names, keys, strict=True)
        ]
        outputs = np.array([number[signal] for signal in self.outputs], np.int32)
        return replace(self.netlist, layers=tuple(layers), outputs=outputs)

    def _layer(self, name: str, stage: int, signals: list[int], number: dict[int, int]) -> Layer:
        nodes = [self.nodes[signal] for signal in signals]
        inputs = np.array([[number[source] for source in node.inputs] for node in nodes], np.int32)
        inputs = inputs.reshape(len(nodes), -1)
        widths = np.array([node.width for node in nodes], np.uint8)
        signed = np.array([node.signed for node in nodes], np.bool_)
        tables = [node.table.reshape(-1) for node in nodes if isinstance(node, TableNode)]
        if tables:
            return TableLayer(name, stage, inputs, np.stack(tables), widths, signed)
        sums = [node for node in nodes if isinstance(node, SumNode)]
        return sum_layer(name, stage, inputs, sums, widths=widths, signed=signed)


def _node_of(netlist: Netlist, layer: Layer, index: int, free: Array | None) -> Node:
    inputs = [int(source) for source in layer.inputs[index]]
    # Layers split by an earlier pass belong together.
    name = _SHAPE_SUFFIX.sub("", layer.name) or layer.name
    width, signed = int(layer.widths[index]), bool(layer.signed[index])
    if isinstance(layer, TableLayer):
        shape = tuple(1 << int(netlist.widths[source]) for source in inputs)
        care = np.ones(shape, np.bool_) if free is None else ~free[index].reshape(shape)
        table = layer.tables[index].reshape(shape)
        return TableNode(name, layer.stage, inputs, table, care, width, signed)
    return SumNode(
        name,
        layer.stage,
        inputs,
        [int(shift) for shift in layer.shifts[index]],
        [bool(negated) for negated in layer.negated[index]],
        int(layer.offsets[index]),
        width,
        signed,
        bool(layer.wraps[index]),
    )


def _layer_names(keys: list[tuple[str, int, bool, int, int]]) -> list[str]:
    """A unique name per group; a layer that kept one shape keeps its name."""
    bases = [key[0] for key in keys]
    names: list[str] = []
    for base, _, _, address_bits, fan_in in keys:
        wanted = base if bases.count(base) == 1 else f"{base}_a{max(address_bits, 0)}k{fan_in}"
        name, again = wanted, 2
        while name in names:
            name, again = f"{wanted}_{again}", again + 1
        names.append(name)
    return names
