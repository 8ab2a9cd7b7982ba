"""A sum layer as Verilog: adders of exactly the output's width.

The netlist promises that the sum fits its output, so every term is extended or cut to that width
and all arithmetic is modulo a power of two; nothing is lost, and no operand widths differ.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from logicjsc.netlist import Netlist, SumLayer
from logicjsc.rtl.names import comment_text
from logicjsc.rtl.plan import Bus
from logicjsc.rtl.text import Slice, module_text, sink, slice_of, vector


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
        width = int(layer.widths[node])
        yield f"  // {comment_text(labels[signal])} = {_formula(layer, node, labels)}"
        expression = _offset(layer, node, width)
        for position, source in enumerate(map(int, layer.inputs[node])):
            term, used = _term(netlist, reads, source, int(layer.shifts[node, position]), width)
            bits_used[source] = max(bits_used[source], used)
            if not used:
                continue
            yield f"  wire {vector(width)} n{node}_t{position} = {term};"
            if layer.negated[node, position]:
                expression = f"{expression or _zero(width)} - n{node}_t{position}"
            else:
                expression = f"{expression} + " * bool(expression) + f"n{node}_t{position}"
        yield f"  assign {slice_of(writes, signal, width)} = {expression or _zero(width)};"
        yield ""
    yield from sink(
        [
            Slice(reads.name, reads.width, reads.position[source] + used, unused)
            for source, used in bits_used.items()
            if (unused := int(netlist.widths[source]) - used)
        ],
        "Bits that cannot reach the result's width.",
    )


def _zero(width: int) -> str:
    return f"{width}'d0"


def _offset(layer: SumLayer, node: int, width: int) -> str:
    offset = int(layer.offsets[node]) % (1 << width)
    return f"{width}'d{offset}" if offset else ""


def _term(netlist: Netlist, reads: Bus, source: int, shift: int, width: int) -> tuple[str, int]:
    """An input shifted and extended to ``width`` bits, and how many of its bits that takes."""
    source_width = int(netlist.widths[source])
    used = max(0, min(source_width, width - shift))
    if not used:
        return "", 0
    bits = Slice(reads.name, reads.width, reads.position[source], used)
    parts = [str(bits)]
    extension = width - shift - used
    if extension and netlist.signed[source]:
        sign = Slice(reads.name, reads.width, bits.lsb + source_width - 1, 1)
        parts.insert(0, f"{{{extension}{{{sign}}}}}")
    elif extension:
        parts.insert(0, _zero(extension))
    if shift:
        parts.append(_zero(shift))
    return (parts[0] if len(parts) == 1 else "{" + ", ".join(parts) + "}"), used


def _formula(layer: SumLayer, node: int, labels: Sequence[str]) -> str:
    text = str(int(layer.offsets[node]))
    for source, shift, negated in zip(
        layer.inputs[node], layer.shifts[node], layer.negated[node], strict=True
    ):
        name = comment_text(labels[source])
        text += f" {'-' if negated else '+'} {name}" + (f" * {1 << int(shift)}" if shift else "")
    return text
