"""A circuit through synthesis back ends, and the reading of Vivado's reports."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from logicjsc.check.synth import mapper, nextpnr, xilinx
from logicjsc.check.synth.fabric import back_end as generic_fabric
from logicjsc.check.synth.figures import BackEndReport, PartFigures, SynthReport
from logicjsc.check.synth.parts import (
    NETWORK,
    WHOLE,
    Part,
    is_one_block,
    layers_of,
    parts_of,
    registers_of,
)
from logicjsc.check.synth.programs import Limits, find_nextpnr, find_yosys
from logicjsc.check.synth.vivado import write_scripts
from logicjsc.check.synth.yosys import Workplace, workplace
from logicjsc.core.errors import ConfigError
from logicjsc.core.programs import Tool
from logicjsc.core.progress import OnProgress
from logicjsc.core.temporary import temporary_folder
from logicjsc.emit.hdl.options import INLINE, XILINX
from logicjsc.emit.verilog import Circuit, CircuitOptions
from logicjsc.emit.verilog.export import Mapping, export_verilog
from logicjsc.map.sums import Adders
from logicjsc.map.timing.delays import load_delays
from logicjsc.netlist import Netlist

MAPPER: Final = "mapper"
VIVADO: Final = "vivado"
BACK_ENDS: Final = (
    MAPPER,
    *xilinx.FAMILIES,
    *nextpnr.FAMILIES,
    generic_fabric.NAME,
    VIVADO,
)


@dataclass(frozen=True)
class _Program:
    """A back end of other people's programs.

    Attributes:
        name: as the command line calls it.
        tool: programs and their versions.
        target: device or family.
        notes: how to read its figures.
        layered: whether it can measure layers.
        measure: gives the figures of a part.
    """

    name: str
    tool: str
    target: str
    notes: tuple[str, ...]
    layered: bool
    measure: Callable[[Part, Workplace], PartFigures]


def synthesise(
    source: Circuit | Netlist,
    back_ends: Sequence[str],
    *,
    effort: str,
    limits: Limits,
    layers: bool,
    out: Path | None,
    on_step: OnProgress,
    adders: Adders = "lut",
) -> SynthReport:
    """Area and speed of a circuit; of anything else, a mapped circuit is made first.

    Args:
        source: a circuit, or a netlist, from which a mapped circuit of codes and scores is written
            to a temporary place.
        back_ends: names out of `BACK_ENDS`.
        effort: how hard our own mapper searches.
        limits: what one run of another program may use.
        layers: whether every layer is measured alone, too (not placed and routed).
        out: where Vivado's scripts go.
        on_step: called before each step.
        adders: how sums are built in a circuit that is made first; chains are instantiated.

    Raises:
        ConfigError: Vivado's scripts have no place to go, or a circuit is to have other adders.
        ToolNotFoundError: a back end's program is missing; nothing was measured yet.
    """
    if (VIVADO in back_ends) != (out is not None):
        raise ConfigError("scripts for Vivado need a folder; use --with vivado and --out together")
    if layers and not {MAPPER, *xilinx.FAMILIES}.intersection(back_ends):
        raise ConfigError("only mapper, yosys-xcup and yosys-xc7 measure layers; use --with")
    chosen = [name for name in dict.fromkeys(back_ends) if name != VIVADO]
    programs = {name: _find(name) for name in chosen if name != MAPPER}
    with _circuit(source, effort, adders) as circuit:
        parts, alone = parts_of(circuit), layers_of(circuit) if layers else ()
        measured = {
            name: (*parts, *(alone if program.layered else ()))
            for name, program in programs.items()
        }
        steps = _Steps(len(chosen) - len(programs) + sum(map(len, measured.values())), on_step)
        reports = []
        for name in chosen:
            started = time.perf_counter()
            if name == MAPPER:
                report = _map(circuit, parts, effort, steps)
            else:
                report = _run(programs[name], circuit, measured[name], limits, steps)
            if is_one_block(circuit):
                rows = (*report.parts, *(replace(row, part=WHOLE) for row in report.parts))
                report = replace(report, parts=rows)
            reports.append(replace(report, seconds=time.perf_counter() - started))
        if out is not None:
            write_scripts(circuit, out)
        return SynthReport(
            name=circuit.netlist.name,
            netlist_digest=circuit.manifest.netlist_digest,
            style="table" if circuit.manifest.lut is None else "mapped",
            latency_cycles=circuit.latency_cycles,
            back_ends=tuple(reports),
        )


class _Steps:
    """Counts steps for a progress bar."""

    def __init__(self, total: int, on_step: OnProgress) -> None:
        self._total, self._on_step, self._done = total, on_step, 0

    def begin(self, remark: str) -> None:
        self._on_step(self._done, self._total, remark)
        self._done += 1


@contextmanager
def _circuit(source: Circuit | Netlist, effort: str, adders: Adders) -> Iterator[Circuit]:
    if isinstance(source, Circuit):
        if adders != "lut":
            raise ConfigError(
                f"{source.directory} is a circuit, whose adders are built already; leave --adders "
                f"away"
            )
        yield source
        return
    with temporary_folder("report") as name:
        place = Path(name, "circuit")
        primitives = INLINE if adders == "lut" else XILINX
        options = CircuitOptions(primitives=primitives)
        yield export_verilog(source, place, options, mapping=Mapping(effort, adders))


def _find(name: str) -> _Program:
    """The programs of a back end.

    Raises:
        ToolNotFoundError: one is missing or too old.
    """
    yosys = find_yosys()
    tool = f"Yosys {yosys.version}"
    if name in xilinx.FAMILIES:
        target = xilinx.FAMILIES[name]

        def synthesise(part: Part, place: Workplace) -> PartFigures:
            return xilinx.synthesise(yosys, target, part, place)

        return _Program(name, tool, target, xilinx.NOTES, layered=True, measure=synthesise)
    if name == generic_fabric.NAME:
        return _fabric(yosys)
    family = nextpnr.FAMILIES[name]
    program = find_nextpnr(name, family.programs)

    def place_and_route(part: Part, place: Workplace) -> PartFigures:
        return nextpnr.place_and_route(yosys, program, family, part, place)

    tool = f"{tool}, {program.name} {program.version}"
    return _Program(name, tool, name, nextpnr.NOTES, layered=False, measure=place_and_route)


def _fabric(yosys: Tool) -> _Program:
    """The fabric that is described by our own delays.

    Raises:
        ToolNotFoundError: there is no nextpnr for it.
    """
    program = generic_fabric.find_program()
    delays = load_delays(generic_fabric.PART)

    def place_and_route(part: Part, place: Workplace) -> PartFigures:
        return generic_fabric.place_and_route(yosys, program, delays, part, place)

    return _Program(
        generic_fabric.NAME,
        f"Yosys {yosys.version}, {program.name} {program.version}",
        f"sites of eight LUTs with the delays of {delays.name}",
        generic_fabric.NOTES,
        layered=False,
        measure=place_and_route,
    )


def _run(
    program: _Program,
    circuit: Circuit,
    parts: Sequence[Part],
    limits: Limits,
    steps: _Steps,
) -> BackEndReport:
    rows: list[PartFigures] = []
    layers: list[PartFigures] = []
    with workplace(circuit.manifest.netlist_digest, program.name, limits) as place:
        for part in parts:
            steps.begin(f"{program.name}: {part.name}")
            (layers if part.is_layer else rows).append(program.measure(part, place))
        logs = str(place.logs)
    return BackEndReport(
        program.name,
        program.tool,
        program.target,
        tuple(rows),
        tuple(layers),
        notes=program.notes,
        logs=logs,
    )


def _map(circuit: Circuit, parts: Sequence[Part], effort: str, steps: _Steps) -> BackEndReport:
    network = next(part for part in parts if part.name == NETWORK)
    options = circuit.manifest.options.network
    steps.begin(MAPPER)
    figures, layers = mapper.mapped_figures(
        circuit.netlist,
        effort=effort,
        ranks_after=options.ranks_after(circuit.netlist.depth),
        registers=registers_of(network),
        latency_cycles=network.latency_cycles or 0,
        options=options,
    )
    target = "6-input LUTs"
    return BackEndReport(MAPPER, "logicjsc", target, (figures,), layers, notes=mapper.NOTES)
