"""Rows of tables whose code is free, and a pass that chooses it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from logicjsc.core.errors import NetlistError
from logicjsc.netlist.ir import Netlist
from logicjsc.netlist.layers import Array, TableLayer
from logicjsc.netlist.passes.graph import Graph, TableNode
from logicjsc.netlist.passes.local import collapse, drop_inputs_in, fold_constants_in
from logicjsc.netlist.passes.narrow import narrow_in
from logicjsc.netlist.passes.possible import restrict


@dataclass(frozen=True, eq=False)
class DontCares:
    """Which table rows are free, in parallel to a netlist's layers.

    All free rows of all tables may be chosen at the same time.

    Attributes:
        layers: for each layer, bool ``[nodes, rows]`` of the shape of its tables, True where the
            code is free; None for sum layers.
    """

    layers: tuple[Array | None, ...]

    def __post_init__(self) -> None:
        for mask in self.layers:
            if mask is not None:
                mask.setflags(write=False)

    @property
    def rows(self) -> int:
        """Number of free rows."""
        return sum(int(mask.sum()) for mask in self.layers if mask is not None)

    def of_node(self, layer: int, node: int) -> Array:
        """Free rows of one table, bool ``[rows]``."""
        mask = self.layers[layer]
        if mask is None:
            raise NetlistError(f"layer {layer} is a sum layer and has no tables")
        return np.asarray(mask[node])

    def check(self, netlist: Netlist) -> None:
        """Refuse a netlist that these rows do not belong to.

        Raises:
            NetlistError: layers or tables differ in number or shape.
        """
        shapes = tuple(None if mask is None else mask.shape for mask in self.layers)
        if shapes != table_shapes(netlist):
            raise NetlistError(f"the don't-cares belong to another netlist than {netlist.name!r}")


def table_shapes(netlist: Netlist) -> tuple[tuple[int, ...] | None, ...]:
    """Shape of each layer's tables; None for sum layers."""
    return tuple(
        layer.tables.shape if isinstance(layer, TableLayer) else None for layer in netlist.layers
    )


Complete: TypeAlias = Callable[[Array, Array, int], Array]
"""Chooses free rows of a table: codes ``[rows]``, free rows ``[rows]``, output bits; new codes."""


def apply_dont_cares(
    netlist: Netlist, dont_cares: DontCares, complete: Complete | None = None
) -> Netlist:
    """Choose codes of free rows so that tables become constant, or ignore inputs or bits.

    Rows whose input codes cannot occur are free as well. Whether the behaviour stays the same is up
    to the don't-cares.

    Args:
        netlist: the network.
        dont_cares: its free rows.
        complete: chooses what is still free after that; by default it takes a code that the table
            gives anyway.

    Raises:
        NetlistError: the don't-cares belong to another netlist.
    """
    dont_cares.check(netlist)
    graph = Graph(netlist, dont_cares.layers)
    restrict(graph)
    drop_inputs_in(graph)
    fold_constants_in(graph)
    narrow_in(graph)
    restrict(graph)
    for _, node in graph.tables():
        filled = _fill(node) if complete is None else _completed(node, complete)
        if (filled != node.table).any():
            node.table, graph.changed = filled, True
    return graph.build()


def _completed(node: TableNode, complete: Complete) -> Array:
    codes = complete(node.table.ravel(), ~node.care.ravel(), node.width).reshape(node.table.shape)
    if (codes != node.table)[node.care].any():
        raise NetlistError(f"the completion of a table of layer {node.layer!r} changed a fixed row")
    return codes


def _fill(node: TableNode) -> Array:
    """The table with all free rows chosen."""
    if node.care.all():
        return node.table
    bits = node.table.size.bit_length() - 1
    table, care = node.table.reshape((2,) * bits), node.care.reshape((2,) * bits)
    for axis in range(bits):
        joined = collapse(table, care, axis)
        if joined is not None:
            table, care = (np.expand_dims(part, axis) for part in joined)
    codes, counts = np.unique(table[care], return_counts=True)
    if codes.size:
        # A code that the table gives anyway adds no code to the signal.
        table = np.where(care | np.isin(table, codes), table, codes[counts.argmax()])
    return np.broadcast_to(table, (2,) * bits).reshape(node.table.shape)
