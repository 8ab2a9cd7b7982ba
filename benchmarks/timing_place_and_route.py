"""Our timing model against clock periods of nextpnr: their order, and for ECP5 their values.

Writes ``benchmarks/results/timing_place_and_route.json`` from what ``timing_routed.py`` measured.
For every back end it is Spearman's rank correlation of the model's clock periods with nextpnr's,
beside that of LUT depth and of LUTs alone. ECP5 is timed with its own delays, Gowin, whose cells
are alike, with those too, and the generic fabric with those that it is made of. For ECP5 the error
of the period is that of delays of nets that were averaged over all other circuits; the two numbers
for their growth with the circuit are fitted to all of them, by least squares of the logarithm.

Usage: ``python benchmarks/timing_place_and_route.py``
"""

from __future__ import annotations

import json
import math
import sys
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))

from timing_routed import RANDOM, WAYS, circuits, results_of

from logicjsc.check.synth.mapper import depth_between_registers
from logicjsc.check.timing import timing_of
from logicjsc.map.mapper import MappedNetlist
from logicjsc.map.timing.delays import Delays, load_delays

_RESULTS = Path(__file__).parent / "results" / "timing_place_and_route.json"

_KINDS = ("all", "zoo", "random")

_STARTS = ([0.8, 0.03], [0.95, 0.01], [0.98, 0.009], [1.0, 0.001])
_STEP = 1e-2
"""Relative step of the fit; periods are not smooth where the critical path changes."""

PARTS = {"ecp5": "ecp5", "gowin": "ecp5", "generic-fabric": "ultrascale-plus"}
"""Whose delays the model takes, by back end."""


def read_rows(back_end: str) -> list[dict[str, Any]]:
    """Circuits with a clock period; where routing gave none, it is that of the placement."""
    rows = json.loads(results_of(back_end).read_text(encoding="utf-8"))["rows"]
    return [
        row | {"nextpnr_ns": row["routed_ns"] or row["placed_ns"]}
        for row in rows
        if row["routed_ns"] or row["placed_ns"]
    ]


def net_averages(rows: Sequence[dict[str, Any]], classes: Sequence[int]) -> dict[str, Any]:
    """Delays of nets on critical paths by class of readers, and of last nets, in ps.

    Args:
        rows: measured circuits.
        classes: upper ends of the classes.
    """
    by_class: list[list[int]] = [[] for _ in range(len(classes) + 1)]
    last = []
    for row in rows:
        nets = [step for step in row["path"] if step[0] == "net"]
        for _, readers, ps in nets[:-1]:
            by_class[bisect_left(classes, readers)].append(ps)
        last += [ps for _, _, ps in nets[-1:]]
    means = [float(np.mean(found)) if found else 0.0 for found in by_class]
    return {
        "nets": [len(found) for found in by_class],
        "averages_ps": [round(mean) for mean in means],
        "readers_ps": tuple(round(ps) for ps in accumulate(means, max)),
        "into_register_ps": round(float(np.mean(last))),
    }


def with_nets(delays: Delays, found: dict[str, Any]) -> Delays:
    """Delays with other nets."""
    kept = {key: found[key] for key in ("readers_ps", "into_register_ps")}
    return replace(delays, net=replace(delays.net, **kept))


def period_ns(mapped: MappedNetlist, delays: Delays, way: str) -> float:
    """The model's clock period."""
    return 1000 / timing_of(mapped, delays, WAYS[way]).pipelined.fmax_mhz


