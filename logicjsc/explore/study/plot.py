"""Pictures of a study: a search's trials and front, and a grid's measures by what was varied."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from logicjsc.core.pictures import picture
from logicjsc.explore.study.report import StudyReport, TrialRow
from logicjsc.explore.study.results import BlockResult, Measure, Objective, PointResult
from logicjsc.explore.study.tables import heading, objective_heading, show_value

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_FEW: Final = 10
"""So many different values are named at the colours; of more, round ones are."""

_WIDE: Final = 8
"""Values this many times apart are shown on a logarithmic axis."""

_KINDS: Final = ("accuracy", "loss")


def plot_front(report: StudyReport, path: Path) -> None:
    """Write a PNG: the first objective against the second, the third by colour.

    With one objective, its value against the trial's number.

    Raises:
        ToolNotFoundError: matplotlib is not installed.
        OutputError: ``path`` cannot be written.
    """
    rows = [row for row in report.trials if row.values]
    front = report.front_rows
    first, *others = report.objectives
    across = others[0] if others else None
    with picture(path, (7, 4.5)) as figure:
        axes = figure.add_subplot()
        if len(others) > 1:
            colours = [_value(row, others[1]) for row in rows]
            points = axes.scatter(
                _xs(rows, across), _ys(rows, first), c=colours, cmap="viridis", s=24
            )
            bar = figure.colorbar(points, label=objective_heading(others[1]))
            if len(set(colours)) <= _FEW:
                bar.set_ticks(sorted(set(colours)))
        else:
            axes.scatter(_xs(rows, across), _ys(rows, first), s=24, color="grey")
        axes.scatter(
            _xs(front, across), _ys(front, first), s=80, facecolors="none", edgecolors="red",
            label="not beaten",
        )  # fmt: skip
        for row in front:
            axes.annotate(
                str(row.number), (_xs([row], across)[0], _ys([row], first)[0]), fontsize=8,
                xytext=(5, -9), textcoords="offset points",
            )  # fmt: skip
        _label(axes, rows, first, across)
        axes.set_title(f"{report.study}: {len(rows)} complete trials")


def plot_block(result: BlockResult, path: Path) -> None:
    """Write a PNG: means over seeds with their standard deviation.

    The first axis runs to the right. With more axes there is a line per combination of the others,
    of the last measure of each kind only.

    Raises:
        ToolNotFoundError: matplotlib is not installed.
        OutputError: ``path`` cannot be written.
    """
    kinds = [kind for kind in _KINDS if _measures(result, kind)]
    with picture(path, (4.8 * max(1, len(kinds)), 3.4), 80) as figure:
        for index, kind in enumerate(kinds):
            axes = figure.add_subplot(1, len(kinds), index + 1)
            _plot_kind(axes, result, kind)
        figure.suptitle(result.block.title)


def _label(axes: Axes, rows: list[TrialRow], first: Objective, across: Objective | None) -> None:
    axes.set_ylabel(objective_heading(first))
    axes.set_xlabel("trial" if across is None else objective_heading(across))
    xs = _xs(rows, across)
    if across == "luts" and xs and min(xs) > 0 and max(xs) >= _WIDE * min(xs):
        axes.set_xscale("log")
    axes.grid(visible=True, alpha=0.3)
    axes.legend(fontsize=8)


def _xs(rows: list[TrialRow], across: Objective | None) -> list[float]:
    return [row.number if across is None else _value(row, across) for row in rows]


def _ys(rows: list[TrialRow], first: Objective) -> list[float]:
    return [_value(row, first) for row in rows]


def _value(row: TrialRow, name: Objective) -> float:
    return 100 * row.values[name] if name == "accuracy" else row.values[name]


def _measures(result: BlockResult, kind: str) -> list[Measure]:
    """Measures of a kind that some point has."""
    return [
        name
        for name in result.block.measures
        if name.endswith(kind) and any(point.spreads[name].count for point in result.points)
    ]


def _plot_kind(axes: Axes, result: BlockResult, kind: str) -> None:
    first, *others = result.block.axes
    values = result.block.axes[first]
    numeric = all(isinstance(value, (int, float)) for value in values)
    places = {show_value(v): float(v) if numeric else i for i, v in enumerate(values)}
    measures = _measures(result, kind)
    if others:
        measures = measures[-1:]
    groups: dict[str, list[PointResult]] = {}
    for point in result.points:
        groups.setdefault(_group(point.values, others), []).append(point)
    for name in measures:
        for label, points in groups.items():
            _plot_line(
                axes, name, label=label or heading(name), points=points, places=places, first=first
            )
    if numeric and min(values) > 0 and max(values) >= _WIDE * min(values):
        axes.set_xscale("log")
    axes.minorticks_off()
    axes.set_xticks(list(places.values()), list(places))
    axes.set_xlabel(heading(first))
    axes.set_ylabel("accuracy %" if kind == "accuracy" else "loss")
    axes.grid(visible=True, alpha=0.3)
    axes.legend(fontsize=8)


def _plot_line(
    axes: Axes,
    name: Measure,
    *,
    label: str,
    points: list[PointResult],
    places: dict[str, float],
    first: str,
) -> None:
    factor = 100 if name.endswith("accuracy") else 1
    xs, means, deviations = [], [], []
    for point in points:
        spread = point.spreads[name]
        if spread.mean is not None and math.isfinite(spread.mean):
            xs.append(places[show_value(point.values[first])])
            means.append(factor * spread.mean)
            deviations.append(factor * (spread.deviation or 0.0))
    axes.errorbar(xs, means, yerr=deviations, marker="o", markersize=4, capsize=3, label=label)


def _group(values: dict[str, Any], keys: list[str]) -> str:
    return ", ".join(f"{heading(key)} {show_value(values[key])}" for key in keys)
