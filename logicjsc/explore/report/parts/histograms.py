"""Histograms of scores and of features, by what the samples are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from logicjsc.dataset.histograms import edges_of, groups_of
from logicjsc.dataset.samples import Array
from logicjsc.explore.report.elements import Element, Note, Plot
from logicjsc.explore.report.figures import axes, plain, steps
from logicjsc.explore.report.part import Part
from logicjsc.explore.report.subject import Subject

_MOST: Final = 32
"""Features or scores that are drawn."""


def _scores(subject: Subject) -> Iterator[Element]:
    samples, scores = subject.samples, subject.scores.astype(np.float64)
    names = samples.target.output_names
    if samples.target.kind == "value":
        scores = scores - samples.targets
    what = "error of" if samples.target.kind == "value" else "score of"
    groups = groups_of(samples)
    for index, name in enumerate(names[:_MOST]):
        yield _plot(f"{what} {name}", scores[:, index], groups)
    yield from _left_out(len(names), "scores")


def _features(subject: Subject) -> Iterator[Element]:
    samples = subject.samples
    groups = groups_of(samples)
    for index, name in enumerate(samples.feature_names[:_MOST]):
        yield _plot(name, samples.features[:, index].astype(np.float64), groups)
    yield from _left_out(len(samples.feature_names), "features")


def _make(subject: Subject) -> Iterator[Element]:
    yield from _features(subject)
    yield from _scores(subject)


def _plot(title: str, column: Array, groups: list[tuple[str, Array]]) -> Plot:
    edges = edges_of(column)
    traces = [
        steps(name, edges.tolist(), np.histogram(column[chosen], edges)[0] / chosen.sum())
        for name, chosen in groups
    ]
    layout = axes("", f"fraction of {plain('samples')}")
    return Plot(title, traces, layout, height=260, small=True)


def _left_out(count: int, what: str) -> Iterator[Element]:
    if count > _MOST:
        yield Note(f"The first {_MOST} of {count:,} {what} are drawn.")


PART = Part("histograms", "Features and scores", 60, _make)
