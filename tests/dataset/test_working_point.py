"""False-positive rates that can be had and those that cannot, and errors within a core."""

from __future__ import annotations

import json
import math
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reference.scored_samples import (
    binary_of,
    labels_of,
    samples_of,
    scores_and_answers,
    scores_and_values,
    values_of,
)

from logicjsc.core.errors import ConfigError, DataError
from logicjsc.dataset.confidence import wilson_interval
from logicjsc.dataset.metrics import (
    Metrics,
    choose_thresholds,
    measure,
)
from logicjsc.dataset.samples import Samples
from logicjsc.dataset.schema import Schema, Target
from logicjsc.dataset.working_point import check_rate, refuse_unreached


@given(scores_and_answers, st.sampled_from([0.01, 0.1, 0.5, 0.9]))
def test_a_rate_is_refused_just_where_only_a_threshold_above_all_keeps_it(case, rate):
    scores, answers = case
    samples = binary_of(answers)
    (chosen,) = choose_thresholds(scores, samples, rate)
    affirms = any(
        score >= chosen for score, truth in zip(scores[:, 0], answers, strict=True) if truth
    )
    mixed = 0 < sum(answers.tolist()) < len(answers)
    if affirms or not mixed:
        refuse_unreached(scores, samples, rate, "training.rate")
        return
    with pytest.raises(ConfigError, match="reached by no threshold that affirms") as caught:
        refuse_unreached(scores, samples, rate, "training.rate")
    least = float(re.search(r"ask for at least (\S+),", str(caught.value))[1])
    refuse_unreached(scores, samples, least, "training.rate")


def test_a_rate_that_no_threshold_reaches_is_told_with_one_that_is():
    scores = np.array([[3.0], [3.0], [1.0], [0.0], [2.0]], np.float32)
    message = (
        "training.rate = 0.1 is reached by no threshold that affirms anything: 1 of the 3 "
        "validation samples of here that are not 'yes' score as high as the highest of those "
        "that are; ask for at least 0.3334, or train a better network"
    )
    with pytest.raises(ConfigError) as caught:
        refuse_unreached(scores, binary_of([1, 0, 0, 0, 1]), 0.1, "training.rate")
    assert str(caught.value) == message
    refuse_unreached(scores, binary_of([1, 0, 0, 0, 1]), 0.0, "training.rate")
    labels = labels_of([[1, 1], [0, 1], [0, 0]])
    both = np.array([[2.0, 0.0], [1.0, 1.0], [0.0, 2.0]], np.float32)
    with pytest.raises(ConfigError, match="1 of the 1 validation samples of here that are not 'co"):
        refuse_unreached(both, labels, 0.5, "training.rate")


def test_a_rate_is_for_what_has_a_threshold():
    for samples in (samples_of([0, 1, 2]), values_of([[0.0, 1.0]])):
        check_rate(0.0, samples.target, "training.rate")
        with pytest.raises(
            ConfigError, match=r"training\.rate = 0.1 is for binary targets and lab"
        ):
            check_rate(0.1, samples.target, "training.rate")
    check_rate(0.1, binary_of([0, 1]).target, "training.rate")
    check_rate(0.1, labels_of([[0, 1]]).target, "training.rate")


@given(scores_and_answers)
def test_rates_have_the_intervals_of_their_own_samples(case):
    scores, answers = case
    metrics = measure(scores, binary_of(answers))
    for name, truth in (("false_positive_rate", 0), ("true_positive_rate", 1)):
        count = int((answers == truth).sum())
        if not count:
            assert name not in metrics.intervals
            continue
        chosen = int((scores[answers == truth, 0] >= 0).sum())
        assert metrics.intervals[name] == wilson_interval(chosen, count)
    right = round(metrics.accuracy * len(answers))
    assert metrics.intervals["accuracy"] == wilson_interval(right, len(answers))
    assert Metrics.from_dict(json.loads(json.dumps(metrics.to_dict()))).intervals == (
        metrics.intervals
    )


@given(scores_and_values, st.sampled_from([0.1, 0.5, 1.0, 10.0]))
def test_a_core_is_the_samples_whose_error_is_small(case, core):
    scores, values = case
    target = Target("value", ("price", "mass"), core=core)
    samples = Samples(
        np.zeros((len(values), 1), np.float32), values, Schema.numbers(("x",), target), "here"
    )
    metrics = measure(scores, samples)
    plain = measure(scores, values_of(values))
    assert (plain.core, plain.core_rmse, plain.core_fraction) == (None, {}, {})
    assert metrics.core == core
    assert metrics.rmse == plain.rmse
    for place, name in enumerate(target.names):
        errors = [
            float(score) - float(value)
            for score, value in zip(scores[:, place], values[:, place], strict=True)
        ]
        inside = [error for error in errors if abs(error) <= core]
        assert metrics.core_fraction[name] == pytest.approx(len(inside) / len(errors))
        if not inside:
            assert math.isnan(metrics.core_rmse[name])
            assert metrics.to_dict()["core_rmse"][name] is None
            continue
        wanted = math.sqrt(sum(error**2 for error in inside) / len(inside))
        assert metrics.core_rmse[name] == pytest.approx(wanted)
    again = Metrics.from_dict(json.loads(json.dumps(metrics.to_dict())))
    assert again.to_dict() == metrics.to_dict()


def test_a_core_belongs_to_values():
    message = "a core of 2 .data.core. is for values, and the target is of kind 'binary'; set it to"
    with pytest.raises(DataError, match=message):
        Target("binary", ("no", "yes"), core=2.0)
    target = Target("value", ("price",), core=2.0)
    assert Target.from_dict(json.loads(json.dumps(target.to_dict()))) == target
    assert "core" not in Target("value", ("price",)).to_dict()
