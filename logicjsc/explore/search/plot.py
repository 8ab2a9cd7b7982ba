"""A picture of a search: every complete trial, and the front."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from logicjsc.core.extras import require
from logicjsc.core.files import atomic_file
from logicjsc.explore.search.definition import Objective
from logicjsc.explore.search.report import SearchReport, TrialRow, objective_heading

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_FEW: Final = 10
"""So many different values are named at the colours; of more, round ones are."""

_WIDE: Final = 8
"""Values this many times apart are shown on a logarithmic axis."""


def plot_search(report: SearchReport, path: Path) -> None:
    """Write a PNG: the first objective against the second, the third by colour.

    With one objective, its value against the trial's number.

    Raises:
        ToolNotFoundError: matplotlib is not installed.
        OutputError: ``path`` cannot be written.
    """
    require("matplotlib", "search")
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 4.5), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    rows = [row for row in report.trials if row.values]
    front = [row for row in rows if row.number in report.front]
    first, *others = report.objectives
    across = others[0] if others else None
    if len(others) > 1:
        colours = [_value(row, others[1]) for row in rows]
        points = axes.scatter(_xs(rows, across), _ys(rows, first), c=colours, cmap="viridis", s=24)
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
    axes.set_title(f"{report.search}: {len(rows)} complete trials")
    with atomic_file(path) as temporary:
        figure.savefig(temporary, format="png", dpi=90)


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
