"""Which features matter: to the decisions, and to the LUTs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from logicjsc.core.errors import LogicjscError
from logicjsc.dataset.metrics import Metrics, measure
from logicjsc.dataset.samples import Array, Samples
from logicjsc.explore.report.elements import Element, Note, Plot, Table
from logicjsc.explore.report.figures import axis, bars
from logicjsc.explore.report.lut_use import LutUse, lut_use
from logicjsc.explore.report.part import Part
from logicjsc.explore.report.subject import Subject
from logicjsc.netlist import Netlist, evaluate
from logicjsc.netlist.passes import live_signals
from logicjsc.netlist.scoring import check_target, ends_of, scores_of

_SHUFFLES: Final = 3
_MOST_SAMPLES: Final = 5000
_MOST_CODES: Final = 2_000_000
"""Features times samples of one shuffle, about."""

_SHOWN: Final = 40


def _make(subject: Subject) -> Iterator[Element]:
    try:
        yield from _of_decisions(subject)
    except LogicjscError as error:
        yield Note(f"Missing: {error}", missing=True)
    yield from _of_luts(lut_use(subject.netlist, subject.mapped))


def _of_decisions(subject: Subject) -> Iterator[Element]:
    samples, worth = importances(subject.netlist, subject.samples)
    means, deviations = worth.mean(axis=0), worth.std(axis=0)
    order = np.argsort(-means, kind="stable")[:_SHOWN]
    names = [subject.samples.feature_names[place] for place in order]
    of_values = subject.samples.target.kind == "value"
    what = "rise of the loss" if of_values else "loss of accuracy"
    trace = bars("importance", names, means[order])
    trace["error_x"] = {"type": "data", "array": deviations[order].tolist()}
    yield _plot("Permutation importance", trace, what, len(names))
    yield Note(
        f"{what.capitalize()} when a feature is shuffled among {samples:,} samples, the mean of "
        f"{_SHUFFLES} times and its standard deviation; 0 of features that are not read."
    )
    yield from _left_out(len(means))


def importances(netlist: Netlist, samples: Samples) -> tuple[int, Array]:
    """How much worse a netlist gets when a feature is shuffled among samples.

    Scikit-learn has the same for estimators; here, features that the netlist does not read, of
    which there may be hundreds, cost nothing.

    Returns:
        How many samples were looked at, the first ones, and by how much accuracy falls, of values
        the loss rises, float64 ``[shuffles, features]``.

    Raises:
        NetlistError: the netlist has no encoder or decoder.
        DataError: the samples are of other features or another target.
    """
    encoder, decoder = ends_of(netlist)
    check_target(netlist, samples)
    count = min(len(samples), _MOST_SAMPLES, max(500, _MOST_CODES // len(encoder.feature_names)))
    few = samples.take(np.arange(count), samples.part)
    thresholds = np.array(decoder.thresholds) if decoder.thresholds else None
    before = _badness(measure(scores_of(netlist, few), few, thresholds))
    codes = encoder.encode(few.features)
    read = live_signals(netlist)[: netlist.inputs]
    worth = np.zeros((_SHUFFLES, len(encoder.feature_names)))
    rng = np.random.default_rng(0)
    for shuffle in range(_SHUFFLES):
        order = rng.permutation(count)
        for feature in np.unique(encoder.features[read]):
            moved = codes.copy()
            own = encoder.features == feature
            moved[:, own] = codes[order][:, own]
            scores = decoder.decode(evaluate(netlist, moved))
            worth[shuffle, feature] = _badness(measure(scores, few, thresholds)) - before
    return count, worth


def _badness(metrics: Metrics) -> float:
    return metrics.loss if metrics.accuracy is None else 1.0 - metrics.accuracy


def _of_luts(use: LutUse) -> Iterator[Element]:
    order = np.argsort(-np.array(use.shares), kind="stable")[:_SHOWN]
    names = [use.names[place] for place in order]
    shares = [use.shares[place] for place in order]
    yield _plot("LUTs spent on each feature", bars("LUTs", names, shares), "LUTs", len(names))
    yield Note(
        f"Each of the {use.luts:,} LUTs is divided evenly among the features that it depends on, "
        f"directly or through other LUTs; LUTs of an encoder are not counted."
    )
    rows = [[use.names[place], f"{use.shares[place]:.2f}", use.depending[place]] for place in order]
    yield Table("LUTs by feature", ("feature", "LUTs, shared out", "LUTs that depend on it"), rows)
    yield from _left_out(len(use.names))


def _plot(title: str, trace: dict[str, object], what: str, count: int) -> Plot:
    layout = {
        "xaxis": axis(what),
        "yaxis": axis("", type="category", autorange="reversed"),
        "showlegend": False,
    }
    return Plot(title, [trace], layout, height=120 + 18 * count, small=True)


def _left_out(count: int) -> Iterator[Element]:
    if count > _SHOWN:
        yield Note(f"The highest {_SHOWN} of {count:,} features are shown.")


PART = Part("importance", "Which features matter", 70, _make)
