"""Thresholds behind a network: which of its scores are high enough for a yes."""

from __future__ import annotations

from collections.abc import Iterator

from logicjsc.core.errors import CircuitError
from logicjsc.emit.ends.port_map import code_lines, decision_lines
from logicjsc.emit.hdl.bus import Bus
from logicjsc.emit.hdl.names import comment_text
from logicjsc.emit.hdl.options import CircuitOptions
from logicjsc.emit.hdl.ports import Block
from logicjsc.emit.hdl.registers import register_rank
from logicjsc.emit.hdl.text import (
    Slice,
    VerilogModule,
    header,
    latency_parameter,
    latency_remark,
    module_text,
    sink,
    vector,
)
from logicjsc.emit.hdl.votes import block_declarations
from logicjsc.netlist import Decoder, Netlist


def threshold_module(
    name: str, netlist: Netlist, options: CircuitOptions, digest: str
) -> tuple[Block, VerilogModule]:
    """A comparator for each output of a network, and a register rank behind them.

    Raises:
        CircuitError: the netlist has no decoder with thresholds.
    """
    decoder = netlist.decoder
    if decoder is None or not decoder.thresholds:
        raise CircuitError(f"netlist {netlist.name!r} has no thresholds to compare scores with")
    latency = int(options.register_outputs)
    outputs = [int(signal) for signal in netlist.outputs]
    codes = Bus.of("in_codes", outputs, netlist.widths)
    count = len(outputs)
    body = list(_body(codes, netlist, decoder, options))
    ff = (count + 1) * latency
    block = Block("threshold", name, codes.name, codes.width, "out_class", count, latency, ff)
    head = header(
        f'Thresholds of netlist "{comment_text(netlist.name)}".',
        digest,
        latency_remark(latency),
        "//",
        *code_lines(codes.name, netlist, outputs, decoder.output_names),
        *decision_lines("out_class", decoder),
    )
    text = module_text(name, block_declarations(block, options), body)
    return block, VerilogModule(name, head + text)


def _body(codes: Bus, netlist: Netlist, decoder: Decoder, options: CircuitOptions) -> Iterator[str]:
    latency = int(options.register_outputs)
    yield from latency_parameter(latency)
    count = decoder.outputs
    yield f"  wire {vector(count)} reached;"
    unused: list[Slice] = []
    for place, threshold in enumerate(decoder.code_thresholds):
        width = int(netlist.widths[netlist.outputs[place]])
        code = Slice(codes.name, codes.width, codes.lsbs[place], width)
        text, whole = _reached(code, threshold, width, signed=decoder.signed)
        yield f"  assign reached[{place}] = {text};  // {comment_text(decoder.output_names[place])}"
        if not whole:
            unused.append(code)
    yield ""
    yield from sink(unused, "Scores that are always high enough, or never.")
    if latency:
        yield "  // Registers before the outputs."
        names = ("decided", "decided_d", "decided_q", "decided_valid")
        yield from register_rank(names, count, "reached", "in_valid", options)
        yield "  assign out_valid = decided_valid;"
        yield "  assign out_class = decided_q;"
    else:
        yield "  assign out_valid = in_valid;"
        yield "  assign out_class = reached;"


def _reached(code: Slice, threshold: int, width: int, *, signed: bool) -> tuple[str, bool]:
    """Whether a code's value reaches a threshold, and whether that depends on the code."""
    lowest = -(1 << (width - 1)) if signed else 0
    if threshold <= lowest:
        return "1'b1", False
    if threshold >= lowest + (1 << width):
        return "1'b0", False
    if not signed:
        return f"{code} >= {width}'d{threshold}", True
    sign = "-" if threshold < 0 else ""
    # The most negative number has no positive twin of its width.
    constant = f"{sign}{width}'sd{abs(threshold)}"
    return f"$signed({code}) >= {constant}", True
