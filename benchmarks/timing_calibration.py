"""Calibration of the timing model on published clock frequencies of UltraScale+ circuits.

Writes ``benchmarks/results/timing_calibration.json`` and prints the table of ``docs/timing.md``.
Two numbers are fitted by least squares of the logarithm of the clock period: how much slower nets
are per doubling of a circuit's LUTs (``net.per_doubling`` of the delay file), and the LUT levels
per doubling between two registers of designs whose paths nobody published. All other delays are
the file's. A design is a path of so many average LUTs behind nets of two to four pins. Every error
is that of a fit without the point itself. The same is done with nets that do not grow. Beside it
stands the delay file ``ultrascale-plus-routed``, whose nets are fitted to other circuits, so that
only the levels per doubling are fitted here.

Usage: ``python benchmarks/timing_calibration.py``
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from logicjsc.core.settings import read_toml
from logicjsc.explore.frontier.published import load_published
from logicjsc.map.timing.delays import Delays, load_delays

PART = "ultrascale-plus"
OTHER_PART = "ultrascale-plus-routed"

_POINTS = Path(__file__).with_name("timing_points.toml")
_RESULTS = Path(__file__).parent / "results" / "timing_calibration.json"

_TYPICAL_READERS = 2
"""Pins of the nets between LUTs."""

_TYPICAL_DOUBLINGS = 10
"""LUTs of a typical circuit, as a power of two."""

_SAME = 1e-9


@dataclass(frozen=True)
class Point:
    """A published circuit.

    Attributes:
        design: what it is.
        lut: its LUTs.
        period_ps: its clock period.
        levels: LUTs between two registers; 0 if that is not published.
        carry_blocks: blocks of one carry chain among them.
        source: where the levels are from.
    """

    design: str
    lut: int
    period_ps: float
    levels: int = 0
    carry_blocks: int = 0
    source: str = ""


def points() -> list[Point]:
    """All published points that have a clock frequency."""
    values = read_toml(_POINTS)
    found = []
    for entry in values["points"]:
        facts = {key: entry[key] for key in ("levels", "carry_blocks") if key in entry}
        period = 1e6 / entry["fmax_mhz"]
        found.append(Point(entry["design"], entry["lut"], period, source=entry["source"], **facts))
    for table in load_published("jets"):
        for entry in table.entries:
            if not entry.fmax_mhz:
                continue
            known = values["levels"].get(entry.design, {"levels": 0, "source": table.tool})
            name = entry.design + (", encoder counted" if entry.inputs == "words" else "")
            period = 1e6 / entry.fmax_mhz
            found.append(Point(name, entry.lut, period, known["levels"], source=known["source"]))
    return found


def predict(
    delays: Delays, point: Point, per_doubling: float, rate: float, *, sized: bool = True
) -> float:
    """Clock period in ps.

    Args:
        delays: of the part.
        point: the circuit.
        per_doubling: factor of nets, in place of the file's.
        rate: levels per doubling where they are not known.
        sized: whether nets grow with the circuit; else they are those of a typical one.
    """
    doublings = math.log2(max(point.lut, 2))
    scale = per_doubling / delays.net.per_doubling
    if not sized:
        scale *= _TYPICAL_DOUBLINGS / doublings
    net = scale * delays.net.net_ps(_TYPICAL_READERS, point.lut)
    levels = point.levels or max(1.0, rate * doublings)
    period = delays.register.clock_to_q_ps + delays.register.setup_ps
    period += scale * delays.net.last_ps(point.lut) + levels * (delays.lut.average_ps + net)
    if point.carry_blocks:
        carry, upper = delays.carry, delays.carry.places - 1
        period += carry.select_net_ps + carry.select_to_carry_ps
        period += upper * carry.carry_to_carry_ps
        period += (point.carry_blocks - 1) * carry.hop_ps
        period += max(point.carry_blocks - 2, 0) * carry.through_ps
        period += upper * carry.carry_to_carry_ps + carry.carry_to_sum_ps
    return period


def fit(delays: Delays, known: Sequence[Point], *, sized: bool = True) -> tuple[float, float]:
    """Factor of nets per doubling, and levels per doubling; least squares of log periods."""
    from scipy.optimize import least_squares

    def residuals(numbers: Any) -> Any:  # noqa: ANN401 - arrays
        factor, rate = numbers.tolist()
        return [
            math.log(predict(delays, p, factor, rate, sized=sized) / p.period_ps) for p in known
        ]

    bounds = ([0.0, 0.0], [1.0, 3.0])
    found = least_squares(residuals, [0.05, 0.5], bounds=bounds, xtol=_SAME, ftol=_SAME).x
    return float(found[0]), float(found[1])


def rate_alone(delays: Delays, known: Sequence[Point]) -> tuple[float, float]:
    """The file's factor of nets, and the levels per doubling that suit it best."""
    from scipy.optimize import minimize_scalar

    factor = delays.net.per_doubling

    def loss(rate: float) -> float:
        return sum(math.log(predict(delays, p, factor, rate) / p.period_ps) ** 2 for p in known)

    return factor, float(minimize_scalar(loss, bounds=(0.0, 3.0), method="bounded").x)


