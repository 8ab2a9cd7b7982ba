"""An AXI4-Stream slave and master around a circuit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from logicjsc.emit.hdl.interface import Interface
from logicjsc.emit.hdl.names import Names
from logicjsc.emit.hdl.options import FULL, CircuitOptions
from logicjsc.emit.hdl.ports import Block
from logicjsc.emit.hdl.text import (
    BUFFER_MODULE,
    HAND_WRITTEN,
    SIDEBAND_MODULE,
    Heading,
    Slice,
    VerilogModule,
    declarations,
    instance,
    latency_parameter,
    latency_remark,
    module_text,
    sink,
    vector,
)
from logicjsc.emit.hdl.votes import VOTE_PORTS, VotePlaces, vote_ports
from logicjsc.emit.verilog.regroup_verilog import (
    Enclosed,
    batch_bits,
    batch_instance,
    collector_bits,
    collector_instance,
)
from logicjsc.emit.verilog.stages_verilog import (
    INPUT_STAGES,
    OUTPUT_STAGES,
    handed_on,
    stage_parameters,
    stated_bits,
    stated_latency,
)

_MOST_DEPTH_BITS = 12
_DEPTH_BITS = "DEPTH_BITS"
_RESET = "~aresetn"


def stream_module(
    name: str,
    inner: Block,
    interface: Interface,
    heading: Heading,
    options: CircuitOptions,
) -> Enclosed:
    """An AXI4-Stream slave and master around a circuit.

    Data lies in the lowest bits of ``tdata``, whose width is a whole number of bytes. The circuit
    never stops; results wait in a buffer, and samples are let in only while there is room for their
    results.
    The latency counts from an accepted sample to its result.
    """
    latency = inner.latency_cycles + options.cycles_behind
    ports = interface.ports(inner.reads, inner.writes, clocked=True)
    head = heading.text(
        latency_remark(latency),
        "// AXI4-Stream on both sides: a result waits as long as its reader wants.",
        *interface.remarks(),
    )
    stream = _Stream(name, inner, interface, options, latency)
    body = list(stream.body())
    parameters = stage_parameters(options)
    lines: tuple[str, ...] = ()
    if stream.depth_is_handed_on:
        parameters |= {_DEPTH_BITS: stream.cycles.bit_length()}
        lines = tuple(stream.depth_lines())
    votes = vote_ports(options, stream.places.bits)
    text = module_text(name, [*declarations(ports), *votes], body, parameters)
    module = VerilogModule(name, head + text)
    return Enclosed(module, stream.places.bits, lines, (_DEPTH_BITS,) * bool(lines))


class _Stream:
    """Builds the body, from the beats to the batches."""

    def __init__(
        self,
        name: str,
        inner: Block,
        interface: Interface,
        options: CircuitOptions,
        latency: int,
    ) -> None:
        self.inner = inner
        self.interface = interface
        self.options = options
        self.latency = latency
        ports = interface.ports(inner.reads, inner.writes, clocked=True)
        taken = [port.name for port in ports]
        words = (INPUT_STAGES, OUTPUT_STAGES, "LATENCY_CYCLES", _DEPTH_BITS, "_unused")
        self.names = Names(*taken, *VOTE_PORTS, *words, *HAND_WRITTEN, name, inner.module)
        self.unused: list[Slice] = []
        self.places = VotePlaces(options)
        # A place is taken when a sample enters and known to be free a cycle after its result has
        # left.
        self.cycles = inner.latency_cycles + 1

    def body(self) -> Iterator[str]:
        """The module's statements."""
        interface, inner = self.interface, self.inner
        yield from latency_parameter(stated_latency(self.latency, self.options))
        circuit, buffer, accepted, valid, result, waiting = self.names.claim(
            "circuit", "stream_buffer", "accepted", "result_valid", "result", "waiting"
        )
        padding = interface.in_port_bits - interface.beat_bits
        if padding:
            self.unused.append(
                Slice("s_axis_tdata", interface.in_port_bits, interface.beat_bits, padding)
            )
        yield from self._unused("Padding up to whole bytes.")
        given: Sequence[str] = ("s_axis_tvalid", "s_axis_tready")
        data = str(Slice("s_axis_tdata", interface.in_port_bits, 0, interface.beat_bits))
        if interface.beats > 1:
            *given, data = self.names.claim("sample_valid", "sample_ready", "sample")
            yield from self._collector(given, data)
        yield f"  wire {accepted};"
        yield f"  wire {valid};"
        yield f"  wire {vector(inner.out_width)} {result};"
        clock = (("clk", "aclk"), ("rst", _RESET)) if inner.latency_cycles else ()
        connections = (
            *clock,
            ("in_valid", accepted),
            (inner.reads, data),
            ("out_valid", valid),
            (inner.writes, result),
            *self.places.take(stated_bits(inner, self.options)),
        )
        yield from instance(inner.module, circuit, connections, handed_on(self.options))
        depth_bits = _DEPTH_BITS if self.options.stages else str(self.cycles.bit_length())
        if self.options.stages and not self.depth_is_handed_on:
            yield from self.depth_lines()
        yield f"  wire {vector(inner.out_width)} {waiting};"
        taken: Sequence[str] = ("m_axis_tvalid", "m_axis_tready")
        if interface.batch > 1:
            taken = self.names.claim("waiting_valid", "waiting_ready")
            yield from (f"  wire {name};" for name in taken)
        parameters = {"WIDTH": inner.out_width, "DEPTH_BITS": depth_bits}
        pins = (
            ("aclk", "aclk"),
            ("aresetn", "aresetn"),
            ("s_axis_tvalid", given[0]),
            ("s_axis_tready", given[1]),
            ("m_axis_tvalid", taken[0]),
            ("m_axis_tready", taken[1]),
            ("m_axis_tdata", waiting),
            ("accepted", accepted),
            ("result_valid", valid),
            ("result", result),
            *self.places.take(f"3*{depth_bits}+4"),
        )
        yield from instance(BUFFER_MODULE, buffer, pins, parameters)
        carried = ""
        if interface.tlast or interface.tuser:
            (carried,) = self.names.claim("carried")
            yield from self._sideband(carried, accepted, taken, depth_bits)
        if interface.batch > 1:
            yield from self._batch(taken, waiting, carried)
        else:
            yield from self._single(waiting, carried)

    @property
    def depth_is_handed_on(self) -> bool:
        """Whether the depth of the buffer is a parameter, because widths of ports depend on it."""
        return self.options.tmr == FULL and self.options.stages > 0

    def depth_lines(self) -> list[str]:
        """Lines that state the bits of the number of places in the buffer, by the stages."""
        cycles = stated_latency(self.cycles, self.options)
        choices = [
            f"({cycles} > {(1 << bits) - 1}) ? {bits + 1} :"
            for bits in range(_MOST_DEPTH_BITS, 0, -1)
        ]
        return [
            "  // Places for all samples that can be on their way.",
            f"  localparam {_DEPTH_BITS} =",
            *(f"      {choice}" for choice in choices),
            "      1;",
        ]

    def _collector(self, given: Sequence[str], data: str) -> Iterator[str]:
        (name,) = self.names.claim("collector")
        interface = self.interface
        yield from (f"  wire {wire};" for wire in given)
        yield f"  wire {vector(self.inner.in_width)} {data};"
        beat = Slice("s_axis_tdata", interface.in_port_bits, 0, interface.beat_bits)
        pins = (
            ("clk", "aclk"),
            ("rst", _RESET),
            ("enable", "1'b1"),
            ("in_valid", "s_axis_tvalid"),
            ("in_ready", "s_axis_tready"),
            ("in_data", str(beat)),
            ("out_valid", given[0]),
            ("out_ready", given[1]),
            ("out_data", data),
            *self.places.take(collector_bits(interface)),
        )
        yield from collector_instance(name, interface, pins)

    def _sideband(
        self, carried: str, accepted: str, taken: Sequence[str], depth_bits: str
    ) -> Iterator[str]:
        """The queue of what goes past the circuit: ``tlast`` at the lowest bit, if there is one."""
        interface = self.interface
        (name,) = self.names.claim("sideband")
        width = interface.tlast + interface.tuser
        parts = ["s_axis_tuser"] * bool(interface.tuser) + ["s_axis_tlast"] * interface.tlast
        entering = parts[0] if len(parts) == 1 else f"{{{', '.join(parts)}}}"
        yield f"  wire {vector(width)} {carried};"
        parameters = {"WIDTH": width, "DEPTH_BITS": depth_bits}
        pins = (
            ("clk", "aclk"),
            ("rst", _RESET),
            ("accepted", accepted),
            ("in_data", entering),
            ("leaving", f"{taken[0]} & {taken[1]}"),
            ("out_data", carried),
            *self.places.take(f"2*{depth_bits}"),
        )
        yield from instance(SIDEBAND_MODULE, name, pins, parameters)

    def _last_and_user(self, carried: str) -> tuple[str, str]:
        """Expressions of ``tlast`` and ``tuser`` behind the queue."""
        last, user = self.interface.tlast, self.interface.tuser
        return (
            str(Slice(carried, last + user, 0, 1)) if last else "1'b0",
            str(Slice(carried, last + user, int(last), user)) if user else "",
        )

    def _single(self, waiting: str, carried: str) -> Iterator[str]:
        """Results that leave one by one."""
        last, user = self._last_and_user(carried)
        yield f"  assign m_axis_tdata = {self._padded(waiting)};"
        if self.interface.tlast:
            yield f"  assign m_axis_tlast = {last};"
        if user:
            yield f"  assign m_axis_tuser = {user};"

    def _batch(self, taken: Sequence[str], waiting: str, carried: str) -> Iterator[str]:
        """Results that leave in batches, each with its ``tuser`` above itself."""
        interface = self.interface
        name, gathered, present, ended = self.names.claim(
            "gatherer", "gathered", "present", "ended"
        )
        last, user = self._last_and_user(carried)
        width, batch = interface.result_bits + interface.tuser, interface.batch
        yield f"  wire {vector(width * batch)} {gathered};"
        yield f"  wire {vector(batch)} {present};"
        yield f"  wire {ended};"
        pins = (
            ("clk", "aclk"),
            ("rst", _RESET),
            ("enable", "1'b1"),
            ("in_valid", taken[0]),
            ("in_ready", taken[1]),
            ("in_data", f"{{{user}, {waiting}}}" if user else waiting),
            ("in_last", last),
            ("out_valid", "m_axis_tvalid"),
            ("out_ready", "m_axis_tready"),
            ("out_data", gathered),
            ("out_present", present),
            ("out_last", ended),
            *self.places.take(batch_bits(width, batch)),
        )
        yield from batch_instance(name, width, batch, pins)
        places = range(batch - 1, -1, -1)
        results = [Slice(gathered, width * batch, width * n, interface.result_bits) for n in places]
        padded = [self._padded(str(result)) for result in results]
        yield from _joined("m_axis_tdata", [text.strip("{}") for text in padded])
        if user:
            low = interface.result_bits
            users = [
                Slice(gathered, width * batch, width * n + low, interface.tuser) for n in places
            ]
            yield from _joined("m_axis_tuser", list(map(str, users)))
        if interface.tlast:
            copies = interface.result_stride // 8
            yield from _joined("m_axis_tkeep", [f"{{{copies}{{{present}[{n}]}}}}" for n in places])
            yield f"  assign m_axis_tlast = {ended};"
        else:
            self.unused += [Slice(present, batch, 0, batch), Slice(ended, 1, 0, 1)]
        yield ""
        yield from self._unused("No batch is cut short.")

    def _padded(self, result: str) -> str:
        bits = self.interface.result_stride - self.interface.result_bits
        return f"{{{bits}'d0, {result}}}" if bits else result

    def _unused(self, reason: str) -> list[str]:
        """Lines for what nothing reads so far; they can stand in a module once only."""
        if not self.unused:
            return []
        unused, self.unused = self.unused, []
        lines = sink(unused, reason)
        (name,) = self.names.claim("unused")
        return [line.replace("_unused", f"_{name}") for line in lines]


def _joined(target: str, parts: Sequence[str]) -> Iterator[str]:
    """An assignment of many parts, the highest first."""
    yield f"  assign {target} = {{"
    yield from (f"      {part}," for part in parts[:-1])
    yield f"      {parts[-1]}"
    yield "  };"
