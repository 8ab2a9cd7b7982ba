"""Calibration of the timing model on routed UltraScale+ circuits whose slowest paths are public.

Writes ``benchmarks/results/timing_routed_paths.json`` and prints the tables of ``docs/timing.md``.
Of the delay file ``ultrascale-plus-routed`` two numbers are fitted by least squares of the
logarithm of the clock period: how much slower nets are per doubling of LUTs, and what every path
has beside its LUTs and the nets in front of them. Every error is that of a fit without the circuit.
The same is done with nets of other forms, and with the form chosen anew without the circuit. Beside
them stands the error of the delay file ``ultrascale-plus`` as it is. Designs whose paths nobody
published are predicted by the first fit, by the depth that their structure has.

Usage: ``python benchmarks/timing_routed_paths.py``
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from logicjsc.core.settings import read_toml
from logicjsc.explore.frontier.published import load_published
from logicjsc.map.timing.delays import Delays, NetDelays, load_delays

PART = "ultrascale-plus-routed"
OTHER_PART = "ultrascale-plus"

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


Form = Callable[[NetDelays, Sequence[float]], NetDelays]
"""Nets with the numbers of a fit in them."""


def growing(net: NetDelays, numbers: Sequence[float]) -> NetDelays:
    """Nets that grow with the circuit, and last nets that do not: the form of the delay file."""
    return replace(
        net, base=0.0, per_doubling=numbers[0], last_base=numbers[1], last_per_doubling=0.0
    )


def as_measured(net: NetDelays, numbers: Sequence[float]) -> NetDelays:
    """Nets between LUTs as the averages are, and last nets that do not grow."""
    return replace(net, base=1.0, per_doubling=0.0, last_base=numbers[0], last_per_doubling=0.0)


def last_grows(net: NetDelays, numbers: Sequence[float]) -> NetDelays:
    """Nets between LUTs as the averages are, and last nets that grow."""
    return replace(
        net, base=1.0, per_doubling=0.0, last_base=numbers[0], last_per_doubling=numbers[1]
    )


def factor_and_last_grows(net: NetDelays, numbers: Sequence[float]) -> NetDelays:
    """Nets between LUTs times a factor, and last nets that grow."""
    return replace(last_grows(net, numbers), base=numbers[2])


def both_grow(net: NetDelays, numbers: Sequence[float]) -> NetDelays:
    """Nets and last nets in proportion to the logarithm of the LUTs."""
    return replace(
        net, base=0.0, per_doubling=numbers[0], last_base=0.0, last_per_doubling=numbers[1]
    )


FORMS: Final[dict[Form, tuple[float, ...]]] = {
    growing: (0.05, 4.0),
    as_measured: (3.0,),
    last_grows: (2.0, 0.1),
    factor_and_last_grows: (2.0, 0.1, 0.5),
    both_grow: (0.05, 0.3),
}
"""Where the fit of each form starts."""

_MOST = 20.0


def with_nets(delays: Delays, form: Form, numbers: Sequence[float]) -> Delays:
    """Delays with the nets of a form."""
    return replace(delays, net=form(delays.net, numbers))


def fit(delays: Delays, known: Sequence[RoutedPath], form: Form = growing) -> Delays:
    """Delays whose nets suit circuits best."""
    from scipy.optimize import least_squares

    def residuals(numbers: Any) -> Any:  # noqa: ANN401 - arrays
        fitted = with_nets(delays, form, numbers.tolist())
        return [math.log(predict(fitted, path) / path.period_ps) for path in known]

    start = FORMS[form]
    bounds = ([0.0] * len(start), [_MOST] * len(start))
    found = least_squares(residuals, start, bounds=bounds, xtol=_SAME, ftol=_SAME).x
    return with_nets(delays, form, found.tolist())


def left_out(
    delays: Delays, known: Sequence[RoutedPath], form: Form | None = growing
) -> dict[str, Any]:
    """For every circuit what the fit without it predicts.

    Args:
        delays: of the part.
        known: the circuits.
        form: of the nets; None to choose it for every circuit by the errors of the others.
    """
    rows = []
    for number, path in enumerate(known):
        others = [*known[:number], *known[number + 1 :]]
        chosen = form or min(FORMS, key=lambda one: _log_error(delays, others, one))
        row = _row(path, len(path.nets), predict(fit(delays, others, chosen), path))
        rows.append(row if form else row | {"form": chosen.__name__})
    return _errors(rows)


def _log_error(delays: Delays, known: Sequence[RoutedPath], form: Form) -> float:
    """Mean square of the logarithmic errors, each circuit left out of its fit."""
    total = 0.0
    for number, path in enumerate(known):
        others = [*known[:number], *known[number + 1 :]]
        total += math.log(predict(fit(delays, others, form), path) / path.period_ps) ** 2
    return total / len(known)


def calibrate(delays: Delays, known: Sequence[RoutedPath]) -> dict[str, Any]:
    """The fit and its errors, and those of a part whose nets were fitted elsewhere."""
    fitted, other = fit(delays, known), load_delays(OTHER_PART)
    kept = [_row(path, len(path.nets), predict(other, path)) for path in known]
    return {
        "part": delays.name,
        "per_doubling": round(fitted.net.per_doubling, 4),
        "last_base": round(fitted.net.last_base, 3),
        **left_out(delays, known),
        other.name: _errors(kept),
    }


def other_forms(delays: Delays, known: Sequence[RoutedPath]) -> dict[str, Any]:
    """The numbers and errors of other forms of nets, and of forms chosen without each circuit."""
    found: dict[str, Any] = {}
    for form in FORMS:
        if form is not growing:
            net = fit(delays, known, form).net
            numbers = {
                key: round(getattr(net, key), 4)
                for key in ("base", "per_doubling", "last_base", "last_per_doubling")
            }
            found[form.__name__] = numbers | left_out(delays, known, form)
    found["chosen without the circuit"] = left_out(delays, known, None)
    return found


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
    delays, known = load_delays(PART), routed_paths()
    report = calibrate(delays, known)
    fitted = with_nets(delays, growing, (report["per_doubling"], report["last_base"]))
    report["structures"] = structures(fitted)
    report["structures_" + OTHER_PART] = structures(load_delays(OTHER_PART))
    report["other_forms"] = other_forms(delays, known)
    _RESULTS.write_text(json.dumps(report, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    for rows in (report, report["structures"]):
        print("\n".join(table(rows)))
    shown = {"all": report, **{k: v for k, v in report.items() if isinstance(v, dict)}}
    for name, rows in (shown | report["other_forms"]).items():
        print(name, {k: value for k, value in rows.items() if not isinstance(value, dict | list)})


if __name__ == "__main__":
    main()
