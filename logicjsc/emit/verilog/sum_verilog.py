"""A sum layer as Verilog: adders of exactly the output's width.

The sum fits its output or is to wrap there, so every term is extended or cut to that width and all
arithmetic is modulo a power of two; nothing is lost, and no operand widths differ.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from logicjsc.emit.hdl.bus import Bus
from logicjsc.emit.hdl.names import comment_text
from logicjsc.emit.hdl.text import Slice, module_text, sink, slice_of, vector
from logicjsc.netlist import Netlist, SumLayer

UNUSED_REMARK: Final = "Bits that are dropped, or cannot reach the result's width."


def sum_module(
    name: str,
    netlist: Netlist,
    layer: SumLayer,
    reads: Bus,
    writes: Bus,
    *,
    labels: Sequence[str],
) -> str:
    """Text of the module of a sum layer; ``labels`` name every signal in comments."""
    ports = [("input", reads.name, reads.width), ("output", writes.name, writes.width)]
    return module_text(name, ports, _sums(netlist, layer, reads, writes, labels))


def _sums(
    netlist: Netlist, layer: SumLayer, reads: Bus, writes: Bus, labels: Sequence[str]
) -> Iterator[str]:
    bits_used = dict.fromkeys(reads.signals, 0)
    for node, signal in enumerate(writes.signals):
        yield f"  // {comment_text(labels[signal])} = {_formula(layer, node, labels)}"
        lines, expression = sum_node(
            netlist, layer, node, reads, prefix=f"n{node}", bits_used=bits_used
        )
        yield from lines
        yield f"  assign {slice_of(writes, signal, int(layer.widths[node]))} = {expression};"
        yield ""
    yield from sink(unused_bits(netlist, reads, bits_used), UNUSED_REMARK)


def sum_node(
    netlist: Netlist,
    layer: SumLayer,
    node: int,
    reads: Bus,
    *,
    prefix: str,
    bits_used: dict[int, int],
) -> tuple[list[str], str]:
    """Lines that declare a node's terms, and the expression of their sum.

    Args:
        netlist: the netlist.
        layer: one of its layers.
        node: number of the node in the layer.
        reads: bus on which its inputs are found.
        prefix: what names of terms begin with.
        bits_used: bits of each signal that have reached a sum, as a mask; updated.
    """
    width = int(layer.widths[node])
    lines = []
    expression = _offset(layer, node, width)
    for position, source in enumerate(map(int, layer.inputs[node])):
        term, used = _term(netlist, reads, source, int(layer.shifts[node, position]), width)
        bits_used[source] |= used
        if not used:
            continue
        lines.append(f"  wire {vector(width)} {prefix}_t{position} = {term};")
        if layer.negated[node, position]:
            expression = f"{expression or _zero(width)} - {prefix}_t{position}"
        else:
            expression = f"{expression} + " * bool(expression) + f"{prefix}_t{position}"
    return lines, expression or _zero(width)


def unused_bits(netlist: Netlist, reads: Bus, bits_used: Mapping[int, int]) -> list[Slice]:
    """Bits of the inputs that are dropped by all sums, or that none is wide enough for."""
    return [
        Slice(reads.name, reads.width, reads.position[source] + first, length)
        for source, used in bits_used.items()
        for first, length in _runs(~used & ((1 << int(netlist.widths[source])) - 1))
    ]


def _runs(mask: int) -> Iterator[tuple[int, int]]:
    """The first bit and the length of every run of ones."""
    place = 0
    while mask >> place:
        zeros = ((mask >> place) & -(mask >> place)).bit_length() - 1
        place += zeros
        ones = (~(mask >> place) & ((mask >> place) + 1)).bit_length() - 1
        yield place, ones
        place += ones


def _zero(width: int) -> str:
    return f"{width}'d0"


def _offset(layer: SumLayer, node: int, width: int) -> str:
    offset = int(layer.offsets[node]) % (1 << width)
    return f"{width}'d{offset}" if offset else ""


def _term(netlist: Netlist, reads: Bus, source: int, shift: int, width: int) -> tuple[str, int]:
    """An input shifted and extended to ``width`` bits, and which of its bits that takes."""
    source_width, dropped, shift = int(netlist.widths[source]), max(0, -shift), max(0, shift)
    used = max(0, min(source_width - dropped, width - shift))
    if not used:
        return "", 0
    bits = Slice(reads.name, reads.width, reads.position[source] + dropped, used)
    parts = [str(bits)]
    extension = width - shift - used
    if extension and netlist.signed[source]:
        sign = Slice(reads.name, reads.width, reads.position[source] + source_width - 1, 1)
        parts.insert(0, f"{{{extension}{{{sign}}}}}")
    elif extension:
        parts.insert(0, _zero(extension))
    if shift:
        parts.append(_zero(shift))
    return (parts[0] if len(parts) == 1 else "{" + ", ".join(parts) + "}"), (
        (1 << used) - 1
    ) << dropped


def _formula(layer: SumLayer, node: int, labels: Sequence[str]) -> str:
    text = str(int(layer.offsets[node]))
    for source, shift, negated in zip(
        layer.inputs[node], layer.shifts[node], layer.negated[node], strict=True
    ):
        name = comment_text(labels[source])
        text += f" {'-' if negated else '+'} {name}" + _scale(int(shift))
    return text + (f" modulo {1 << int(layer.widths[node])}" if layer.wraps[node] else "")


def _scale(shift: int) -> str:
    if not shift:
        return ""
    return f" * {1 << shift}" if shift > 0 else f" >> {-shift}"
