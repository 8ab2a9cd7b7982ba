"""What becomes of a changed circuit: who finds the change, and if nobody does, what it changes.

A change that the proof lets pass is shown to change nothing by simulation of every input, with idle
cycles or stalls and a reset in the middle. Neither knows of the other.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from unittest.mock import patch

import numpy as np
from mutations.changes import change_manifest, change_verilog
from mutations.named import NAMED, change_as_named

from logicjsc.check import build_simulator, compilation
from logicjsc.check.ends import values_of
from logicjsc.check.formal.proof import prove_circuit
from logicjsc.check.simulator import Simulator
from logicjsc.core.errors import CircuitError, ToolFailedError
from logicjsc.emit.verilog import Circuit, load_circuit
from logicjsc.netlist import evaluate

KINDS = ("tables", "mapped", "carry", "stream", "manifest", "enabled", "packets")

READING, YOSYS, TEXT, REGISTERS, FUNCTION = "reading", "Yosys", "text", "registers", "function"
VERILATOR, EQUIVALENT, SURVIVOR = "Verilator", "equivalent", "survivor"

STAGES = (READING, YOSYS, TEXT, REGISTERS, FUNCTION, VERILATOR, EQUIVALENT, SURVIVOR)
"""Who finds a change, in their order; the last two are what nobody found."""

RECORDS = frozenset({"logicjsc_version", "files", "options", "lut", "lut_packed", "lut4"})
"""Entries of a manifest that say how a circuit was written, not what it does or how to drive it."""

_TEXT = re.compile(r"is not the text that logicjsc writes")
_FUNCTION = re.compile(r"computes something else")
_REGISTERS = re.compile(
    r"valid bit|registers?\b|cycles|flip-flops|LATENCY_CYCLES|connected|places|data depends"
)
_LENIENT = tuple(
    "-Wno-lint" if flag == "-Wall" else flag
    for flag in (*compilation._VERILATOR_FLAGS, "-Wno-fatal")
)


@dataclass(frozen=True)
class Outcome:
    """What became of a change.

    Attributes:
        stage: one of `STAGES`.
        change: what was changed.
        reason: what was said of it.
    """

    stage: str
    change: str
    reason: str


def tried(kind: str, number: int, circuits: dict[str, Circuit], place: Path) -> Outcome:
    """Change a circuit and judge it; the same for a kind and a number.

    Args:
        kind: one of `KINDS`.
        number: of the change; the first ones are `NAMED`, the others random.
        circuits: the circuits by kind.
        place: a folder for the changed circuit.
    """
    style = list(circuits)[number % len(circuits)] if kind == "manifest" else kind
    folder = place / "changed"
    shutil.copytree(circuits[style].directory, folder)
    try:
        if number < len(NAMED[kind]):
            change = change_as_named(folder, kind, number)
        else:
            rng = np.random.default_rng([KINDS.index(kind), number])
            make = change_manifest if kind == "manifest" else change_verilog
            change = make(folder, rng)
        stage, reason = _judged(folder, circuits[style])
    finally:
        shutil.rmtree(folder)
    return Outcome(stage, f"{style}, {change}", reason)


def _judged(folder: Path, whole: Circuit) -> tuple[str, str]:
    try:
        circuit = load_circuit(folder)
    except CircuitError as error:
        return READING, str(error)
    try:
        problems = prove_circuit(circuit).problems
    except CircuitError as error:
        return YOSYS, str(error)
    if problems:
        stages = ((_TEXT, TEXT), (_FUNCTION, FUNCTION), (_REGISTERS, REGISTERS))
        found = (stage for pattern, stage in stages if pattern.search(problems[0]))
        return next(found, YOSYS), "; ".join(problems)
    wrong = ", ".join(_facts_changed(circuit, whole))
    if wrong:
        return SURVIVOR, f"the manifest says something else of {wrong}"
    return _simulated(circuit)


def _facts_changed(circuit: Circuit, whole: Circuit) -> Iterator[str]:
    """Entries of the manifest that say something else of what the circuit does."""
    for field in fields(circuit.manifest):
        pair = [getattr(each.manifest, field.name) for each in (circuit, whole)]
        if pair[0] != pair[1] and field.name not in RECORDS:
            yield field.name
    names = [[entry.name for entry in each.manifest.files] for each in (circuit, whole)]
    if names[0] != names[1]:
        yield "files"


def _simulated(circuit: Circuit) -> tuple[str, str]:
    """Whether a circuit that was proven does in simulation what its netlist says."""
    refused = ""
    try:
        simulator = build_simulator(circuit)
    except ToolFailedError as error:
        refused = str(error)
        try:
            # What it does is one question, whether a warning stops it another.
            with patch.object(compilation, "_VERILATOR_FLAGS", _LENIENT):
                simulator = build_simulator(circuit)
        except ToolFailedError:
            return VERILATOR, refused
    wrong = difference(simulator)
    if wrong:
        return SURVIVOR, wrong
    return (VERILATOR if refused else EQUIVALENT), refused


def difference(simulator: Simulator) -> str:
    """What a simulated circuit does wrong on any input, with pauses or without; empty if nothing.

    Args:
        simulator: of a circuit whose inputs have few bits in all.
    """
    vectors = every_vector(simulator)
    right = expected(simulator.circuit, vectors)
    for gaps in (False, True):
        try:
            made = simulator.run(vectors, gaps=gaps)
        except ToolFailedError as error:
            return str(error)  # the harness saw the protocol violated
        wrong = int((made != right).any(axis=1).sum())
        if wrong:
            return f"{wrong} of {len(vectors)} inputs give something else"
    return ""


def every_vector(simulator: Simulator) -> np.ndarray:
    """All that can go into a circuit, ``[vectors, codes]``."""
    widths = simulator.layout.in_widths.astype(np.int64)
    ends = np.cumsum(widths)
    number = np.arange(1 << int(ends[-1]))[:, None]
    return number >> (ends - widths) & ((1 << widths) - 1)


def expected(circuit: Circuit, vectors: np.ndarray) -> np.ndarray:
    """What a circuit should make of words, or of codes if it has no encoder."""
    netlist = circuit.netlist
    if netlist.encoder is None:
        return evaluate(netlist, vectors)
    features = values_of(netlist.encoder.words, vectors)
    return netlist.decoder.classify(evaluate(netlist, netlist.encoder.encode(features)))[:, None]
