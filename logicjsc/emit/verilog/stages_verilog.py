"""Register ranks at both ends of a circuit, as many as two parameters of the Verilog say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from logicjsc.emit.hdl.names import Names
from logicjsc.emit.hdl.options import CircuitOptions
from logicjsc.emit.hdl.ports import Block, Port, block_ports
from logicjsc.emit.hdl.registers import clock_pins, register_module
from logicjsc.emit.hdl.text import (
    HAND_WRITTEN,
    Heading,
    VerilogModule,
    declarations,
    instance,
    latency_parameter,
    latency_remark,
    module_text,
    vector,
)
from logicjsc.emit.hdl.votes import VOTE_PORTS, vote_pins, vote_ports

INPUT_STAGES: Final = "INPUT_STAGES"
OUTPUT_STAGES: Final = "OUTPUT_STAGES"


def stage_parameters(options: CircuitOptions) -> dict[str, int]:
    """Parameters of every module around the circuit, with their defaults; none without stages."""
    if not options.stages:
        return {}
    return {INPUT_STAGES: options.input_stages, OUTPUT_STAGES: options.output_stages}


def stated_latency(latency: int, options: CircuitOptions) -> int | str:
    """A latency that includes the stages, as a module with their parameters states it."""
    if not options.stages:
        return latency
    return f"{INPUT_STAGES} + {latency - options.stages} + {OUTPUT_STAGES}"


def stated_bits(circuit: Block, options: CircuitOptions) -> int | str:
    """Register bits of a circuit with its stages, as a module with their parameters states it."""
    if not options.stages:
        return circuit.ff
    ends = (options.input_stages, circuit.in_width), (options.output_stages, circuit.out_width)
    fixed = circuit.ff - sum(stages * (1 + width) for stages, width in ends)
    return f"{INPUT_STAGES}*{1 + circuit.in_width}+{fixed}+{OUTPUT_STAGES}*{1 + circuit.out_width}"


def handed_on(options: CircuitOptions) -> dict[str, str]:
    """Parameters that a module around the circuit hands on to it, for `instance`."""
    return {name: name for name in stage_parameters(options)}


def stages_module(
    name: str, inner: Block, heading: Heading, options: CircuitOptions
) -> tuple[Block, VerilogModule]:
    """A circuit between register ranks.

    Args:
        name: name of the module.
        inner: the circuit.
        heading: what stands above it.
        options: how many ranks there are by default.
    """
    ranks = options.input_stages * (1 + inner.in_width) + options.output_stages * (
        1 + inner.out_width
    )
    latency = inner.latency_cycles + options.stages
    whole = replace(inner, module=name, latency_cycles=latency, ff=inner.ff + ranks)
    head = heading.text(
        latency_remark(latency),
        f"// {INPUT_STAGES} and {OUTPUT_STAGES} may have other values; the latency follows them.",
    )
    ports = block_ports(whole, options)
    body = _body(whole, inner, ports, options)
    votes = vote_ports(options, stated_bits(whole, options))
    text = module_text(name, [*declarations(ports), *votes], body, stage_parameters(options))
    return whole, VerilogModule(name, head + text)


def _body(
    whole: Block, inner: Block, ports: Sequence[Port], options: CircuitOptions
) -> Iterator[str]:
    yield from latency_parameter(stated_latency(whole.latency_cycles, options))
    taken = (*(port.name for port in ports), INPUT_STAGES, OUTPUT_STAGES, "LATENCY_CYCLES")
    names = Names(*taken, *VOTE_PORTS, *HAND_WRITTEN, whole.module, inner.module)
    (circuit,) = names.claim("circuit")
    first = names.claim("entering", "entering_valid", "entering_rank", "entering_ranks")
    last = names.claim("leaving", "leaving_valid", "leaving_rank", "leaving_ranks")
    yield "  // Registers behind the input ports."
    entering = (whole.reads, "in_valid")
    yield from _ranks(first, INPUT_STAGES, inner.in_width, entering, options, before="")
    yield "  // Registers before the output ports."
    made = f"{circuit}_data", f"{circuit}_valid"
    yield f"  wire {vector(inner.out_width)} {made[0]};"
    yield f"  wire {made[1]};"
    held = f"{INPUT_STAGES}*{1 + inner.in_width}"
    behind = f"{held}+{inner.ff}+"
    yield from _ranks(last, OUTPUT_STAGES, inner.out_width, made, options, before=behind)
    clock = clock_pins(options) if inner.latency_cycles else ()
    connections = (
        *clock,
        ("in_valid", f"{first[1]}[{INPUT_STAGES}]"),
        (inner.reads, f"{first[0]}[{inner.in_width}*{INPUT_STAGES}+:{inner.in_width}]"),
        ("out_valid", made[1]),
        (inner.writes, made[0]),
        *vote_pins(options, held, inner.ff),
    )
    yield from instance(inner.module, circuit, connections)
    yield f"  assign out_valid = {last[1]}[{OUTPUT_STAGES}];"
    yield (
        f"  assign {whole.writes} = "
        f"{last[0]}[{inner.out_width}*{OUTPUT_STAGES}+:{inner.out_width}];"
    )


def _ranks(
    names: Sequence[str],
    stages: str,
    width: int,
    source: Sequence[str],
    options: CircuitOptions,
    *,
    before: str,
) -> Iterator[str]:
    """A rank for every stage; place ``n`` of the buses lies behind ``n`` ranks.

    ``source`` is data and valid bit in front of them, ``before`` the sum of the register bits
    there, with its last plus sign.
    """
    data, valid = source
    bus, valids, number, scope = names
    yield f"  wire [{width}*({stages}+1)-1:0] {bus};"
    yield f"  wire [{stages}:0] {valids};"
    yield f"  assign {bus}[{width - 1}:0] = {data};"
    yield f"  assign {valids}[0] = {valid};"
    yield f"  genvar {number};"
    yield "  generate"
    yield (f"    for ({number} = 0; {number} < {stages}; {number} = {number} + 1) begin : {scope}")
    pins = (
        *clock_pins(options),
        ("in_valid", f"{valids}[{number}]"),
        ("in_data", f"{bus}[{width}*{number}+:{width}]"),
        ("out_valid", f"{valids}[{number}+1]"),
        ("out_data", f"{bus}[{width}*({number}+1)+:{width}]"),
        *vote_pins(options, f"{before}{1 + width}*{number}", 1 + width),
    )
    lines = instance(register_module(options), "rank", pins, {"WIDTH": width})
    yield from (f"    {line}" if line else "" for line in _indented(lines))
    yield "    end"
    yield "  endgenerate"
    yield ""


def _indented(lines: Sequence[str]) -> Iterator[str]:
    """The lines of an instance inside a block, without the empty one behind it."""
    yield from "\n".join(lines).rstrip("\n").split("\n")
