"""Traces and axes of plots, with names that are shown as they are."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

Numbers = Iterable[Any]


def plain(name: object) -> str:
    """A name for a plot, whose texts are read as HTML; nothing in it is taken as such."""
    return escape(str(name), quote=False)


def finite(values: Numbers) -> list[float | None]:
    """Numbers for JSON, which has none that are not finite."""
    numbers = (float(value) for value in values)
    return [value if math.isfinite(value) else None for value in numbers]


def line(name: object, x: Numbers, y: Numbers, **options: Any) -> dict[str, Any]:  # noqa: ANN401 - Plotly's
    """A line through points."""
    return {
        "type": "scatter",
        "mode": "lines",
        "name": plain(name),
        "x": finite(x),
        "y": finite(y),
        **options,
    }


def points(name: object, x: Numbers, y: Numbers, texts: Sequence[object]) -> dict[str, Any]:
    """Points, each with a text."""
    return {
        "type": "scatter",
        "mode": "markers",
        "name": plain(name),
        "x": finite(x),
        "y": finite(y),
        "text": [plain(text) for text in texts],
        "hovertemplate": "%{text}<extra></extra>",
        "marker": {"size": 9},
    }


def steps(name: object, edges: Sequence[float], heights: Numbers) -> dict[str, Any]:
    """A histogram as an outline.

    Args:
        name: what it is of.
        edges: of the bins, one more than there are heights.
        heights: of the bins.
    """
    values = finite(heights)
    shape = {"shape": "hv"}
    return line(name, edges, [*(value or 0.0 for value in values), 0.0], line=shape)


def bars(name: object, names: Sequence[object], values: Numbers) -> dict[str, Any]:
    """Lying bars, one for each name, the first at the top."""
    return {
        "type": "bar",
        "orientation": "h",
        "name": plain(name),
        "y": [plain(entry) for entry in names],
        "x": finite(values),
    }


def axis(title: object, **options: Any) -> dict[str, Any]:  # noqa: ANN401 - Plotly's
    """An axis."""
    return {"title": {"text": plain(title)}, "automargin": True, **options}


def axes(x: object, y: object) -> dict[str, Any]:
    """A layout with two axes."""
    return {"xaxis": axis(x), "yaxis": axis(y)}
