"""Accuracy, cross-entropy and AUC against loops that anyone can check."""

import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from logicjsc.dataset.metrics import loss_and_accuracy, score_metrics

CLASSES = ("a", "b", "c")

# Few distinct values, so that ties are common.
scores_and_labels = st.integers(1, 40).flatmap(
    lambda samples: st.tuples(
        arrays(np.float32, (samples, 3), elements=st.sampled_from([-2.0, -0.5, 0.0, 0.25, 3.0])),
        arrays(np.uint8, samples, elements=st.integers(0, 2)),
    )
)


def naive_probabilities(row):
    total = math.fsum(math.exp(float(score)) for score in row)
    return [math.exp(float(score)) / total for score in row]


def naive_loss(scores, labels):
    losses = [
        -math.log(naive_probabilities(row)[label])
        for row, label in zip(scores, labels, strict=True)
    ]
    return math.fsum(losses) / len(losses)


def naive_accuracy(scores, labels):
    right = 0
    for row, label in zip(scores.tolist(), labels.tolist(), strict=True):
        winner = 0
        for index, score in enumerate(row):
            if score > row[winner]:
                winner = index
        right += winner == label
    return right / len(labels)


def naive_auc(scores, labels, index):
    """Part of the pairs (of the class, not of it) that are in order; ties count half."""
    inside = [naive_probabilities(row)[index] for row in scores[labels == index]]
    outside = [naive_probabilities(row)[index] for row in scores[labels != index]]
    if not (inside and outside):
        return None
    won = sum(
        1.0 if ours > theirs else 0.5 if ours == theirs else 0.0
        for ours in inside
        for theirs in outside
    )
    return won / (len(inside) * len(outside))


@given(scores_and_labels)
@settings(deadline=None)  # the first call imports scikit-learn
def test_every_figure_equals_a_naive_loop(case):
    scores, labels = case
    metrics = score_metrics(scores, labels, CLASSES)
    assert metrics.samples == len(labels)
    assert metrics.loss == pytest.approx(naive_loss(scores, labels), rel=1e-12)
    assert metrics.accuracy == pytest.approx(naive_accuracy(scores, labels), abs=1e-15)
    assert loss_and_accuracy(scores, labels) == (metrics.loss, metrics.accuracy)


@given(
    arrays(np.float32, (25, 2), elements=st.sampled_from([-1.0, 0.0, 0.5])),
    arrays(np.uint8, 25, elements=st.integers(0, 1)),
)
@settings(deadline=None)
def test_auc_is_the_part_of_ordered_pairs_and_ties_count_half(scores, labels):
    # Two classes: probabilities follow the scores' difference, which is exact here.
    probabilities = scores[:, 0] - scores[:, 1]
    inside, outside = probabilities[labels == 0], probabilities[labels != 0]
    area = score_metrics(scores, labels, ("a", "b")).to_dict()["auc"]["a"]
    if not (inside.size and outside.size):
        assert area is None
        return
    difference = inside[:, None] - outside[None, :]
    expected = ((difference > 0).sum() + 0.5 * (difference == 0).sum()) / difference.size
    assert area == pytest.approx(expected, abs=1e-12)


def test_auc_of_three_classes_equals_a_pairwise_count():
    rng = np.random.default_rng(1)
    labels = rng.integers(0, 3, 150)
    scores = rng.normal(size=(150, 3)) + np.eye(3)[labels]
    scores[100:] = scores[:50]
    areas = score_metrics(scores, labels, CLASSES).auc
    for index, name in enumerate(CLASSES):
        assert areas[name] == pytest.approx(naive_auc(scores, labels, index), abs=1e-12)
        assert 0.6 < areas[name] < 1


def test_the_area_of_an_absent_class_or_of_a_lonely_one_is_null_in_json():
    scores = np.array([[1.0, 0.0, 0.5], [0.0, 2.0, 0.5]])
    absent = score_metrics(scores, np.array([0, 1]), CLASSES)
    assert math.isnan(absent.auc["c"])
    assert absent.to_dict()["auc"] == {"a": 1.0, "b": 1.0, "c": None}
    lonely = score_metrics(scores, np.array([1, 1]), CLASSES).to_dict()
    assert lonely["auc"] == {"a": None, "b": None, "c": None}
    # Strict JSON has no NaN.
    assert json.loads(json.dumps(lonely, allow_nan=False))["samples"] == 2


def test_the_lowest_class_wins_a_tie():
    scores = np.array([[0.5, 0.5, 0.5], [0.0, 2.0, 2.0], [1.0, 0.0, 1.0]])
    for labels, accuracy in (([0, 1, 0], 1.0), ([1, 2, 2], 0.0), ([0, 2, 0], 2 / 3)):
        assert loss_and_accuracy(scores, np.array(labels))[1] == accuracy


def test_scores_far_apart_neither_overflow_nor_vanish():
    scores = np.array([[3000.0, -3000.0], [3000.0, -3000.0]], np.float32)
    loss, accuracy = loss_and_accuracy(scores, np.array([0, 1]))
    assert loss == 3000.0
    assert accuracy == 0.5
