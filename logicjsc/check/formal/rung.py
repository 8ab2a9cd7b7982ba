"""The proof as a rung of the ladder, where it is quick or was asked for."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from logicjsc.check.formal.proof import prove_circuit
from logicjsc.check.rung import Clock, Rung
from logicjsc.check.synth.programs import Limits
from logicjsc.core.errors import ToolError
from logicjsc.emit.verilog.circuit import Circuit

TITLE: Final = "netlist = Verilog, proven for every input"

_QUICK_SECONDS: Final = 60.0
_QUICK_LUTS: Final = 2000
_QUICK_ROWS: Final = 2_500_000
"""Circuits of no more LUTs or table rows are proven in less than a minute."""

_FORCED_SECONDS: Final = 4 * 3600.0
_MOST_SHOWN: Final = 3


def proof_rung(circuit: Circuit, *, forced: bool) -> tuple[list[Rung], str]:
    """One rung, or none and why there is none.

    Args:
        circuit: what to prove.
        forced: prove it however long it takes; otherwise only if that is quick.

    Raises:
        CircuitError: the text holds what logicjsc never writes.
        ToolError: it was asked for, and Yosys or ABC is missing, hung, or did not decide.
    """
    if not forced and not is_quick(circuit):
        return [], "the circuit is large, so its text was not proven; --formal does so"
    seconds = _FORCED_SECONDS if forced else _QUICK_SECONDS
    clock = Clock()
    try:
        proof = prove_circuit(circuit, replace(Limits.default(), seconds=seconds))
    except ToolError as error:
        if forced:
            raise
        return [], f"the circuit's text was not proven: {error}"
    shown = list(proof.problems[:_MOST_SHOWN])
    more = len(proof.problems) - len(shown)
    detail = "; ".join([*shown, *([f"{more} more"] if more else [])])
    compared = proof.outputs + proof.registers
    return [Rung(TITLE, compared, len(proof.problems), 0.0, clock.lap(), detail=detail)], ""


def is_quick(circuit: Circuit) -> bool:
    """Whether a circuit is small enough to be proven without being asked for."""
    manifest = circuit.manifest
    if manifest.lut is not None:
        return manifest.lut <= _QUICK_LUTS
    return manifest.table_rows <= _QUICK_ROWS
