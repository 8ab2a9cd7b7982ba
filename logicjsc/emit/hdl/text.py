"""Pieces of Verilog text shared by all modules of a circuit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from logicjsc import __version__
from logicjsc.emit.hdl.bus import Bus
from logicjsc.emit.hdl.ports import Port

REGISTER_MODULE = "pipeline_register"
"""Hand-written module of one register rank, shipped in ``hw/rtl``."""

BUFFER_MODULE = "axi_stream_buffer"
"""Hand-written module that lets a circuit wait for its reader, shipped in ``hw/rtl``."""

LUT_MODULE = "lut_cell"
"""Hand-written module of one look-up table for tools of any vendor, shipped in ``hw/rtl``."""

CHAIN_MODULE = "carry_chain"
"""Hand-written module of a carry chain of AMD's devices, shipped in ``hw/rtl``."""

ENABLED_REGISTER_MODULE = "pipeline_register_ce"
"""Hand-written module of one register rank with a clock enable, shipped in ``hw/rtl``."""

COLLECTOR_MODULE = "beat_collector"
"""Hand-written module that puts samples together from beats, shipped in ``hw/rtl``."""

BATCH_MODULE = "result_batch"
"""Hand-written module that puts results side by side, shipped in ``hw/rtl``."""

SIDEBAND_MODULE = "stream_sideband"
"""Hand-written module that carries ``tlast`` and ``tuser`` past a circuit, in ``hw/rtl``."""

VOTED_REGISTER_MODULE = "voted_register"
"""Hand-written module of a register that is held three times, shipped in ``hw/rtl``.

With ``tmr = full`` it is one copy of three, shipped in ``hw/rtl/tmr_full``."""

REGISTER_COPY_MODULE = "register_copy"
"""Hand-written module of one copy of such a register, shipped in ``hw/rtl``."""

VOTED_MEMORY_MODULE = "voted_memory"
"""Hand-written module of a memory that is held three times, shipped in ``hw/rtl``."""

MEMORY_COPY_MODULE = "memory_copy"
"""Hand-written module of one copy of such a memory, shipped in ``hw/rtl``."""

HAND_WRITTEN = (
    REGISTER_MODULE,
    ENABLED_REGISTER_MODULE,
    BUFFER_MODULE,
    COLLECTOR_MODULE,
    BATCH_MODULE,
    SIDEBAND_MODULE,
    VOTED_REGISTER_MODULE,
    REGISTER_COPY_MODULE,
    VOTED_MEMORY_MODULE,
    MEMORY_COPY_MODULE,
    LUT_MODULE,
    CHAIN_MODULE,
)
"""Modules that all circuits share; every other file belongs to one netlist."""

VENDOR_CELLS = (
    *(f"LUT{inputs}" for inputs in range(1, 7)),
    *("LUT6_2", "CARRY4", "PFUMX", "L6MUX21"),
)
"""Modules that vendors' tools bring along; no module of ours may have such a name."""

DIGEST_LINE = "// Netlist digest: "
LATENCY_LINE = "  localparam LATENCY_CYCLES = "

_PARTS_PER_LINE = 4


@dataclass(frozen=True)
class VerilogModule:
    """One module and its text; the file is named after the module."""

    name: str
    text: str


@dataclass(frozen=True)
class Slice:
    """Some bits of a bus."""

    bus: str
    bus_width: int
    lsb: int
    width: int

    def __str__(self) -> str:
        if self.width == self.bus_width:
            return self.bus
        if self.width == 1:
            return f"{self.bus}[{self.lsb}]"
        return f"{self.bus}[{self.lsb + self.width - 1}:{self.lsb}]"


def slice_of(bus: Bus, signal: int, width: int) -> Slice:
    """The bits of ``bus`` that carry ``signal``."""
    return Slice(bus.name, bus.width, bus.position[signal], width)


def concatenation(slices: Sequence[Slice], indent: str = "") -> str:
    """Concatenation of slices given lowest first; neighbours in one bus become one slice."""
    parts = [str(part) for part in reversed(list(_merged(slices)))]
    if len(parts) == 1:
        return parts[0]
    if len(parts) <= _PARTS_PER_LINE:
        return "{" + ", ".join(parts) + "}"
    lines = [
        ", ".join(parts[start : start + _PARTS_PER_LINE])
        for start in range(0, len(parts), _PARTS_PER_LINE)
    ]
    separator = f",\n{indent}  "
    return f"{{\n{indent}  {separator.join(lines)}\n{indent}}}"


