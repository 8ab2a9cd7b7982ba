"""Scripts and constraints for Vivado, which runs elsewhere, and the reading of its reports."""

from __future__ import annotations

import json
import math
import re
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from logicjsc.check.foreign import checked_texts
from logicjsc.check.synth.figures import BackEndReport, PartFigures, SynthReport
from logicjsc.check.synth.parts import WRAPPER, parts_of
from logicjsc.core.errors import CircuitError, ToolFailedError
from logicjsc.core.files import atomic_directory, shipped
from logicjsc.core.texts import read_json
from logicjsc.emit.verilog.circuit import Circuit

DEVICE: Final = "xcvu9p-flgb2104-2-i"
PERIODS: Final = ("2.000", "1.000")
"""Clock periods in nanoseconds."""

STAGES: Final = ("synthesis", "routing")
MARKER: Final = "synth.json"
SCRIPT: Final = "vivado.tcl"

NOTES: Final = (
    "CLB LUTs count two small LUTs in one place once; inputs and outputs have a whole clock cycle",
)

_CLOCKS: Final = {"clk", "aclk"}
_NO_CLOCK: Final = "virtual"

_NUMBER: Final = r"(-?\d+(?:\.\d+)?)"
_UTILIZATION: Final = r"^\|\s*{}\*?\s*\|\s*" + _NUMBER + r"\s*\|"
_LUTS: Final = ("CLB LUTs", "Slice LUTs", "LUT as Logic")
_REGISTERS: Final = ("CLB Registers", "Slice Registers", "Register as Flip Flop")
_BLOCKS: Final = ("Block RAM Tile", "URAM", "DSPs", "LUT as Memory")
_SUMMARY: Final = re.compile(r"^\s*WNS\(ns\)[^\n]*\n\s*-[-\s]*\n\s*(\S+)\s", re.MULTILINE)
_CLOCK: Final = re.compile(
    r"^\s*Clock\s+Waveform\(ns\)\s+Period\(ns\)[^\n]*\n\s*-[-\s]*\n"
    r"\s*\S+\s+\{[^}]*\}\s+" + _NUMBER + r"\s",
    re.MULTILINE,
)
_VERSION: Final = re.compile(r"Tool Version\s*:\s*Vivado v\.(\S+)")


@dataclass(frozen=True)
class _Entry:
    """A part, as `MARKER` names it."""

    name: str
    module: str
    latency_cycles: int | None


def write_scripts(circuit: Circuit, out: Path) -> Path:
    """Write a folder that Vivado can run: Verilog, constraints, settings and the script.

    Every block and the whole circuit are built out of context, at each of `PERIODS`.

    Raises:
        CircuitError: a file of the circuit cannot be read.
        OutputError: ``out`` holds something else, or cannot be written.
    """
    parts = [part for part in parts_of(circuit) if part.name != WRAPPER]
    clock_of = {
        part.name: next((port.name for port in part.ports if port.name in _CLOCKS), _NO_CLOCK)
        for part in parts
    }
    entries = [_Entry(part.name, part.module, part.latency_cycles) for part in parts]
    description = {
        "name": circuit.netlist.name,
        "netlist_digest": circuit.manifest.netlist_digest,
        "style": "table" if circuit.manifest.lut is None else "mapped",
        "latency_cycles": circuit.latency_cycles,
        "device": DEVICE,
        "periods_ns": list(PERIODS),
        "parts": [asdict(entry) for entry in entries],
    }
    with atomic_directory(out, MARKER) as folder:
        (folder / "rtl").mkdir()
        for name, text in checked_texts(circuit).items():
            (folder / "rtl" / name).write_bytes(text)
        for clock in sorted(set(clock_of.values())):
            for period in PERIODS:
                path = folder / f"{clock}_{period}ns.xdc"
                path.write_text(_constraints(clock, period), encoding="ascii")
        shutil.copyfile(shipped("hw", "synth", SCRIPT), folder / SCRIPT)
        (folder / "settings.tcl").write_text(
            f"set device {DEVICE}\n"
            f"set periods {{{' '.join(PERIODS)}}}\n"
            "set parts {\n"
            + "".join(
                f"    {entry.name} {entry.module} {clock_of[entry.name]}\n" for entry in entries
            )
            + "}\n",
            encoding="ascii",
        )
        (folder / MARKER).write_text(json.dumps(description, indent=2) + "\n", encoding="utf-8")
    return out


