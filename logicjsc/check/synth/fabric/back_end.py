"""``generic-fabric``: Yosys and nextpnr-generic on sites of eight LUTs with our delays.

An independent second opinion about time: the cells and nets are as fast as our delay file says, and
places and routes are nextpnr's. LUTs, flip-flops and depth are those of the bare part, as Yosys has
it; the frequency is that of the part inside a frame of registers (see `harness.py`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

from logicjsc.check.synth.fabric.cells import Cell, fabric_cells
from logicjsc.check.synth.fabric.description import describe
from logicjsc.check.synth.figures import PartFigures
from logicjsc.check.synth.harness import harness
from logicjsc.check.synth.nextpnr import routed
from logicjsc.check.synth.parts import WRAPPER, Part
from logicjsc.check.synth.programs import find_nextpnr
from logicjsc.check.synth.xilinx import FLIP_FLOP_CELLS, LUT_CELLS
from logicjsc.check.synth.yosys import (
    COPIES_JOINED,
    LUTS,
    TABLES,
    Workplace,
    area_of,
    count,
    read_part,
    run_yosys,
)
from logicjsc.core.errors import ToolError
from logicjsc.core.files import shipped
from logicjsc.core.programs import Tool
from logicjsc.map.timing.delays import Delays

NAME: Final = "generic-fabric"

NOTES: Final = (
    "LUT1 to LUT6 and inverters; carry chains not counted; no wide multiplexers, no memory",
    "Fmax after routing on a fabric of logicjsc's delays, to compare circuits; no vendor's figure",
    "there are registers around all inputs and outputs, which are not counted",
    "pins of set, reset and enable are not routed; carry chains stand in columns",
)

PART: Final = "ultrascale-plus"
"""Whose delays it has: those by pin, since place and route gives pins to nets."""

_TARGET_MHZ: Final = 2000
_SCRIPT: Final = "fabric.py"


def find_program() -> Tool:
    """nextpnr-generic, or what ``LOGICJSC_NEXTPNR_GENERIC`` says.

    Raises:
        ToolNotFoundError: there is none, or it is too old.
    """
    return find_nextpnr("generic", ("nextpnr-generic",), "install Debian's nextpnr-generic")


def place_and_route(
    yosys: Tool, nextpnr: Tool, delays: Delays, part: Part, place: Workplace
) -> PartFigures:
    """Area of a part, and its frequency after routing; the wrapper has an area only.

    A part that cannot be placed and routed keeps its area, and says what is wrong.
    """
    figures = PartFigures(part.name, latency_cycles=part.latency_cycles)
    try:
        top, text = harness(part)
        (place.folder / f"{top}.v").write_text(text, encoding="ascii")
        stem = f"{part.name}-fabric"
        synth = (
            "synth_xilinx -family xcup -flatten -noiopad -noclkbuf -nobram -nolutram -nosrl "
            "-nodsp -nowidelut -run prepare:check -top "
        )
        commands = [
            *read_part(part, LUTS if part.mapped else TABLES),
            "read_verilog -lib -specify +/xilinx/cells_sim.v",
            "design -save part",
            f"hierarchy -check -top {part.module}",
            f"{synth}{part.module}",
            *count(stem, part, "FD*"),
        ]
        if part.name != WRAPPER:
            commands += [
                "design -load part",
                f"read_verilog {top}.v",
                f"hierarchy -check -top {top}",
                f"{synth}{top}",
                *COPIES_JOINED,
                f"select {top}",
                f"write_json -selected {stem}-netlist.json",
            ]
        run_yosys(yosys, part, stem, commands, place)
        flow = "LUTs kept" if part.mapped else "default"
        figures = area_of(part, place, stem, stem, (LUT_CELLS, FLIP_FLOP_CELLS), flow=flow)
        if part.name == WRAPPER:
            return figures
        netlist = json.loads(place.folder.joinpath(f"{stem}-netlist.json").read_text("utf-8"))
        cells = fabric_cells(netlist, top, delays.carry.places)
        return replace(figures, fmax_mhz=frequency(nextpnr, delays, cells, stem, place))
    except ToolError as error:
        return replace(figures, problem=f"{part.name}: {error}")


def frequency(
    nextpnr: Tool, delays: Delays, cells: Mapping[str, Cell], stem: str, place: Workplace
) -> float:
    """The frequency in MHz of cells after routing.

    Args:
        nextpnr: from `find_program`.
        delays: of the cells and nets.
        cells: by name; see `fabric_cells`.
        stem: of the names of files.
        place: where to work.

    Raises:
        ToolError: nextpnr failed, or found no path between registers.
    """
    fabric, design = describe(cells, delays)
    _write(place.folder / "fabric.json", fabric)
    _write(place.folder / f"{stem}-design.json", design)
    script = place.folder / _SCRIPT
    script.write_bytes(shipped("hw", "synth", _SCRIPT).read_bytes())
    arguments = ["--pre-pack", script.name, "--json", f"{stem}-design.json"]
    return routed(nextpnr, arguments, _TARGET_MHZ, stem, place)


def _write(path: Path, value: object) -> None:
    path.write_text(json.dumps(value), encoding="utf-8")
