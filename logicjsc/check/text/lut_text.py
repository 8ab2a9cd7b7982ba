"""Comparing the text of a mapped layer's module with the layer's tables or sums."""

from __future__ import annotations

import re
from typing import Final

from logicjsc.check.text.cell_text import read_cells, split_concatenation
from logicjsc.check.text.wire_graph import WireGraph, bind, compare_layer, look_up
from logicjsc.core.errors import CircuitError, NetlistError
from logicjsc.emit.hdl.bus import Bus
from logicjsc.netlist import Layer, Netlist, SumLayer

_ASSIGNMENT: Final = re.compile(r"^  assign out_codes(\S*) = ([^;]+);", re.MULTILINE)
_ADDERS: Final = re.compile(
    r"^  assign out_codes\S* = (?:[^;]*\bn\d+_t\d+\b[^;]*|\d+'d\d+);", re.MULTILINE
)
_CONSTANT_WIRE: Final = re.compile(r"^  wire (\w+) = (1'b[01]);$", re.MULTILINE)


def compare_mapped_layer(text: str, netlist: Netlist, layer: Layer, reads: Bus) -> tuple[int, int]:
    """Rows and vectors compared, and how many the LUTs in a layer's module's text get wrong.

    Sums that were left to adders have none; see `compare_layer` for the others.

    Args:
        text: a module that logicjsc wrote.
        netlist: the netlist without dead nodes.
        layer: one of its layers.
        reads: the layer's ``in_codes``.

    Raises:
        CircuitError: the text is not such a module.
    """
    if isinstance(layer, SumLayer) and _ADDERS.search(text):
        return 0, 0
    graph = WireGraph()
    inputs = [graph.free() for _ in range(reads.width)]
    try:
        bits = _read(text, graph, inputs)
        if len(bits) != int(layer.widths.sum()):
            raise ValueError(f"{len(bits)} of {layer.widths.sum()} output bits are assigned")
    except (KeyError, ValueError, NetlistError) as error:
        raise CircuitError(
            f"cannot read LUTs from the Verilog text of layer {layer.name!r} ({error})"
        ) from error
    wires: list[list[int] | None] = [None] * netlist.signals
    for signal, lsb in reads.position.items():
        wires[signal] = inputs[lsb : lsb + int(netlist.widths[signal])]
    ends = layer.widths.astype(int).cumsum().tolist()
    outputs = [bits[start:end] for start, end in zip([0, *ends], ends, strict=False)]
    return compare_layer(graph, netlist, layer, wires, outputs)


def _read(text: str, graph: WireGraph, inputs: list[int]) -> list[int]:
    """Add a module's LUTs to a graph; the wires of its output bits, the lowest first."""
    scope = {f"in_codes[{bit}]": wire for bit, wire in enumerate(inputs)}
    if len(inputs) == 1:
        scope["in_codes"] = inputs[0]
    for name, constant in _CONSTANT_WIRE.findall(text):
        bind(scope, name, look_up(scope, constant))
    graph.add(read_cells(text), scope)
    bits: list[int] = []
    for place, expression in _ASSIGNMENT.findall(text):
        lsb = re.search(r"(\d+)\]$", place)
        if int(lsb[1] if lsb else 0) != len(bits):
            raise ValueError(f"out_codes{place} stands where bit {len(bits)} should")
        bits += [look_up(scope, name) for name in split_concatenation(expression)]
    return bits
