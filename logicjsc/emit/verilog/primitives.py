"""LUTs as Verilog, in the style that a reader or a vendor's tools want.

``inline`` writes a constant indexed by at most six bits: Verilator elaborates it fastest, and
synthesis may still restructure it. The other styles instantiate cells that synthesis leaves alone.
Every cell is one line, so that people and `logicjsc.check` can read the text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from logicjsc.emit.hdl.options import GENERIC, INLINE, LATTICE, XILINX
from logicjsc.emit.hdl.text import CHAIN_MODULE, LUT_MODULE, vector
from logicjsc.emit.verilog.lut_packing import SHARED_INPUTS, pack

SIMULATION_MODELS: Final = {XILINX: "xilinx_luts.v", LATTICE: "lattice_luts.v"}
"""Files under ``hw/sim`` that tell simulators what a vendor's cells do."""

_LATTICE_INPUTS: Final = 4
_KEPT: Final = '(* DONT_TOUCH = "yes" *)'


@dataclass(frozen=True)
class NamedLut:
    """A LUT whose wires have names.

    Attributes:
        name: the wire it drives.
        inputs: Verilog expressions of one bit each; the first is the lowest bit of the index.
        table: output by index, bit ``i`` of the integer is the output at index ``i``.
    """

    name: str
    inputs: tuple[str, ...]
    table: int


@dataclass(frozen=True)
class LutText:
    """Verilog of some LUTs.

    Attributes:
        lines: declarations and cells; every wire is declared before it is read.
        cells: LUTs of the target: 6-input LUTs, in the Xilinx style after packing, in the Lattice
            style 4-input LUTs.
    """

    lines: tuple[str, ...]
    cells: int


def lut_text(luts: Sequence[NamedLut], style: str, first: int = 0) -> LutText:
    """Verilog of LUTs.

    Args:
        luts: in topological order.
        style: one of `logicjsc.emit.hdl.options.PRIMITIVES`.
        first: number of the first constant in the module, for the inline style.
    """
    constants = [f"  wire {lut.name} = 1'b{lut.table};" for lut in luts if not lut.inputs]
    lines, cells = _WRITERS[style]([lut for lut in luts if lut.inputs], first)
    return LutText((*constants, *lines), cells)


@dataclass(frozen=True)
class NamedPlace:
    """One place of a carry chain.

    Attributes:
        select: the LUT that selects, or None if a wire does.
        wire: what selects: the LUT's wire or another expression.
        data: expression of the data.
        sum: the wire of the sum.
    """

    select: NamedLut | None
    wire: str
    data: str
    sum: str


def chain_text(name: str, places: Sequence[NamedPlace], carry: str, start: int = 0) -> LutText:
    """Verilog of a carry chain and its LUTs, which have their sites beside it and to themselves.

    Args:
        name: of the instance.
        places: the lowest first.
        carry: wire of the carry out.
        start: 0 or 1, the carry of the lowest place.
    """
    lines = []
    selects = [place.select for place in places if place.select is not None]
    for lut in selects:
        lines += [f"  wire {lut.name};", _single(lut)]
    lines += [f"  wire {wire};" for wire in (*(place.sum for place in places), carry)]
    highest_first = list(reversed(places))
    ports = {
        "select": _braces(place.wire for place in highest_first),
        "data": _braces(place.data for place in highest_first),
        "sum": _braces(place.sum for place in highest_first),
        "carry": carry,
    }
    parameters = {"WIDTH": str(len(places))} | ({"START": str(start)} if start else {})
    lines.append(_cell(CHAIN_MODULE, name, parameters, ports))
    return LutText(tuple(lines), len(selects))


def _braces(parts: Iterable[str]) -> str:
    return f"{{{', '.join(parts)}}}"


def _inline(luts: Sequence[NamedLut], first: int) -> tuple[list[str], int]:
    lines = []
    for number, lut in enumerate(luts, start=first):
        # The first input is the lowest bit of the index and stands last.
        index = ", ".join(reversed(lut.inputs))
        lines += [
            f"  localparam {vector(1 << len(lut.inputs))} T{number} = {_literal(lut)};",
            f"  wire {vector(len(lut.inputs))} a{number} = {{{index}}};",
            f"  wire {lut.name} = T{number}[a{number}];",
        ]
    return lines, len(luts)


def _generic(luts: Sequence[NamedLut], _first: int) -> tuple[list[str], int]:
    lines = []
    for lut in luts:
        parameters = {"INPUTS": str(len(lut.inputs)), "TABLE": _literal(lut)}
        ports = {"in": f"{{{', '.join(reversed(lut.inputs))}}}", "out": lut.name}
        lines += [f"  wire {lut.name};", _cell(LUT_MODULE, f"{lut.name}_lut", parameters, ports)]
    return lines, len(luts)


