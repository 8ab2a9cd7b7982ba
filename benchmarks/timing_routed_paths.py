"""Calibration of the timing model on routed UltraScale+ circuits whose slowest paths are public.

Writes ``benchmarks/results/timing_routed_paths.json`` and prints the tables of ``docs/timing.md``.
Of the delay file ``ultrascale-plus-routed`` two numbers are fitted by least squares of the
logarithm of the clock period: how much slower the slowest of many nets is than an average one, at a
size of one LUT and per doubling of LUTs. Every error is that of a fit without the circuit. The same
is done with a factor of all nets as a third number. Beside them stands the error of the delay file
``ultrascale-plus`` as it is. Designs whose paths nobody published are predicted by the first fit,
by the depth that their structure has.

Usage: ``python benchmarks/timing_routed_paths.py``
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from logicjsc.core.settings import read_toml
from logicjsc.explore.frontier.published import load_published
from logicjsc.map.timing.delays import Delays, load_delays

PART = "ultrascale-plus-routed"

_PATHS = Path(__file__).with_name("timing_routed_paths.toml")
_RESULTS = Path(__file__).parent / "results" / "timing_routed_paths.json"
_TYPICAL_READERS = 2
_SAME = 1e-10


@dataclass(frozen=True)
class RoutedPath:
    """The slowest path of a circuit.

    Attributes:
        design: what it is.
        lut: LUTs of the circuit.
        period_ps: its clock period.
        nets: pins that the net in front of each LUT reaches.
        wide: wide multiplexers on it.
    """

    design: str
    lut: int
    period_ps: float
    nets: tuple[int, ...]
    wide: int


def routed_paths() -> list[RoutedPath]:
    """All circuits."""
    return [
        RoutedPath(
            entry["design"],
            entry["lut"],
            1000 * entry["period_ns"],
            tuple(entry["nets"]),
            entry["wide"],
        )
        for entry in read_toml(_PATHS)["paths"]
    ]


def predict(delays: Delays, path: RoutedPath) -> float:
    """Clock period in ps."""
    period = delays.register.clock_to_q_ps + delays.register.setup_ps
    period += sum(delays.lut.average_ps + delays.net.net_ps(n, path.lut) for n in path.nets)
    levels = delays.wide.data_ps
    period += sum(levels[number % len(levels)] for number in range(path.wide))
    return period + delays.net.last_ps(path.lut)


def with_last(delays: Delays, base: float, per_doubling: float, of_all: float = 1.0) -> Delays:
    """Delays with other last nets, and a factor of all others."""
    net = replace(delays.net, base=of_all, last_base=base, last_per_doubling=per_doubling)
    return replace(delays, net=net)


def fit(delays: Delays, known: Sequence[RoutedPath], *, of_all: bool = False) -> Delays:
    """Delays whose last nets suit circuits best, or all nets."""
    from scipy.optimize import least_squares

    def residuals(numbers: Any) -> Any:  # noqa: ANN401 - arrays
        fitted = with_last(delays, *numbers.tolist())
        return [math.log(predict(fitted, path) / path.period_ps) for path in known]

    start, most = ([0.5, 0.3, 0.5], [20.0, 5.0, 3.0])
    free = 3 if of_all else 2
    bounds = ([0.0] * free, most[:free])
    found = least_squares(residuals, start[:free], bounds=bounds, xtol=_SAME, ftol=_SAME).x
    return with_last(delays, *found.tolist())


def left_out(
    delays: Delays, known: Sequence[RoutedPath], *, of_all: bool = False
) -> dict[str, Any]:
    """For every circuit what the fit without it predicts."""
    rows = []
    for number, path in enumerate(known):
        others = [*known[:number], *known[number + 1 :]]
        predicted = predict(fit(delays, others, of_all=of_all), path)
        rows.append(_row(path, len(path.nets), predicted))
    return _errors(rows)


def calibrate(delays: Delays, known: Sequence[RoutedPath]) -> dict[str, Any]:
    """The fit and its errors, those with a factor of all nets, and those of the default part."""
    fitted, free = fit(delays, known), fit(delays, known, of_all=True)
    default = load_delays()
    kept = [_row(path, len(path.nets), predict(default, path)) for path in known]
    return {
        "part": delays.name,
        "last_base": round(fitted.net.last_base, 3),
        "last_per_doubling": round(fitted.net.last_per_doubling, 4),
        **left_out(delays, known),
        "factor_of_all_nets": {
            "base": round(free.net.base, 3),
            **left_out(delays, known, of_all=True),
        },
        default.name: _errors(kept),
    }


def _errors(rows: list[dict[str, Any]]) -> dict[str, Any]:
    errors = np.abs([row["period_error_percent"] for row in rows])
    return {
        "points": len(rows),
        "median_percent": round(float(np.median(errors)), 1),
        "worst_percent": round(float(errors.max()), 1),
        "beyond_40_percent": int((errors > 40).sum()),  # noqa: PLR2004 - the aim
        "rows": rows,
    }


def structures(delays: Delays) -> dict[str, Any]:
    """Designs whose depth follows from their structure, none of them in any fit."""
    published = {
        entry.design + (", encoder counted" if entry.inputs == "words" else ""): entry
        for table in load_published("jets")
        for entry in table.entries
        if entry.fmax_mhz
    }
    rows = []
    for entry in read_toml(_PATHS)["structures"]:
        facts = published[entry["design"]]
        levels = max(1.0, entry["levels"] / entry["cycles"])
        path = RoutedPath(entry["design"], facts.lut, 1e6 / (facts.fmax_mhz or 1.0), (), 0)
        each = delays.lut.average_ps + delays.net.net_ps(_TYPICAL_READERS, facts.lut)
        row = _row(path, round(levels, 1), predict(delays, path) + levels * each)
        rows.append(row | {"source": entry["source"]})
    return _errors(rows)


def _row(path: RoutedPath, levels: float, predicted_ps: float) -> dict[str, Any]:
    return {
        "design": path.design,
        "lut": path.lut,
        "levels": levels,
        "fmax_mhz": round(1e6 / path.period_ps, 1),
        "predicted_mhz": round(1e6 / predicted_ps, 1),
        "period_error_percent": round(100 * (predicted_ps / path.period_ps - 1), 1),
    }


def table(report: dict[str, Any]) -> list[str]:
    """The rows in Markdown."""
    lines = [
        "| design | LUT | levels | real MHz | predicted MHz | error of the period |",
        "|---|---|---|---|---|---|",
    ]
    return lines + [
        f"| {row['design']} | {row['lut']:,} | {row['levels']:g} | {row['fmax_mhz']:,.0f} | "
        f"{row['predicted_mhz']:,.0f} | {row['period_error_percent']:+.0f} % |"
        for row in report["rows"]
    ]


def main() -> None:
    """Fit, and write the results."""
    delays = load_delays(PART)
    report = calibrate(delays, routed_paths())
    fitted = with_last(delays, report["last_base"], report["last_per_doubling"])
    report["structures"] = structures(fitted)
    _RESULTS.write_text(json.dumps(report, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    for rows in (report, report["structures"]):
        print("\n".join(table(rows)))
    for rows in (report, *(value for value in report.values() if isinstance(value, dict))):
        print({key: value for key, value in rows.items() if not isinstance(value, dict | list)})


if __name__ == "__main__":
    main()
