"""Passes that look at one node at a time: constants, and inputs that do not matter."""

from __future__ import annotations

import numpy as np

from logicjsc.netlist.codes import shifted, values_of
from logicjsc.netlist.ir import Netlist
from logicjsc.netlist.layers import Array, code_dtype
from logicjsc.netlist.passes.graph import Graph, SumNode, TableNode
from logicjsc.netlist.passes.possible import input_codes, restrict, restrict_node, sum_codes


def fold_constants(netlist: Netlist) -> Netlist:
    """Write signals that take one code only into the tables and sums that read them.

    A constant node disappears; one that is a network output becomes a table of one row.
    """
    graph = Graph(netlist)
    fold_constants_in(graph)
    return graph.build()


def drop_ignored_inputs(netlist: Netlist) -> Netlist:
    """Disconnect inputs that make no difference to a table, and inputs given twice."""
    graph = Graph(netlist)
    restrict(graph)
    drop_inputs_in(graph)
    return graph.build()


def fold_constants_in(graph: Graph) -> None:
    """See `fold_constants`; rows that do not matter may take any code."""
    codes = input_codes(graph.netlist)
    for signal in range(graph.netlist.inputs):
        _fold_if_constant(graph, signal, codes[signal])
    for signal, node in list(graph.nodes.items()):
        if isinstance(node, TableNode):
            restrict_node(node, codes)
            codes[signal] = node.codes()
        else:
            codes[signal] = sum_codes(graph, node, codes)
        _fold_if_constant(graph, signal, codes[signal])


def _fold_if_constant(graph: Graph, signal: int, codes: Array | None) -> None:
    if codes is None or codes.size != 1:
        return
    code = int(codes[0])
    for reader in graph.readers(signal):
        _write_constant(graph, reader, signal, code)
    if signal < graph.netlist.inputs:
        return
    if signal not in graph.outputs:
        graph.remove(signal)
    elif graph.nodes[signal].inputs or isinstance(graph.nodes[signal], SumNode):
        _make_constant(graph, signal, code)


def _write_constant(graph: Graph, reader: int, signal: int, code: int) -> None:
    node = graph.nodes[reader]
    inputs = list(node.inputs)
    while signal in inputs:
        position = inputs.index(signal)
        del inputs[position]
        if isinstance(node, TableNode):
            node.take(position, code)
            continue
        number = np.array([code], np.uint32)
        value = int(values_of(number, graph.width(signal), signed=graph.signed(signal))[0])
        value = shifted(value, node.shifts.pop(position))
        node.offset += -value if node.negated.pop(position) else value
        if node.wraps:
            node.offset %= 1 << node.width
    graph.reconnect(reader, inputs)
    if isinstance(node, SumNode) and not inputs:
        _make_constant(graph, reader, node.offset & ((1 << node.width) - 1))


def _make_constant(graph: Graph, signal: int, code: int) -> None:
    graph.reconnect(signal, [])
    node = graph.nodes[signal]
    table = np.array(code, code_dtype(node.width))
    care = np.array(True)
    constant = TableNode(node.layer, node.stage, [], table, care, node.width, node.signed)
    graph.nodes[signal] = constant


def drop_inputs_in(graph: Graph) -> None:
    """See `drop_ignored_inputs`; with rows that do not matter, the widest inputs go first."""
    for signal, node in graph.tables():
        inputs = list(node.inputs)
        _join_repeated(node, inputs)
        for source in sorted(inputs, key=graph.width, reverse=True):
            axis = inputs.index(source)
            joined = collapse(node.table, node.care, axis)
            if joined is not None:
                node.table, node.care = joined
                del inputs[axis]
        if len(inputs) < len(node.inputs):
            graph.reconnect(signal, inputs)


def _join_repeated(node: TableNode, inputs: list[int]) -> None:
    """Keep the first of equal inputs: only rows on which they agree can occur."""
    position = 0
    while position < len(inputs):
        again = len(inputs) - 1 - inputs[::-1].index(inputs[position])
        if again == position:
            position += 1
            continue
        # The diagonal becomes the last axis.
        node.table = np.moveaxis(np.diagonal(node.table, axis1=position, axis2=again), -1, position)
        node.care = np.moveaxis(np.diagonal(node.care, axis1=position, axis2=again), -1, position)
        del inputs[again]


def collapse(table: Array, care: Array, axis: int) -> tuple[Array, Array] | None:
    """The table without an axis, if no two rows that matter differ along it."""
    first = np.argmax(care, axis=axis, keepdims=True)
    chosen = np.take_along_axis(table, first, axis)
    if (care & (table != chosen)).any():
        return None
    return np.squeeze(chosen, axis), np.asarray(care.any(axis=axis))
