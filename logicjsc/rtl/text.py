"""Pieces of Verilog text shared by all modules of a circuit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from logicjsc.rtl.plan import Bus

_PARTS_PER_LINE = 4


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


def vector(width: int) -> str:
    """Range of a declaration: ``[width-1:0]``."""
    return f"[{width - 1}:0]"


def module_text(name: str, ports: Sequence[tuple[str, str, int]], body: Iterable[str]) -> str:
    """A module; ports are (direction, name, width), with width 0 for a plain wire."""
    ranges = [vector(width) if width else "" for _, _, width in ports]
    column = max(len(text) for text in ranges)
    declarations = [
        f"    {direction:<6} wire {text:<{column}} {port}"
        for (direction, port, _), text in zip(ports, ranges, strict=True)
    ]
    head = f"module {name} (\n" + ",\n".join(declarations) + "\n);\n"
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
