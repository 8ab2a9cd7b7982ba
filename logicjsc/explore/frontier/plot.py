"""The picture: accuracy or error against LUTs, ours in front of published points."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from logicjsc.core.pictures import picture
from logicjsc.explore.frontier.published import PublishedTable
from logicjsc.explore.frontier.rows import Row, front, metric_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_LARGE: Final = 60
_SMALL: Final = 12
"""Areas of markers: on the front, and off it."""

_THEIRS: Final = (("s", "tab:gray"), ("^", "tab:orange"), ("D", "tab:brown"))
_ALONE: Final = "tab:blue"


def plot_frontier(rows: Sequence[Row], published: Sequence[PublishedTable], path: Path) -> None:
    """Write a PNG.

    A filled circle is one of our networks alone, a hollow one the same with both ends;
    bars are 95 % confidence intervals. Off the front they are small. Published points are squares
    and triangles, hollow where the encoder is counted. Errors are smaller further down.

    Raises:
        ToolNotFoundError: matplotlib is not installed.
        OutputError: ``path`` cannot be written.
    """
    with picture(path, (9, 6), 110) as figure:
        axes = figure.add_subplot()
        named: set[str] = set()
        for table, (marker, colour) in zip(published, _THEIRS, strict=False):
            _draw_theirs(axes, table, marker, colour, named)
        _draw_ours(axes, rows)
        axes.set_xscale("log")
        axes.set_xlabel("LUTs (LUT1 to LUT6 and inverters)")
        axes.set_ylabel(metric_of(rows))
        axes.grid(visible=True, which="both", alpha=0.2)
        down = rows[0].score.smaller_is_better
        axes.legend(fontsize=8, loc="upper right" if down else "lower right")


def _draw_theirs(
    axes: Axes, table: PublishedTable, marker: str, colour: str, named: set[str]
) -> None:
    """One table's points and front; a design's name stands at the first of its points."""
    label = f"theirs, {table.name}: {table.samples}, {table.tool}"
    for inputs, fill in (("codes", colour), ("words", "none")):
        chosen = [entry for entry in table.entries if entry.inputs == inputs]
        if not chosen:
            continue
        axes.scatter(
            [entry.lut for entry in chosen],
            [entry.value for entry in chosen],
            s=28, marker=marker, facecolors=fill, edgecolors=colour, alpha=0.8, zorder=2,
            label=label + (", encoder counted" if inputs == "words" else ""),
        )  # fmt: skip
    best = [
        (entry.lut, entry.value)
        for entry, kept in zip(
            table.entries,
            front([(entry.lut, entry.quality) for entry in table.entries]),
            strict=True,
        )
        if kept
    ]
    axes.plot(*zip(*sorted(best), strict=True), color=colour, linewidth=0.6, linestyle="--")
    for entry in table.entries:
        if entry.design not in named:
            named.add(entry.design)
            axes.annotate(
                entry.design, (entry.lut, entry.value), fontsize=6, color=colour,
                xytext=(4, 3), textcoords="offset points",
            )  # fmt: skip


def _draw_ours(axes: Axes, rows: Sequence[Row]) -> None:
    for row in rows:
        figures = row.figures
        scale = row.score.scale
        x, y = figures.core.lut, scale * row.score.value
        low, high = row.score.interval
        if figures.whole is not None and row.by_words is not None:
            ends = (figures.whole.lut, scale * row.by_words.value)
            axes.plot([x, ends[0]], [y, ends[1]], color=_ALONE, linewidth=0.6, zorder=3)
            axes.scatter(
                *ends, s=_size(on=row.front_whole), facecolors="white", edgecolors=_ALONE, zorder=4
            )
        axes.errorbar(
            x,
            y,
            yerr=[[y - scale * low], [scale * high - y]],
            color=_ALONE,
            linewidth=0.8,
            zorder=3,
        )
        axes.scatter(x, y, s=_size(on=row.front_core), color=_ALONE, zorder=4)
        if row.front_core:  # names of neighbours slant, so that they do not cover each other
            axes.annotate(
                row.name, (x, y), fontsize=7, xytext=(-3, 5), textcoords="offset points",
                horizontalalignment="right", verticalalignment="bottom", rotation=-25,
                rotation_mode="anchor", color=_ALONE,
            )  # fmt: skip
    # The legend shows one marker of each kind, as it is on the front.
    axes.scatter([], [], s=_LARGE, color=_ALONE, label="ours, network alone (by our mapper)")
    axes.scatter(
        [],
        [],
        s=_LARGE,
        facecolors="white",
        edgecolors=_ALONE,
        label="ours, with both ends",
    )


def _size(*, on: bool) -> int:
    return _LARGE if on else _SMALL
