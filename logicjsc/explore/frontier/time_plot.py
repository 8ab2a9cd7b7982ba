"""The second picture: accuracy or error against the area-delay product."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from logicjsc.core.pictures import picture
from logicjsc.explore.frontier.published import PublishedTable
from logicjsc.explore.frontier.rows import Row, front, metric_of
from logicjsc.explore.zoo.latency import CYCLES

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_OURS: Final = "tab:blue"
_THEIRS: Final = "tab:gray"


def plot_area_delay(rows: Sequence[Row], published: Sequence[PublishedTable], path: Path) -> None:
    """Write a PNG.

    A filled circle is one of our whole circuits with registers placed by time, a hollow one the
    same without registers inside, both estimated. Squares are published, hollow where the encoder
    is counted. The lines are the fronts. Errors are smaller further down.

    Args:
        rows: our networks; those whose whole circuit has no estimated latency are left out.
        published: published points; those without a latency are left out.
        path: the file.

    Raises:
        ToolNotFoundError: matplotlib is not installed.
        OutputError: ``path`` cannot be written.
    """
    with picture(path, (9, 6), 110) as figure:
        axes = figure.add_subplot()
        _draw_theirs(axes, published)
        _draw_ours(axes, rows)
        axes.set_xscale("log")
        axes.set_xlabel("LUTs times latency in ns (ours: estimated, words in, decision out)")
        axes.set_ylabel(metric_of(rows))
        axes.grid(visible=True, which="both", alpha=0.2)
        down = rows[0].score.smaller_is_better
        axes.legend(fontsize=8, loc="upper right" if down else "lower right")


def _draw_ours(axes: Axes, rows: Sequence[Row]) -> None:
    timed = [
        (row.by_words or row.score, row.latency.whole)
        for row in rows
        if row.latency is not None and row.latency.whole is not None
    ]
    values = [score.scale * score.value for score, _ in timed]
    qualities = [score.quality for score, _ in timed]
    pipelined = [whole.pipelined_area_delay for _, whole in timed]
    single = [whole.single_area_delay for _, whole in timed]
    for products, fill, label in (
        (pipelined, _OURS, f"ours, {CYCLES} cycles"),
        (single, "white", "ours, no registers inside"),
    ):
        axes.scatter(products, values, s=30, facecolors=fill, edgecolors=_OURS, label=label)
        _line(axes, products, values, qualities, _OURS)


def _draw_theirs(axes: Axes, published: Sequence[PublishedTable]) -> None:
    entries = [entry for table in published for entry in table.entries if entry.latency_ns]
    for inputs, fill, also in (
        ("codes", _THEIRS, ""),
        ("words", "white", ", encoder counted"),
    ):
        chosen = [entry for entry in entries if entry.inputs == inputs]
        if not chosen:
            continue
        products = [entry.lut * entry.latency_ns for entry in chosen]
        values = [entry.value for entry in chosen]
        axes.scatter(
            products, values, s=28, marker="s", facecolors=fill, edgecolors=_THEIRS,
            label=f"published{also}",
        )  # fmt: skip
        for entry, product in zip(chosen, products, strict=True):
            axes.annotate(
                entry.design, (product, entry.value), fontsize=6, color=_THEIRS,
                xytext=(4, 3), textcoords="offset points",
            )  # fmt: skip
    products = [entry.lut * entry.latency_ns for entry in entries]
    qualities = [entry.quality for entry in entries]
    _line(axes, products, [entry.value for entry in entries], qualities, _THEIRS)


def _line(
    axes: Axes,
    products: Sequence[float],
    values: Sequence[float],
    qualities: Sequence[float],
    colour: str,
) -> None:
    kept = front(list(zip(products, qualities, strict=True)))
    points = sorted(
        (product, value) for product, value, on in zip(products, values, kept, strict=True) if on
    )
    if points:
        axes.plot(*zip(*points, strict=True), color=colour, linewidth=0.6, linestyle="--")