def read_reports(folder: Path) -> SynthReport:
    """What Vivado reported in a folder that `write_scripts` wrote.

    There is a back end for each clock and stage that has reports.

    Raises:
        CircuitError: the folder was not written by logicjsc.
        ToolFailedError: Vivado has not run in it, or a report lacks its figures.
    """
    try:
        description = read_json(folder / MARKER)
        entries = [_Entry(**entry) for entry in description["parts"]]
        periods = [str(period) for period in description["periods_ns"]]
        header = {name: description[name] for name in ("name", "netlist_digest", "style")}
        latency, device = description["latency_cycles"], str(description["device"])
    except FileNotFoundError as error:
        raise CircuitError(
            f"{folder} has no {MARKER}; write it with logicjsc synth SOURCE --with vivado --out "
            f"{folder}"
        ) from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CircuitError(f"{folder / MARKER} is damaged ({error!r})") from error
    ends = []
    for period in periods:
        for stage in STAGES:
            found = [_part(folder / "reports", entry, period, stage) for entry in entries]
            rows = tuple(figures for figures, _ in found if figures is not None)
            if rows:
                tool = next(tool for figures, tool in found if figures is not None)
                name = f"vivado, {stage}, {float(period):g} ns"
                ends.append(BackEndReport(name, tool, device, rows, notes=NOTES))
    if not ends:
        raise ToolFailedError(
            f"there are no reports in {folder / 'reports'}; run vivado -mode batch -source "
            f"{SCRIPT} in {folder} first"
        )
    return SynthReport(**header, latency_cycles=latency, back_ends=tuple(ends))


def _part(reports: Path, entry: _Entry, period: str, stage: str) -> tuple[PartFigures | None, str]:
    """Figures of a part and the tool that gave them; None if it has no reports."""
    start = f"{entry.name}_{period}ns_{stage}"
    utilization = reports / f"{start}_utilization.rpt"
    timing = reports / f"{start}_timing.rpt"
    if not utilization.is_file() and not timing.is_file():
        return None, ""
    area = _read(utilization)
    luts, registers = _used(area, _LUTS, utilization), _used(area, _REGISTERS, utilization)
    cells = {kind: used for kind in _BLOCKS if (used := _find(area, kind))}
    version = _VERSION.search(area)
    figures = PartFigures(
        entry.name,
        lut=luts,
        ff=registers,
        latency_cycles=entry.latency_cycles,
        fmax_mhz=read_fmax(_read(timing), timing),
        flow=f"{entry.module}, {stage}",
        cells=cells,
    )
    return figures, f"Vivado {version[1]}" if version else "Vivado"


def read_fmax(text: str, source: Path) -> float | None:
    """Highest clock frequency in MHz from a timing summary: 1000 / (period - WNS).

    None if no path is timed.

    Raises:
        ToolFailedError: ``text`` is no timing summary.
    """
    slack, period = _SUMMARY.search(text), _CLOCK.search(text)
    if slack is None or period is None:
        raise ToolFailedError(
            f"{source} is no timing summary of Vivado: it has no "
            f"{'WNS' if slack is None else 'clock period'}"
        )
    if slack[1] == "NA":
        return None
    try:
        delay = float(period[1]) - float(slack[1])
    except ValueError as error:
        raise ToolFailedError(f"{source} has a WNS of {slack[1]!r}, which is no number") from error
    if not (math.isfinite(delay) and delay > 0):
        raise ToolFailedError(f"{source} has a slack of {slack[1]} ns in {period[1]} ns")
    return 1000 / delay


def _used(text: str, names: tuple[str, ...], source: Path) -> int:
    for name in names:
        used = _find(text, name)
        if used is not None:
            return used
    raise ToolFailedError(f"{source} is no utilization report of Vivado: it has no {names[0]!r}")


def _find(text: str, name: str) -> int | None:
    match = re.search(_UTILIZATION.format(re.escape(name)), text, re.MULTILINE)
    return None if match is None else math.ceil(float(match[1]))


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise ToolFailedError(f"{path} cannot be read ({error.strerror})") from error


def _constraints(clock: str, period: str) -> str:
    ports = "" if clock == _NO_CLOCK else f" [get_ports {clock}]"
    create = f"create_clock -name clock -period {period}{ports}"
    template = shipped("hw", "synth", "clock.xdc").read_text(encoding="ascii")
    return template.replace("@PERIOD@", period).replace("@CREATE@", create).replace("@PORT@", clock)