def _xilinx(luts: Sequence[NamedLut], _first: int) -> tuple[list[str], int]:
    by_name = {lut.name: lut for lut in luts}
    groups = pack({lut.name: frozenset(filter(_is_wire, lut.inputs)) for lut in luts})
    lines = []
    for group in groups:
        lines += [f"  wire {name};" for name in group]
        if len(group) == 1:
            lines.append(_single(by_name[group[0]]))
        else:
            lines.append(_pair(by_name[group[0]], by_name[group[1]]))
    return lines, len(groups)


def _single(lut: NamedLut) -> str:
    ports = {f"I{bit}": source for bit, source in enumerate(lut.inputs)} | {"O": lut.name}
    return _cell(f"LUT{len(lut.inputs)}", f"{lut.name}_lut", {"INIT": _literal(lut)}, ports, _KEPT)


def _pair(lower: NamedLut, upper: NamedLut) -> str:
    """A cell of two functions: ``lower`` at output O5, ``upper`` at O6, selected by I5 at 1."""
    wires = list(dict.fromkeys(filter(_is_wire, (*lower.inputs, *upper.inputs))))
    wires += ["1'b0"] * (SHARED_INPUTS - len(wires))
    init = _spread(upper, wires) << (1 << SHARED_INPUTS) | _spread(lower, wires)
    ports = {f"I{bit}": source for bit, source in enumerate([*wires, "1'b1"])}
    ports |= {"O5": lower.name, "O6": upper.name}
    literal = {"INIT": f"64'h{init:016x}"}
    return _cell("LUT6_2", f"{lower.name}_lut", literal, ports, _KEPT)


def _lattice(luts: Sequence[NamedLut], _first: int) -> tuple[list[str], int]:
    lines: list[str] = []
    cells = 0
    for lut in luts:
        low, high = lut.inputs[:_LATTICE_INPUTS], lut.inputs[_LATTICE_INPUTS:]
        padded = [*low, *["1'b0"] * (_LATTICE_INPUTS - len(low))]
        rows = 1 << len(low)
        parts = [lut.table >> rows * part & ((1 << rows) - 1) for part in range(1 << len(high))]
        names = [f"{lut.name}_q{part}" for part in range(len(parts))] if high else [lut.name]
        cells += len(parts)
        for name, part in zip(names, parts, strict=True):
            init = {"INIT": f"16'h{_spread(NamedLut(name, low, part), padded):04x}"}
            ports = dict(zip("ABCD", padded, strict=True)) | {"Z": name}
            lines += [f"  wire {name};", _cell("LUT4", f"{name}_lut", init, ports)]
        if high:
            lines += _join_quarters(lut.name, names, high)
    return lines, cells


def _join_quarters(name: str, parts: Sequence[str], selectors: Sequence[str]) -> Iterator[str]:
    """Multiplexers from 4-input LUTs up to one of five or six inputs."""
    halves = [name] if len(selectors) == 1 else [f"{name}_h0", f"{name}_h1"]
    for half, low, high in zip(halves, parts[::2], parts[1::2], strict=True):
        ports = {"ALUT": high, "BLUT": low, "C0": selectors[0], "Z": half}
        yield f"  wire {half};"
        yield _cell("PFUMX", f"{half}_mux", {}, ports)
    if len(halves) > 1:
        ports = {"D0": halves[0], "D1": halves[1], "SD": selectors[1], "Z": name}
        yield f"  wire {name};"
        yield _cell("L6MUX21", f"{name}_mux", {}, ports)


def _literal(lut: NamedLut) -> str:
    rows = 1 << len(lut.inputs)
    return f"{rows}'h{lut.table:0{max(1, rows // 4)}x}"


def _is_wire(expression: str) -> bool:
    return not expression.startswith("1'b")


def _spread(lut: NamedLut, wires: Sequence[str]) -> int:
    """The table of a LUT over other inputs, among which its own are."""
    own = len(lut.inputs)
    if tuple(wires[:own]) == lut.inputs and all(map(_is_wire, lut.inputs)):
        copies = range(0, 1 << len(wires), 1 << own)
        return sum(lut.table << shift for shift in copies)
    place = {wire: bit for bit, wire in reversed(list(enumerate(wires))) if _is_wire(wire)}
    table = 0
    for row in range(1 << len(wires)):
        index = 0
        for bit, source in enumerate(lut.inputs):
            value = row >> place[source] & 1 if source in place else int(source[-1])
            index |= value << bit
        table |= (lut.table >> index & 1) << row
    return table


def _cell(
    module: str,
    name: str,
    parameters: Mapping[str, str],
    ports: Mapping[str, str],
    attribute: str = "",
) -> str:
    given = ", ".join(f".{key}({value})" for key, value in parameters.items())
    connections = ", ".join(f".{key}({value})" for key, value in ports.items())
    text = f"{attribute} {module}".lstrip() + (f" #({given})" if given else "")
    return f"  {text} {name} ({connections});"


_WRITERS: Final[Mapping[str, Callable[[Sequence[NamedLut], int], tuple[list[str], int]]]] = {
    INLINE: _inline,
    GENERIC: _generic,
    XILINX: _xilinx,
    LATTICE: _lattice,
}
"""How each style writes LUTs of one input or more: lines, and cells of the target."""
