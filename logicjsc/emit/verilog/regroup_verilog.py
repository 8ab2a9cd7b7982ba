"""A circuit whose samples come in several beats, or whose results leave in batches.

Both ends have a hand-written module, which an AXI4-Stream has, too; see `stream_verilog`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from logicjsc.emit.hdl.interface import Interface
from logicjsc.emit.hdl.names import Names
from logicjsc.emit.hdl.options import CircuitOptions
from logicjsc.emit.hdl.ports import Block
from logicjsc.emit.hdl.registers import clock_pins
from logicjsc.emit.hdl.text import (
    BATCH_MODULE,
    COLLECTOR_MODULE,
    HAND_WRITTEN,
    Heading,
    Slice,
    VerilogModule,
    count,
    declarations,
    instance,
    latency_parameter,
    module_text,
    sink,
    vector,
)
from logicjsc.emit.hdl.votes import VOTE_PORTS, VotePlaces, vote_ports
from logicjsc.emit.verilog.stages_verilog import (
    INPUT_STAGES,
    OUTPUT_STAGES,
    handed_on,
    stage_parameters,
    stated_bits,
    stated_latency,
)


@dataclass(frozen=True)
class Enclosed:
    """A circuit with what stands around it.

    Attributes:
        module: the outermost module.
        bits: register bits that vote with those of its copies, as a number or an expression of
            parameters; of use with ``tmr = full`` only.
        lines: declarations that a module which instantiates it needs for ``bits``.
        parameters: what such a module hands on beside the stages.
    """

    module: VerilogModule
    bits: int | str
    lines: tuple[str, ...] = ()
    parameters: tuple[str, ...] = ()


def regrouped_module(
    name: str,
    inner: Block,
    interface: Interface,
    heading: Heading,
    options: CircuitOptions,
) -> Enclosed:
    """A circuit with valid bits that takes several beats for a sample, or gives results in batches.

    The latency counts from a sample's last beat on.
    """
    latency = inner.latency_cycles + options.cycles_behind
    ports = interface.ports(inner.reads, inner.writes, clocked=True)
    head = heading.text(
        f"// Latency: {count(latency, 'clock cycle')}, from the last beat of the last sample on.",
        *interface.remarks(),
    )
    places = VotePlaces(options)
    body = list(_body(name, inner, interface, options, latency=latency, places=places))
    votes = vote_ports(options, places.bits)
    text = module_text(name, [*declarations(ports), *votes], body, stage_parameters(options))
    return Enclosed(VerilogModule(name, head + text), places.bits)


def _body(
    name: str,
    inner: Block,
    interface: Interface,
    options: CircuitOptions,
    *,
    latency: int,
    places: VotePlaces,
) -> Iterator[str]:
    yield from latency_parameter(stated_latency(latency, options))
    taken = ("clk", "rst", "ce", "in_valid", inner.reads, "out_valid", inner.writes)
    words = (INPUT_STAGES, OUTPUT_STAGES, "LATENCY_CYCLES", "_unused", *HAND_WRITTEN)
    names = Names(*taken, *VOTE_PORTS, *words, name, inner.module)
    collector, gatherer, circuit = names.claim("collector")[0], *names.claim("gatherer", "circuit")
    clock = (("clk", "clk"), ("rst", "rst"))
    enable = ("enable", "ce" if options.clock_enable else "1'b1")
    unused = []
    entering, valid = inner.reads, "in_valid"
    if interface.beats > 1:
        entering, valid, ready = names.claim("sample", "sample_valid", "beat_ready")
        yield f"  wire {vector(inner.in_width)} {entering};"
        yield f"  wire {valid};"
        yield f"  wire {ready};"
        beat_pins = (
            *clock,
            enable,
            ("in_valid", "in_valid"),
            ("in_ready", ready),
            ("in_data", inner.reads),
            ("out_valid", valid),
            ("out_ready", "1'b1"),
            ("out_data", entering),
            *places.take(collector_bits(interface)),
        )
        yield from collector_instance(collector, interface, beat_pins)
        unused.append(Slice(ready, 1, 0, 1))
    leaving, leaves = inner.writes, "out_valid"
    if interface.batch > 1:
        leaving, leaves = names.claim("result", "result_valid")
        yield f"  wire {vector(inner.out_width)} {leaving};"
        yield f"  wire {leaves};"
    pins = (
        *(clock_pins(options) if inner.latency_cycles else ()),
        ("in_valid", valid),
        (inner.reads, entering),
        ("out_valid", leaves),
        (inner.writes, leaving),
        *places.take(stated_bits(inner, options)),
    )
    yield from instance(inner.module, circuit, pins, handed_on(options))
    if interface.batch > 1:
        ready, present, last = names.claim("result_ready", "present", "last")
        yield f"  wire {ready};"
        yield f"  wire {vector(interface.batch)} {present};"
        yield f"  wire {last};"
        batch_pins = (
            *clock,
            enable,
            ("in_valid", leaves),
            ("in_ready", ready),
            ("in_data", leaving),
            ("in_last", "1'b0"),
            ("out_valid", "out_valid"),
            ("out_ready", "1'b1"),
            ("out_data", inner.writes),
            ("out_present", present),
            ("out_last", last),
            *places.take(batch_bits(interface.result_bits, interface.batch)),
        )
        yield from batch_instance(gatherer, interface.result_bits, interface.batch, batch_pins)
        unused += [Slice(wire, 1, 0, 1) for wire in (ready, last)]
        unused.append(Slice(present, interface.batch, 0, interface.batch))
    yield from sink(unused, "Nothing waits here, and no batch is cut short.")


def collector_bits(interface: Interface) -> int:
    """Register bits of the module that puts samples together."""
    return (interface.beats - 1) * (interface.beat_bits + 1)


def batch_bits(width: int, batch: int) -> int:
    """Register bits of the module that puts results side by side."""
    return 2 + batch * (width + 1)


def collector_instance(
    name: str, interface: Interface, pins: Sequence[tuple[str, str]]
) -> list[str]:
    """The module that puts samples together."""
    parameters = {"WIDTH": interface.beat_bits, "BEATS": interface.beats}
    return instance(COLLECTOR_MODULE, name, pins, parameters)


def batch_instance(name: str, width: int, batch: int, pins: Sequence[tuple[str, str]]) -> list[str]:
    """The module that puts results side by side."""
    return instance(BATCH_MODULE, name, pins, {"WIDTH": width, "BATCH": batch})
