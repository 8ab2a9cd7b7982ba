"""How the search went, as its method tells it."""

from __future__ import annotations

from collections.abc import Iterator

from logicjsc.explore.report.elements import Element, Note, Plot
from logicjsc.explore.report.figures import axes, line
from logicjsc.explore.report.part import Part
from logicjsc.explore.report.subject import Subject
from logicjsc.methods.curves import Curve


def _make(subject: Subject) -> Iterator[Element]:
    if subject.run is None or subject.config is None:
        return
    curves = subject.config.finder.curves(subject.run, subject.config.config)
    for curve in curves:
        yield plot_of(curve)
    if not curves:
        yield Note("Missing: nothing is recorded yet of how the search went.", missing=True)


def plot_of(curve: Curve) -> Plot:
    """A curve, with points where there are few."""
    layout = axes(curve.step, curve.unit)
    if curve.falling:
        layout["xaxis"] |= {"type": "log", "autorange": "reversed"}
    traces = [
        line(name, curve.steps, values, mode="lines+markers", marker={"size": 4})
        for name, values in curve.lines.items()
    ]
    return Plot(curve.title.capitalize(), traces, layout, small=True)


PART = Part("curves", "How the search went", 30, _make)