def fit_growth(delays: Delays, known: dict[tuple[str, str], MappedNetlist]) -> dict[str, float]:
    """``net.base`` and ``net.per_doubling`` that suit the periods of ECP5 best."""
    from scipy.optimize import least_squares

    rows = read_rows("ecp5")

    def errors(numbers: Any) -> Any:  # noqa: ANN401 - arrays
        base, per_doubling = numbers.tolist()
        last = {"last_base": base, "last_per_doubling": per_doubling}
        net = replace(delays.net, base=base, per_doubling=per_doubling, **last)
        grown = replace(delays, net=net)
        return [
            math.log(
                period_ns(known[row["circuit"], row["way"]], grown, row["way"]) / row["nextpnr_ns"]
            )
            for row in rows
        ]

    bounds = ([0.0, 0.0], [2.0, 1.0])
    tried = (least_squares(errors, start, bounds=bounds, diff_step=_STEP) for start in _STARTS)
    found = min(tried, key=lambda fit: fit.cost).x
    return {"base": round(float(found[0]), 3), "per_doubling": round(float(found[1]), 4)}


def compare(back_end: str, known: dict[tuple[str, str], MappedNetlist]) -> list[dict[str, Any]]:
    """The model beside nextpnr."""
    delays, measured = load_delays(PARTS[back_end]), read_rows(back_end)
    rows = []
    for row in measured:
        mapped, way = known[row["circuit"], row["way"]], row["way"]
        depth = depth_between_registers(mapped, WAYS[way].ranks_after(mapped.netlist.depth))
        entry = {
            "circuit": row["circuit"],
            "way": way,
            "lut": mapped.luts,
            "depth": depth,
            "model_ns": round(period_ns(mapped, delays, way), 3),
            "nextpnr_ns": row["nextpnr_ns"],
            "routed": row["routed_ns"] is not None,
        }
        if back_end == "ecp5":
            others = [r for r in measured if r["circuit"] != row["circuit"]]
            alone = with_nets(delays, net_averages(others, delays.net.most_readers))
            error = period_ns(mapped, alone, way) / row["nextpnr_ns"] - 1
            entry["error_percent"] = round(100 * error, 1)
        rows.append(entry)
    return rows


def correlations(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Rank correlations with nextpnr's periods, and errors where there are some."""
    from scipy.stats import spearmanr

    periods = [row["nextpnr_ns"] for row in rows]
    found: dict[str, Any] = {
        "circuits": len(rows),
        "routed": sum(row["routed"] for row in rows),
        **{
            f"rank_correlation_of_{name}": round(
                float(spearmanr([row[key] for row in rows], periods).statistic), 3
            )
            for name, key in (("model", "model_ns"), ("depth", "depth"), ("lut", "lut"))
        },
    }
    errors = np.abs([row["error_percent"] for row in rows if "error_percent" in row])
    if errors.size:
        found["median_percent"] = round(float(np.median(errors)), 1)
        found["worst_percent"] = round(float(errors.max()), 1)
    return found


def table(report: dict[str, Any]) -> list[str]:
    """The rank correlations in Markdown."""
    lines = [
        "| place and route | circuits | model | depth in LUTs | LUTs |",
        "|---|---|---|---|---|",
    ]
    for back_end in PARTS:
        for kind in _KINDS:
            found = report[back_end][kind]
            shown = [
                f"{found[f'rank_correlation_of_{name}']:.3f}" for name in ("model", "depth", "lut")
            ]
            name = f"{back_end}, {kind}"
            lines.append(f"| {name} | {found['circuits']} | {' | '.join(shown)} |")
    return lines


def main() -> None:
    """Compare and write the results."""
    known = {(name, way): mapped for name, way, mapped in circuits()}
    delays = load_delays("ecp5")
    nets = net_averages(read_rows("ecp5"), delays.net.most_readers)
    nets |= fit_growth(with_nets(delays, nets), known)
    report: dict[str, Any] = {"ecp5_nets": nets}
    for back_end in PARTS:
        rows = compare(back_end, known)
        of_kind = {
            "all": rows,
            "zoo": [row for row in rows if not row["circuit"].startswith(RANDOM)],
            "random": [row for row in rows if row["circuit"].startswith(RANDOM)],
        }
        report[back_end] = {kind: correlations(of_kind[kind]) for kind in _KINDS} | {"rows": rows}
        print(back_end, {key: found for key, found in report[back_end].items() if key != "rows"})
    print("\n".join(table(report)))
    print(report["ecp5_nets"])
    _RESULTS.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
