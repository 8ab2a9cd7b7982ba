"""Yosys for AMD Xilinx devices.

Counted are LUT1 to LUT6 and inverters, each as one LUT; nothing is packed in pairs; wide
multiplexers (MUXF7, MUXF8) and carry chains are there but do not count, as in Vivado's "CLB LUTs".
Memory, shift registers and multipliers are switched off, because they would hide logic.

Several flows are tried and the smallest result is kept, the shallowest among equals.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Final

from logicjsc.check.synth.figures import PartFigures
from logicjsc.check.synth.parts import Part
from logicjsc.check.synth.yosys import (
    LUTS,
    TABLES,
    XILINX_LOGIC,
    Workplace,
    area_of,
    count,
    read_part,
    run_yosys,
)
from logicjsc.core.errors import ToolError
from logicjsc.core.programs import Tool

FAMILIES: Final = {"yosys-xcup": "xcup", "yosys-xc7": "xc7"}
"""Yosys' name of the family, by back end: UltraScale+ and 7 series."""

NOTES: Final = (
    "LUT1 to LUT6 and inverters, not packed in pairs; MUXF7, MUXF8 and carry chains not counted",
    "no memory, shift registers or multipliers, which would hide logic",
    "depth counts LUTs, wide multiplexers and carry blocks on the longest path between registers",
)

LUT_CELLS: Final = {**{f"LUT{inputs}": 1 for inputs in range(1, 7)}, "INV": 1, "LUT6_2": 2}
"""LUTs by cell type."""
FLIP_FLOP_CELLS: Final = dict.fromkeys(("FDRE", "FDSE", "FDCE", "FDPE"), 1)
"""Flip-flops by cell type."""

# ABC's scripts; prices of LUTs with 7 and 8 inputs are those of the LUTs they are made of.
_SCRIPTS: Final = {"dch; if -a": "strash; dch -f; if -a", "if -a": "strash; if -a"}
_DEFAULT: Final = "default"


_CELL: Final = re.compile(rb" LUT[1-6](?:_2)? #\(.*\.I0\(")
_TAKEN_APART: Final = (
    f"techmap -map {XILINX_LOGIC}",
    "simplemap t:$lut",
    "opt_expr",
    "opt_merge",
    "opt_clean",
)


def _has_cells(part: Part) -> bool:
    """Whether LUTs of AMD's are instantiated."""
    return any(_CELL.search(text) for text in part.files.values())


@dataclass(frozen=True)
class _Flow:
    """One way through Yosys: its name in reports and in file names."""

    label: str
    stem: str


def synthesise(yosys: Tool, family: str, part: Part, place: Workplace) -> PartFigures:
    """Figures of a part, of the flow that needs the fewest LUTs.

    A mapped part is read twice: with its LUTs kept as they are, and as logic to be mapped again.
    Carry chains stay what they are either way.
    """
    figures: list[PartFigures] = []
    try:
        for rules in (LUTS, TABLES) if part.mapped else (TABLES,):
            figures += _run(yosys, family, part, place, rules)
    except ToolError as error:
        return PartFigures(part.name, problem=f"{part.name}: {error}")
    best = min(figures, key=lambda row: (row.lut, row.depth))
    return replace(best, lut_by_flow={row.flow: row.lut for row in figures if row.lut is not None})


def _run(yosys: Tool, family: str, part: Part, place: Workplace, rules: str) -> list[PartFigures]:
    kept = rules == LUTS
    run = f"{part.name}-{'kept' if kept else 'mapped'}"
    synth = (
        f"synth_xilinx -family {family} -flatten -noiopad -noclkbuf -nobram -nolutram -nosrl "
        f"-nodsp -top {part.module} -run "
    )
    commands = [
        *read_part(part, rules),
        *(() if kept or not _has_cells(part) else _TAKEN_APART),
        # Of the cells that synth_xilinx reads first, these are the ones that we can meet; reading
        # the others takes longer than all the rest.
        "read_verilog -lib -specify +/xilinx/cells_sim.v",
        f"hierarchy -check -top {part.module}",
        f"{synth}prepare:map_luts",
        "design -save before_luts",
    ]
    flows = []
    for number, (label, script) in enumerate(_SCRIPTS.items()):
        flows.append(_Flow(label, f"{run}-{number}"))
        (place.folder / f"{number}.abc").write_text(f"{script}\n", encoding="ascii")
        commands += [
            "design -load before_luts",
            f"abc -luts 6:1,2,4 -script {number}.abc",
            "clean",
            "techmap -map +/xilinx/lut_map.v -map +/xilinx/cells_map.v -D LUT_WIDTH=6",
            "opt_lut_ins -tech xilinx",
            "clean",
            *count(flows[-1].stem, part, "FD*"),
        ]
    flows.append(_Flow(_DEFAULT, f"{run}-{_DEFAULT}"))
    commands += ["design -load before_luts", f"{synth}map_luts:check"]
    commands += count(flows[-1].stem, part, "FD*")
    run_yosys(yosys, part, run, commands, place)
    return [_figures(part, flow, place, run, kept=kept) for flow in flows]


def _figures(part: Part, flow: _Flow, place: Workplace, log: str, *, kept: bool) -> PartFigures:
    label = f"{flow.label}, LUTs kept" if kept else flow.label
    return area_of(part, place, flow.stem, log, (LUT_CELLS, FLIP_FLOP_CELLS), flow=label)
