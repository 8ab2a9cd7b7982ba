"""LUTs, depth and time, by block and by layer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from logicjsc.explore.report.elements import Element, Facts, Note, Plot, Table
from logicjsc.explore.report.figures import axis, bars
from logicjsc.explore.report.part import Part
from logicjsc.explore.report.subject import Subject
from logicjsc.explore.zoo.points import Point
from logicjsc.map.report import areas_of
from logicjsc.netlist import Netlist


def _make(subject: Subject) -> Iterator[Element]:
    if subject.point is not None:
        yield from _of_point(subject.point)
    if subject.circuit is not None:
        manifest = subject.circuit.manifest
        blocks = [
            (
                block.role,
                block.module,
                block.in_width,
                block.out_width,
                block.latency_cycles,
                block.ff,
            )
            for block in manifest.blocks
        ]
        names = ("block", "module", "bits in", "bits out", "clock cycles", "flip-flops")
        yield Table("Blocks of the circuit", names, blocks)
        facts = [("clock cycles from input to output", subject.circuit.latency_cycles)]
        facts += [("flip-flops", manifest.ff)] if manifest.ff is not None else []
        facts += [("LUTs of its network", manifest.lut)] if manifest.lut is not None else []
        yield Facts(facts)
    netlist: Netlist = subject.netlist
    mapped = subject.mapped
    areas = areas_of(mapped)
    yield Facts((("LUTs of the network", mapped.luts), ("LUTs on its longest path", mapped.depth)))
    timing = subject.timing
    header = ("layer", "nodes", "table bits", "LUTs", "LUTs on its longest path", "estimated ps")
    rows = [
        [area.layer, area.nodes, area.table_bits, area.lut, area.depth, round(period)]
        for area, period in zip(areas, timing.layers, strict=True)
    ]
    yield Table("Layers", header, rows)
    trace = bars("LUTs", [area.layer for area in areas], [area.lut for area in areas])
    layout = {
        "xaxis": axis("LUTs"),
        "yaxis": axis("", type="category", autorange="reversed"),
        "showlegend": False,
    }
    yield Plot("LUTs by layer", [trace], layout, height=120 + 26 * len(areas), small=True)
    effort = subject.effort if subject.point is None else subject.point.header.effort
    yield Note(
        f"6-input LUTs by our mapper, {effort} effort, node by node, codes in and scores out; "
        f"logicjsc map and logicjsc synth count more closely. Dead nodes "
        f"({netlist.signals - mapped.netlist.signals:,}) are left out. Picoseconds are the "
        f"shortest clock period of each layer between registers of its own: {timing.note}"
    )


def _of_point(point: Point) -> Iterator[Element]:
    figures = point.figures
    names = {
        "codes in, scores out": figures.core,
        "words in, scores out": figures.encoded,
        "words in, decision out": figures.whole,
    }
    rows: list[list[Any]] = [
        [name, area.lut, area.ff, area.depth, area.path, area.latency_cycles, area.way]
        for name, area in names.items()
        if area is not None
    ]
    header = ["from, to", "LUTs", "flip-flops", "LUTs on the longest path"]
    header += ["LUTs between registers", "clock cycles", "way"]
    yield Table("As recorded in the zoo", header, rows)
    confirmed = {
        "codes in, scores out": figures.confirmed_core,
        "words in, decision out": figures.confirmed_whole,
    }
    rows = [
        [name, entry.lut, entry.ff, entry.depth, entry.flow]
        for name, entry in confirmed.items()
        if entry is not None
    ]
    if rows:
        title = f"The same Verilog by {figures.yosys}"
        yield Table(title, ("from, to", "LUTs", "flip-flops", "cells deep", "flow"), rows)
    if point.placed is not None:
        placed = point.placed
        yield Facts(
            (
                ("placed and routed by", placed.tool),
                ("highest clock frequency", f"{placed.fmax_mhz:.1f} MHz"),
                ("time from input to output", f"{placed.latency_ns:.2f} ns"),
            )
        )


PART = Part("area", "LUTs, depth and time", 90, _make)
