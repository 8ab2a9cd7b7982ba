"""What is taken for what: the confusion matrix, or predicted against true values."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from logicjsc.core.console.tables import percent
from logicjsc.dataset.metrics import decide
from logicjsc.dataset.samples import Array
from logicjsc.explore.report.elements import Element, Note, Plot, Table
from logicjsc.explore.report.figures import axes, axis, plain, points
from logicjsc.explore.report.part import Part
from logicjsc.explore.report.subject import Subject

_MOST_VALUES: Final = 2000
"""Samples that are drawn of values."""

_MOST_CLASSES: Final = 30
"""Classes whose counts are written into the matrix."""


def _make(subject: Subject) -> Iterator[Element]:
    samples, target = subject.samples, subject.samples.target
    decided = decide(subject.scores, target, subject.thresholds)
    if target.kind == "value":
        yield from _of_values(subject, decided)
        return
    if target.kind == "labels":
        for index, name in enumerate(target.names):
            counts = _counts(samples.targets[:, index], decided[:, index], 2)
            yield _plot(name, ("no", "yes"), counts)
    else:
        counts = _counts(samples.targets, decided, len(target.names))
        yield _plot("Confusion matrix", target.names, counts)
        right = counts.trace() / counts.sum()
        yield Note(
            f"{counts.trace():,} of {counts.sum():,} {samples.part} samples are on the diagonal: "
            f"{percent(float(right))}."
        )
        yield _rates(target.names, counts)
    yield from _note_of_difference(subject)


def _note_of_difference(subject: Subject) -> Iterator[Element]:
    """Whether what is measured now is what was recorded, if the samples are the same."""
    if subject.recorded is None or subject.data is not None:
        return
    recorded, now = subject.recorded.best["test"].get("accuracy"), subject.metrics.accuracy
    if recorded != now:
        yield Note(
            f"Measured now, the accuracy is {now}, and result.json has {recorded}: the run was "
            f"changed since, or this machine rounds otherwise.",
            missing=True,
        )


def _counts(truth: Array, decided: Array, classes: int) -> Array:
    """Samples by true and decided class, int64 ``[classes, classes]``."""
    places = truth.astype(np.int64) * classes + decided.astype(np.int64)
    return np.bincount(places, minlength=classes * classes).reshape(classes, classes)


def _plot(title: str, names: tuple[str, ...], counts: Array) -> Plot:
    whole = counts.sum(axis=1, keepdims=True)
    shares = counts / np.maximum(whole, 1)
    shown = [plain(name) for name in names]
    trace = {
        "type": "heatmap",
        "x": shown,
        "y": shown,
        "z": shares.tolist(),
        "zmin": 0,
        "zmax": 1,
        "colorscale": "Blues",
        "reversescale": True,  # the highest is the darkest
        "text": counts.tolist(),
        "hovertemplate": "%{y} taken for %{x}: %{text} (%{z:.2%})<extra></extra>",
    }
    if len(names) <= _MOST_CLASSES:
        trace["texttemplate"] = "%{text}"
    layout = {
        "xaxis": axis("decided", type="category"),
        "yaxis": axis("true", type="category", autorange="reversed"),
    }
    return Plot(title, [trace], layout, height=420, small=True)


def _rates(names: tuple[str, ...], counts: Array) -> Table:
    found = counts.diagonal()
    rows = [
        [
            name,
            int(counts[index].sum()),
            percent(found[index] / counts[index].sum()) if counts[index].any() else "-",
            percent(found[index] / counts[:, index].sum()) if counts[:, index].any() else "-",
        ]
        for index, name in enumerate(names)
    ]
    return Table("By class", ("class", "samples", "recall", "precision"), rows)


def _of_values(subject: Subject, values: Array) -> Iterator[Element]:
    samples = subject.samples
    for index, name in enumerate(samples.target.names):
        true, told = samples.targets[:_MOST_VALUES, index], values[:_MOST_VALUES, index]
        texts = [f"true {a:.5g}, told {b:.5g}" for a, b in zip(true, told, strict=True)]
        trace = points(name, true, told, texts) | {"marker": {"size": 4, "opacity": 0.5}}
        yield Plot(f"{name}: told and true", [trace], axes("true", "told"), small=True)
    if len(samples) > _MOST_VALUES:
        yield Note(f"The first {_MOST_VALUES:,} of {len(samples):,} samples are drawn.")


PART = Part("confusion", "What is taken for what", 40, _make)