def calibrate(
    delays: Delays, known: Sequence[Point], *, sized: bool = True, nets: bool = True
) -> dict[str, Any]:
    """The fit, and for every point what the fit without it predicts.

    Args:
        delays: of the part.
        known: the points.
        sized: whether nets grow with the circuit.
        nets: whether nets are fitted as well; else they are the file's.
    """

    def fitted(some: Sequence[Point]) -> tuple[float, float]:
        return fit(delays, some, sized=sized) if nets else rate_alone(delays, some)

    factor, rate = fitted(known)
    rows = []
    for number, point in enumerate(known):
        others = [*known[:number], *known[number + 1 :]]
        predicted = predict(delays, point, *fitted(others), sized=sized)
        levels = point.levels or max(1.0, rate * math.log2(max(point.lut, 2)))
        rows.append(
            {
                "design": point.design,
                "lut": point.lut,
                "levels": round(levels, 1),
                "levels_published": point.levels > 0,
                "fmax_mhz": round(1e6 / point.period_ps, 1),
                "predicted_mhz": round(1e6 / predicted, 1),
                "period_error_percent": round(100 * (predicted / point.period_ps - 1), 1),
                "source": point.source,
            }
        )
    errors = np.abs([row["period_error_percent"] for row in rows])
    return {
        "part": delays.name,
        "per_doubling": round(factor, 4),
        "levels_per_doubling": round(rate, 3),
        "points": len(rows),
        "levels_published": sum(point.levels > 0 for point in known),
        "median_percent": round(float(np.median(errors)), 1),
        "worst_percent": round(float(errors.max()), 1),
        "beyond_40_percent": int((errors > 40).sum()),  # noqa: PLR2004 - the aim
        "rows": rows,
    }


def table(report: dict[str, Any]) -> list[str]:
    """The rows in Markdown."""
    lines = [
        "| design | LUT | levels | published MHz | predicted MHz | error of the period |",
        "|---|---|---|---|---|---|",
    ]
    for row in report["rows"]:
        levels = f"{row['levels']:g}" + ("" if row["levels_published"] else " (assumed)")
        lines.append(
            f"| {row['design']} | {row['lut']:,} | {levels} | {row['fmax_mhz']:,.0f} | "
            f"{row['predicted_mhz']:,.0f} | {row['period_error_percent']:+.0f} % |"
        )
    return lines


def main() -> None:
    """Fit, and write the results."""
    known, delays = points(), load_delays(PART)
    report = calibrate(delays, known)
    constant = calibrate(delays, known, sized=False)
    report["without_size"] = {
        key: constant[key] for key in ("median_percent", "worst_percent", "beyond_40_percent")
    }
    report[OTHER_PART] = calibrate(load_delays(OTHER_PART), known, nets=False)
    _RESULTS.write_text(json.dumps(report, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    print("\n".join(table(report)))
    print({key: value for key, value in report.items() if key not in {"rows", OTHER_PART}})
    print({key: value for key, value in report[OTHER_PART].items() if key != "rows"})


if __name__ == "__main__":
    main()
