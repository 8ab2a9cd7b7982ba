"""Where the bits of a netlist's signals stand when all of them lie in a row, the lowest first."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from logicjsc.netlist import Layer, Netlist, TableLayer

Array: TypeAlias = npt.NDArray[Any]


def bit_offsets(widths: Array) -> list[int]:
    """Position of each signal's lowest bit, and at last the number of bits."""
    return [0, *np.cumsum(widths, dtype=np.int64).tolist()]


def output_places(netlist: Netlist) -> list[int]:
    """Positions of the bits of all network outputs, side by side."""
    offsets = bit_offsets(netlist.widths)
    return [
        place
        for signal in netlist.outputs.tolist()
        for place in range(offsets[signal], offsets[signal + 1])
    ]


def tables_by_signal(netlist: Netlist) -> dict[int, tuple[TableLayer, int]]:
    """Layer, and number of the node in it, of every signal that is a table's output."""
    return {
        first + node: (layer, node)
        for first, layer in zip(netlist.first_signals, netlist.layers, strict=True)
        if isinstance(layer, TableLayer)
        for node in range(layer.nodes)
    }


def address_places(netlist: Netlist, layer: Layer, node: int, offsets: list[int]) -> list[int]:
    """Positions of the bits of a node's address, the highest first; see `bit_offsets`."""
    return [
        offsets[source] + bit
        for source in layer.inputs[node].tolist()
        for bit in reversed(range(int(netlist.widths[source])))
    ]
