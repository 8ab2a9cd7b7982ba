"""What lies beside a circuit, as rungs of the ladder: testbenches run, and VHDL proven."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from logicjsc.check.benches.bench import Bench, known_benches, run_bench
from logicjsc.check.benches.vhdl import core_files
from logicjsc.check.formal.vhdl import prove_vhdl
from logicjsc.check.rung import Clock, Rung
from logicjsc.check.synth.programs import Limits
from logicjsc.core.errors import ToolError, ToolNotFoundError
from logicjsc.core.simulators import find_ghdl
from logicjsc.emit.targets.record import written_targets
from logicjsc.emit.verilog.circuit import Circuit

_QUICK_ROWS: Final = 5_000
"""VHDL of no more table rows is proven in a few seconds; GHDL makes multiplexers of tables."""

_SECONDS: Final = 4 * 3600.0


def target_rungs(circuit: Circuit, *, forced: bool) -> Iterator[Rung | str]:
    """Rungs of all targets, or why there is none, each as it is done.

    Args:
        circuit: the circuit.
        forced: prove VHDL and run testbenches however long it takes.

    Raises:
        CircuitError: what lies beside the circuit is damaged or was changed.
        ToolError: a program failed, or a proof was asked for and cannot be had.
    """
    targets = {entry.name: entry for entry in written_targets(circuit)}
    for name, entry in targets.items():
        if entry.settings.get("core") == "verilog":
            continue
        benches = [bench for bench in known_benches() if bench.target == name]
        if benches:
            most, rows = benches[0].most_rows, circuit.manifest.table_rows
            if forced or rows <= most:
                yield _simulated(benches, circuit)
            else:
                yield (
                    f"the {name} testbench was not run, because tables of {rows:,} rows, more than "
                    f"{most:,}, take minutes; --formal runs it"
                )
        if name == "vhdl" and (forced or circuit.manifest.table_rows <= _QUICK_ROWS):
            yield _proven(circuit, forced=forced)


def _simulated(benches: list[Bench], circuit: Circuit) -> Rung | str:
    """The testbench of a target, run by the first simulator that is there."""
    clock = Clock()
    missing = []
    for bench in benches:
        try:
            outcome = run_bench(bench, circuit)
        except ToolNotFoundError as error:
            missing.append(str(error))
            continue
        name = f"netlist = {benches[0].target}, run by {bench.name.partition(',')[0]}"
        vectors, wrong = outcome.vectors, outcome.mismatches
        return Rung(name, vectors, wrong, 0.0, clock.lap(), simulated=True)
    return f"the {benches[0].target} was not run: {'; '.join(missing)}"


def _proven(circuit: Circuit, *, forced: bool) -> Rung | str:
    clock = Clock()
    limits = Limits.default()
    try:
        proof = prove_vhdl(
            circuit,
            core_files(circuit.directory, circuit.top),
            find_ghdl(),
            replace(limits, seconds=_SECONDS) if forced else limits,
        )
    except ToolError as error:
        if forced:
            raise
        return f"the VHDL was not proven: {error}"
    compared, wrong = proof.outputs + proof.registers, len(proof.problems)
    detail = "; ".join(proof.problems)
    name = "netlist = VHDL, proven for every input"
    return Rung(name, compared, wrong, 0.0, clock.lap(), detail=detail)
