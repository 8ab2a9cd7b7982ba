"""Which codes signals can take: of the inputs, and forward through the network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from logicjsc.netlist.codec import Encoder
from logicjsc.netlist.codes import shifted, values_of
from logicjsc.netlist.ir import Netlist
from logicjsc.netlist.layers import MAX_ADDRESS_BITS, Array
from logicjsc.netlist.passes.graph import Graph, SumNode, TableNode

_MOST_SUMS: Final = 1 << 16
"""A sum that can take more codes than this counts as taking all."""


@dataclass(frozen=True)
class Variable:
    """What the outside may choose freely: a feature behind an encoder, or an input.

    Attributes:
        inputs: network inputs that follow from it.
        codes: their codes for each of its values, ``[values, inputs]``; None for an input too wide
            to list.
    """

    inputs: tuple[int, ...]
    codes: Array | None


def input_variables(netlist: Netlist) -> tuple[Variable, ...]:
    """The independent choices behind the inputs; every combination of them is reachable."""
    if netlist.encoder is not None:
        return _feature_variables(netlist.encoder)
    return tuple(
        Variable(
            (index,),
            np.arange(1 << int(width), dtype=np.uint32)[:, None]
            if width <= MAX_ADDRESS_BITS
            else None,
        )
        for index, width in enumerate(netlist.input_widths)
    )


def _feature_variables(encoder: Encoder) -> tuple[Variable, ...]:
    variables = []
    for feature in np.unique(encoder.features):
        inputs = np.flatnonzero(encoder.features == feature)
        finite = encoder.thresholds[inputs][np.isfinite(encoder.thresholds[inputs])]
        # One number of every interval: the smallest of all, then each border itself.
        numbers = np.unique(np.append(finite, np.finfo(np.float32).min).astype(np.float32))
        columns = [
            encoder.codes[index][np.searchsorted(encoder.thresholds[index], numbers, side="right")]
            for index in inputs
        ]
        codes = np.unique(np.stack(columns, axis=1), axis=0)
        variables.append(Variable(tuple(int(index) for index in inputs), codes))
    return tuple(variables)


def input_codes(netlist: Netlist) -> dict[int, Array | None]:
    """Reachable codes of every input, ascending; None stands for all codes of a wide input."""
    return {
        index: None if variable.codes is None else np.unique(variable.codes[:, position])
        for variable in input_variables(netlist)
        for position, index in enumerate(variable.inputs)
    }


def restrict(graph: Graph) -> dict[int, Array | None]:
    """Take rows out of care whose input codes cannot occur, inputs counted as independent.

    Returns:
        Possible codes of every signal, ascending; None stands for all.
    """
    codes = input_codes(graph.netlist)
    for signal, node in graph.nodes.items():
        if isinstance(node, TableNode):
            restrict_node(node, codes)
            codes[signal] = node.codes()
        else:
            codes[signal] = sum_codes(graph, node, codes)
    return codes


def restrict_node(node: TableNode, codes: dict[int, Array | None]) -> None:
    """Take rows out of care that need an input code which cannot occur."""
    for axis, source in enumerate(node.inputs):
        possible = codes[source]
        if possible is not None and possible.size < node.care.shape[axis]:
            occurs = np.zeros(node.care.shape[axis], np.bool_)
            occurs[possible] = True
            shape = [1] * node.care.ndim
            shape[axis] = -1
            node.care = node.care & occurs.reshape(shape)


def sum_codes(graph: Graph, node: SumNode, codes: dict[int, Array | None]) -> Array | None:
    """Possible codes of a sum, ascending, its inputs counted as independent; None for all."""
    totals = np.array([node.offset], np.int64)
    columns = zip(node.inputs, node.shifts, node.negated, strict=True)
    for source, shift, negated in columns:
        possible = codes[source]
        if possible is None or possible.size * totals.size > _MOST_SUMS:
            return None
        values = values_of(possible, graph.width(source), signed=graph.signed(source))
        values = shifted(values, shift)
        totals = np.unique(np.add.outer(totals, -values if negated else values))
    return np.unique(totals & ((1 << node.width) - 1)).astype(np.uint32)
