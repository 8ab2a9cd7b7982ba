"""All exact passes until none finds anything, with what each of them saved."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any, Final, Literal, TypeAlias

from logicjsc.core.errors import NetlistError
from logicjsc.netlist.ir import Netlist
from logicjsc.netlist.passes.dead import drop_dead_nodes
from logicjsc.netlist.passes.dont_cares import apply_dont_cares
from logicjsc.netlist.passes.local import drop_ignored_inputs, fold_constants
from logicjsc.netlist.passes.merge import merge_equal_nodes
from logicjsc.netlist.passes.narrow import narrow_signals
from logicjsc.netlist.passes.unreachable import Limits, unreachable_rows

Effort: TypeAlias = Literal["low", "medium", "high"]

Pass: TypeAlias = Callable[[Netlist], Netlist]

Measure: TypeAlias = Callable[[Netlist], int]
"""Counts the LUTs of a netlist."""

_EFFORTS: Final[dict[str, Limits | None]] = {
    "low": None,
    "medium": Limits(),
    "high": Limits(vectors=1 << 19, window_cells=1 << 25, sat_seconds=120.0),
}

_LOCAL_PASSES: Final[dict[str, Pass]] = {
    "drop dead nodes": drop_dead_nodes,
    "fold constants": fold_constants,
    "drop ignored inputs": drop_ignored_inputs,
    "narrow signals": narrow_signals,
    "merge equal nodes": merge_equal_nodes,
}

_MOST_ROUNDS: Final = 20
"""Every round but the last shrinks something; this only bounds the time."""

PROVENANCE_KEY: Final = "simplified"


@dataclass(frozen=True)
class PassReport:
    """What one run of one pass saved.

    Attributes:
        name: of the pass.
        nodes: nodes before and after.
        table_rows: truth-table rows before and after.
        table_bits: truth-table bits before and after.
        seconds: wall time, without counting LUTs.
        lut: LUTs before and after, if they were counted.
    """

    name: str
    nodes: tuple[int, int]
    table_rows: tuple[int, int]
    table_bits: tuple[int, int]
    seconds: float
    lut: tuple[int, int] | None = None

    def to_dict(self) -> dict[str, Any]:
        """For ``--json``."""
        return asdict(self)


def run_pass(
    name: str, function: Pass, netlist: Netlist, measure: Measure | None = None
) -> tuple[Netlist, PassReport]:
    """Run one pass and measure it; ``measure`` counts LUTs as well."""
    started = time.perf_counter()
    result = function(netlist)
    seconds = time.perf_counter() - started
    report = PassReport(
        name,
        (_nodes(netlist), _nodes(result)),
        (netlist.table_rows, result.table_rows),
        (netlist.table_bits, result.table_bits),
        seconds,
        None if measure is None else (measure(netlist), measure(result)),
    )
    return result, report


def simplify(
    netlist: Netlist,
    effort: Effort = "medium",
    on_pass: Callable[[PassReport], None] = lambda _: None,
    measure: Measure | None = None,
) -> tuple[Netlist, list[PassReport]]:
    """Run the exact passes until none finds anything.

    Args:
        netlist: the network.
        effort: ``low`` counts the inputs of a node as independent; ``medium`` also finds codes that
            cannot occur together, by joining the tables behind a node; ``high`` joins more and asks
            a SAT solver, for at most two minutes.
        on_pass: called after every run of a pass.
        measure: counts LUTs before and after every run.

    Returns:
        The simplified netlist, whose provenance names the passes that changed it, and a report per
        run. Its outputs are those of ``netlist`` for every reachable input.

    Raises:
        NetlistError: there is no such effort.
    """
    if effort not in _EFFORTS:
        raise NetlistError(f"there is no effort {effort!r}; choose {', '.join(_EFFORTS)}")
    limits = _EFFORTS[effort]
    reports: list[PassReport] = []
    changed: list[str] = []
    result = netlist

    def run(name: str, function: Pass) -> bool:
        nonlocal result
        before = result
        result, report = run_pass(name, function, before, measure)
        reports.append(report)
        on_pass(report)
        if result is not before and name not in changed:
            changed.append(name)
        return result is not before

    solver_time = limits.sat_seconds if limits is not None else 0.0

    def use_unreachable(given: Netlist) -> Netlist:
        nonlocal solver_time
        started = time.monotonic()
        rows = unreachable_rows(given, replace(limits or Limits(), sat_seconds=solver_time))
        solver_time = max(0.0, solver_time - (time.monotonic() - started))
        return apply_dont_cares(given, rows)

    for _ in range(_MOST_ROUNDS):
        found = [run(name, function) for name, function in _LOCAL_PASSES.items()]
        if any(found):
            continue
        if limits is None or not run("use unreachable rows", use_unreachable):
            break
    if changed:
        done = f"{effort} effort: {', '.join(changed)}"
        result = replace(result, provenance={**result.provenance, PROVENANCE_KEY: done})
    return result, reports


def _nodes(netlist: Netlist) -> int:
    return netlist.signals - netlist.inputs
