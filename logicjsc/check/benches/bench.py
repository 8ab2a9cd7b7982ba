"""The contract of what runs a testbench, and the registry of simulators.

A simulator is a module of `logicjsc.check.benches` that has ``BENCHES``.
"""

from __future__ import annotations

import importlib
import math
import pkgutil
import re
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from logicjsc.core.errors import CircuitError, ToolFailedError
from logicjsc.core.files import shipped
from logicjsc.core.programs import Tool
from logicjsc.core.temporary import temporary_folder
from logicjsc.emit.targets.record import written_targets
from logicjsc.emit.verilog.circuit import Circuit
from logicjsc.emit.verilog.primitives import SIMULATION_MODELS

SECONDS: Final = 600.0
"""Time limit of each step."""

BUILT: Final = "BUILT"
"""What a program that simulates nothing answers for a circuit that it read without a warning."""

_PASSED: Final = re.compile(r"PASSED: (\d+) vectors, 0 mismatches")
_FAILED: Final = re.compile(r"FAILED: (\d+) of (\d+) vectors, (\d+) mismatches")


@dataclass(frozen=True)
class Outcome:
    """What a testbench said.

    Attributes:
        vectors: how many were compared; 0 where the circuit was only built.
        mismatches: how many differ; what never came out counts, and so does a broken protocol.
    """

    vectors: int
    mismatches: int


@dataclass(frozen=True)
class Bench:
    """One way to run a testbench.

    Attributes:
        name: simulator and style, for people.
        target: the target whose files it needs; empty for none.
        find: finds the simulator.
        run: builds and runs the testbench in a copy of the circuit's folder; gives what the
            simulator printed, or `BUILT` where a circuit is only read and elaborated.
        most_rows: rows of all tables above which `verify` runs it only when asked, because it
            takes minutes.
    """

    name: str
    target: str
    find: Callable[[], Tool]
    run: Callable[[Tool, Circuit, Path], str]
    most_rows: float = math.inf


def known_benches() -> tuple[Bench, ...]:
    """All ways to run a testbench."""
    found: list[Bench] = []
    for entry in pkgutil.iter_modules([str(Path(__file__).parent)]):
        module = importlib.import_module(f"{__package__}.{entry.name}")
        found += getattr(module, "BENCHES", ())
    return tuple(found)


def run_bench(bench: Bench, circuit: Circuit) -> Outcome:
    """Build and run a testbench that lies beside a circuit.

    Raises:
        CircuitError: it was not written.
        ToolError: the simulator is missing, refuses the text, or did not finish.
    """
    if bench.target and bench.target not in {
        entry.name for entry in written_targets(circuit, unchanged=False)
    }:
        raise CircuitError(
            f"{circuit.directory} has no {bench.target}; write the circuit again with "
            f"--for {bench.target}"
        )
    tool = bench.find()
    with temporary_folder("bench") as name:
        folder = Path(name, "circuit")
        shutil.copytree(circuit.directory, folder)
        printed = bench.run(tool, circuit, folder)
    if printed == BUILT:
        return Outcome(0, 0)
    if passed := _PASSED.search(printed):
        return Outcome(int(passed[1]), 0)
    if failed := _FAILED.search(printed):
        came, wanted, wrong = map(int, failed.groups())
        return Outcome(wanted, max(wrong, wanted - came, 1))
    raise ToolFailedError(f"{bench.name} did not run the testbench of {circuit.top}: {printed}")


def simulate(program: Tool, arguments: Sequence[str | Path], place: Path) -> str:
    """What a simulation prints, also if it ends with an error, as a failed testbench does.

    Raises:
        ToolError: it cannot be started, did not finish, or ended with another error.
    """
    log = place / "bench.log"
    try:
        return program.run(arguments, timeout=SECONDS, cwd=place, log=log).output
    except ToolFailedError:
        printed = log.read_text(encoding="utf-8", errors="replace")
        if _FAILED.search(printed):
            return printed
        raise


def models_of(circuit: Circuit, folder: Path) -> list[str]:
    """Simulation models of a vendor's cells, copied into a folder; their names."""
    models = SIMULATION_MODELS.get(circuit.manifest.options.primitives)
    if models is None:
        return []
    shutil.copyfile(shipped("hw", "sim", models), folder / models)
    return [models]
