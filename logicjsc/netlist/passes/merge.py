"""Nodes that compute the same, up to the order of their inputs and the names of their codes."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np

from logicjsc.netlist.ir import Netlist
from logicjsc.netlist.layers import Array
from logicjsc.netlist.passes.graph import Graph, SumNode, TableNode
from logicjsc.netlist.passes.possible import restrict


def merge_equal_nodes(netlist: Netlist) -> Netlist:
    """Compute everything once.

    Nodes of equal inputs (in any order) and equal tables become one. So do nodes whose outputs
    differ only in the names of their codes, if the tables that read them can take the other names;
    a table of a single input is such a renaming of that input.
    """
    graph = Graph(netlist)
    restrict(graph)
    merge_in(graph)
    return graph.build()


def merge_in(graph: Graph) -> None:
    """See `merge_equal_nodes`."""
    kept: dict[Hashable, list[_Kept]] = {}
    for signal, node in list(graph.nodes.items()):
        if isinstance(node, TableNode):
            if _read_through(graph, signal, node):
                continue
            key, codes = _table_key(node)
        else:
            key, codes = _sum_key(node), None
        twins = kept.setdefault(key, [])
        if not any(_replace(graph, signal, codes, twin) for twin in twins):
            _take_over(graph, signal, codes, twins)


@dataclass
class _Kept:
    """A node that stays, and its code for each name of the canonical table (None for sums)."""

    signal: int
    codes: Array | None


def _table_key(node: TableNode) -> tuple[Hashable, Array]:
    """A key that equal tables share, and the node's own code for each canonical one."""
    order = sorted(range(len(node.inputs)), key=lambda axis: node.inputs[axis])
    care = np.transpose(node.care, order)
    rows = np.transpose(node.table, order)[care]
    codes, first, inverse = np.unique(rows, return_index=True, return_inverse=True)
    # Canonical codes count up in the order in which they first occur.
    by_occurrence = np.argsort(first)
    rank = np.empty_like(by_occurrence)
    rank[by_occurrence] = np.arange(codes.size)
    inputs = tuple(node.inputs[axis] for axis in order)
    key = ("table", inputs, care.tobytes(), rank[inverse].astype(np.uint32).tobytes())
    return key, codes[by_occurrence]


def _sum_key(node: SumNode) -> Hashable:
    terms = sorted(zip(node.inputs, node.shifts, node.negated, strict=True))
    return ("sum", tuple(terms), node.offset)


def _replace(graph: Graph, signal: int, codes: Array | None, twin: _Kept) -> bool:
    """Let everything read ``twin`` instead of ``signal``, if nothing grows or loses its meaning."""
    node, other = graph.nodes[signal], graph.nodes[twin.signal]
    same_codes = (
        node.width == other.width
        and node.signed == other.signed
        and (codes is None or twin.codes is None or np.array_equal(codes, twin.codes))
    )
    readers = graph.table_readers(signal)
    if any(graph.stage(reader) <= other.stage for reader in graph.readers(signal)):
        return False
    if same_codes:
        for reader in graph.readers(signal):
            sources = graph.nodes[reader].inputs
            graph.reconnect(reader, [twin.signal if s == signal else s for s in sources])
        graph.outputs = [twin.signal if s == signal else s for s in graph.outputs]
    elif readers is None or codes is None or twin.codes is None or other.width > node.width:
        return False
    else:
        translation = np.full(1 << other.width, codes[0], codes.dtype)
        translation[twin.codes] = codes
        occurs = np.zeros(1 << other.width, np.bool_)
        occurs[twin.codes] = True
        _rename(graph, signal, twin.signal, translation, occurs)
    graph.remove(signal)
    return True


def _take_over(graph: Graph, signal: int, codes: Array | None, twins: list[_Kept]) -> None:
    """Keep a node; twins before it that could not replace it may be replaced by it."""
    keeper = _Kept(signal, codes)
    twins[:] = [twin for twin in twins if not _replace(graph, twin.signal, twin.codes, keeper)]
    twins.append(keeper)


def _read_through(graph: Graph, signal: int, node: TableNode) -> bool:
    """Let readers of a one-input table read its input, if that has no more bits."""
    if len(node.inputs) != 1 or graph.width(node.inputs[0]) > node.width:
        return False
    if not graph.table_readers(signal):
        return False
    _rename(graph, signal, node.inputs[0], node.table, node.care)
    graph.remove(signal)
    return True


def _rename(graph: Graph, signal: int, other: int, translation: Array, occurs: Array) -> None:
    """Rewrite the tables that read ``signal`` to read ``other``, whose codes are translated."""
    for reader in graph.readers(signal):
        node = graph.nodes[reader]
        if not isinstance(node, TableNode):
            raise TypeError(f"signal {signal} is read by a sum")
        inputs = list(node.inputs)
        for axis in [axis for axis, source in enumerate(inputs) if source == signal]:
            node.take(axis, translation)
            shape = [1] * node.care.ndim
            shape[axis] = -1
            node.care = node.care & occurs.reshape(shape)
            inputs[axis] = other
        graph.reconnect(reader, inputs)