def _merged(slices: Sequence[Slice]) -> Iterator[Slice]:
    current: Slice | None = None
    for part in slices:
        if current is not None and (current.bus, current.lsb + current.width) == (
            part.bus,
            part.lsb,
        ):
            current = Slice(part.bus, part.bus_width, current.lsb, current.width + part.width)
            continue
        if current is not None:
            yield current
        current = part
    if current is not None:
        yield current


def count(number: int, noun: str) -> str:
    """``1 bit``, ``2 bits``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def vector(width: int | str) -> str:
    """Range of a declaration: ``[width-1:0]``."""
    return f"[{width}-1:0]" if isinstance(width, str) else f"[{width - 1}:0]"


def module_text(
    name: str,
    ports: Sequence[tuple[str, str, int | str]],
    body: Iterable[str],
    parameters: Mapping[str, int] | None = None,
) -> str:
    """A module; ports are (direction, name, width), with width 0 for a plain wire.

    A width may be an expression of parameters; ``parameters`` are their defaults by name.
    """
    ranges = [vector(width) if width else "" for _, _, width in ports]
    column = max((len(text) for text in ranges), default=0)
    declarations = [
        f"    {direction:<6} wire {text:<{column}} {port}"
        for (direction, port, _), text in zip(ports, ranges, strict=True)
    ]
    values = [f"    parameter {named} = {value}" for named, value in (parameters or {}).items()]
    opened = "#(\n" + ",\n".join(values) + "\n) (" if values else "("
    head = f"module {name} {opened}\n" + ",\n".join(declarations) + "\n);\n"
    return head + "\n" + "\n".join(body).rstrip() + "\n\nendmodule\n"


def sink(bits: Sequence[Slice], reason: str) -> list[str]:
    """Lines that read bits which nothing else reads, so that linters stay quiet about them."""
    if not bits:
        return []
    return [
        f"  // {reason}",
        "  // verilator lint_off UNUSEDSIGNAL",
        f"  wire _unused = ^{{1'b0, {', '.join(map(str, _merged(bits)))}}};",
        "  // verilator lint_on UNUSEDSIGNAL",
        "",
    ]


def header(about: str, digest: str, *more: str) -> str:
    """Comment at the top of a generated file."""
    lines = [f"// Generated by logicjsc {__version__}; do not edit.", f"// {about}"]
    return "\n".join([*lines, f"{DIGEST_LINE}{digest}", *more]) + "\n\n"


@dataclass(frozen=True)
class Heading:
    """What stands above a module besides remarks of its own.

    Attributes:
        about: what it is.
        digest: digest of the netlist.
        port_maps: lines on the data at both ends.
    """

    about: str
    digest: str
    port_maps: tuple[str, ...]

    def text(self, *remarks: str) -> str:
        """The comment at the top of the file."""
        return header(self.about, self.digest, *remarks, "//", *self.port_maps)


def latency_remark(latency: int) -> str:
    """Line of a header that says how long a module takes."""
    if not latency:
        return "// Latency: none, purely combinational."
    return f"// Latency: {count(latency, 'clock cycle')}; a new vector every cycle."


def latency_parameter(latency: int | str) -> list[str]:
    """Lines that state the latency inside a module, as a number or a sum of parameters."""
    return [
        "  // For readers and tools; nothing in this module depends on it.",
        "  // verilator lint_off UNUSEDPARAM",
        f"{LATENCY_LINE}{latency};",
        "  // verilator lint_on UNUSEDPARAM",
        "",
    ]


def declarations(ports: Sequence[Port]) -> list[tuple[str, str, int | str]]:
    """Ports as `module_text` takes them: buses of data are vectors even if they have one bit."""
    wires = {"clk", "rst", "ce", "in_valid", "out_valid", "aclk", "aresetn"}
    return [
        (
            port.direction,
            port.name,
            0 if port.name in wires or _handshake(port.name) else port.width,
        )
        for port in ports
    ]


def _handshake(name: str) -> bool:
    return name.endswith(("_tvalid", "_tready", "_tlast"))


def instance(
    module: str,
    name: str,
    connections: Sequence[tuple[str, str]],
    parameters: Mapping[str, object] | None = None,
) -> list[str]:
    """An instance; connections are (port, expression), parameters have values by name."""
    if parameters:
        values = ",\n".join(f"      .{named}({value})" for named, value in parameters.items())
        module = f"{module} #(\n{values}\n  )"
    lines = ",\n".join(f"      .{port}({expression})" for port, expression in connections)
    return [f"  {module} {name} (", lines, "  );", ""]
