"""A picture of one block: accuracies and losses against what was varied."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from logicjsc.core.extras import require
from logicjsc.core.files import atomic_file
from logicjsc.explore.sweep.definition import Measure
from logicjsc.explore.sweep.results import BlockResult, PointResult
from logicjsc.explore.sweep.tables import heading, show_value

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_WIDE: Final = 8
"""Values this many times apart are shown on a logarithmic axis."""

_KINDS: Final = ("accuracy", "loss")


def plot_block(result: BlockResult, path: Path) -> None:
    """Write a PNG: means over seeds with their standard deviation.

    The first axis runs to the right. With more axes there is a line per combination of the others,
    of the last measure of each kind only.

    Raises:
        ToolNotFoundError: matplotlib is not installed.
        OutputError: ``path`` cannot be written.
    """
    require("matplotlib", "sweep")
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    kinds = [kind for kind in _KINDS if _measures(result, kind)]
    # Not through pyplot, which would look for a display.
    figure = Figure(figsize=(4.8 * max(1, len(kinds)), 3.4), layout="constrained")
    FigureCanvasAgg(figure)
    for index, kind in enumerate(kinds):
        axes = figure.add_subplot(1, len(kinds), index + 1)
        _plot_kind(axes, result, kind)
    figure.suptitle(result.block.title)
    with atomic_file(path) as temporary:
        figure.savefig(temporary, format="png", dpi=80)


def _measures(result: BlockResult, kind: str) -> list[Measure]:
    return [name for name in result.block.measures if name.endswith(kind)]


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
        groups.setdefault(_label(point.values, others), []).append(point)
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
    axes.set_ylabel("accuracy %" if kind == "accuracy" else "loss (nats)")
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


def _label(values: dict[str, Any], keys: list[str]) -> str:
    return ", ".join(f"{heading(key)} {show_value(values[key])}" for key in keys)
