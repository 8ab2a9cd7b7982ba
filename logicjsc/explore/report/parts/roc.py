"""ROC curves of every class or label, and what can be had at some false-positive rates."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from logicjsc.core.console.tables import percent
from logicjsc.dataset.metrics import roc_columns
from logicjsc.dataset.roc import roc_curve
from logicjsc.dataset.samples import Array
from logicjsc.explore.report.elements import Element, Note, Plot, Table
from logicjsc.explore.report.figures import axis, line
from logicjsc.explore.report.part import Part
from logicjsc.explore.report.subject import Subject

_RATES: Final = (0.001, 0.01, 0.1)
"""False-positive rates of the working points in the table."""

_MOST_POINTS: Final = 400
"""Points that are drawn of a curve."""

_MOST_CURVES: Final = 12


def _make(subject: Subject) -> Iterator[Element]:
    samples = subject.samples
    if samples.target.kind == "value":
        return
    areas, scores = subject.metrics.auc, subject.scores
    traces, rows, thresholds = [], [], subject.thresholds
    for index, (name, truth, ordered) in enumerate(roc_columns(scores, samples)):
        if truth.all() or not truth.any():
            rows.append([name, "-", *("-" for _ in _RATES)])
            continue
        false, true, _ = roc_curve(truth, ordered)
        rows.append([name, f"{areas[name]:.4f}", *(_reached(false, true, at) for at in _RATES)])
        if index >= _MOST_CURVES:
            continue
        kept = _thinned(false)
        traces.append(line(f"{name} ({areas[name]:.4f})", false[kept], true[kept]))
        if thresholds is not None:
            affirmed = scores[:, index] >= thresholds[index]
            place = affirmed[~truth].mean(), affirmed[truth].mean()
            marker = {"size": 10, "symbol": "x"}
            traces.append(
                line(
                    f"{name}, working point", [place[0]], [place[1]], mode="markers", marker=marker
                )
            )
    layout = {
        "xaxis": axis("false-positive rate", range=[0, 1]),
        "yaxis": axis("true-positive rate", range=[0, 1.01]),
    }
    yield Plot("ROC, area under it", traces, layout, height=460)
    header = ("", "AUC", *(f"true positives at {100 * rate:g} % false" for rate in _RATES))
    yield Table("Working points", header, rows)
    if len(rows) > _MOST_CURVES:
        yield Note(f"The curves of the first {_MOST_CURVES} of {len(rows)} are drawn.")
    if samples.target.kind == "classes":
        yield Note("Each class against the rest, ordered by the softmax of its score.")


def _reached(false: Array, true: Array, rate: float) -> str:
    return percent(float(true[false <= rate].max()))


def _thinned(false: Array) -> Array:
    """Places of some points, the first and last among them."""
    places = np.linspace(0, len(false) - 1, min(_MOST_POINTS, len(false)))
    return np.unique(places.round().astype(np.int64))


PART = Part("roc", "ROC curves", 50, _make)
