"""Every metric against loops that anyone can check."""

import itertools
import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from reference.scored_samples import (
    CLASSES,
    FEW,
    binary_of,
    labels_of,
    samples_of,
    scores_and_answers,
    scores_and_bits,
    scores_and_labels,
    scores_and_values,
    values_of,
)

from logicjsc.core.errors import DataError
from logicjsc.dataset.metrics import (
    Metrics,
    best_accuracy,
    choice_of,
    choose_thresholds,
    decide,
    losses,
    measure,
    rank_of,
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


def naive_logistic_loss(scores, bits):
    losses = [
        -math.log(1 / (1 + math.exp(-score if bit else score)))
        for score, bit in zip(scores.ravel().tolist(), bits.ravel().tolist(), strict=True)
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
    return naive_area(inside, outside)


def naive_area(inside, outside):
    if not (len(inside) and len(outside)):
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
    samples = samples_of(labels)
    metrics = measure(scores, samples)
    assert (metrics.kind, metrics.samples) == ("classes", len(labels))
    assert metrics.loss == pytest.approx(naive_loss(scores, labels), rel=1e-12)
    assert metrics.accuracy == pytest.approx(naive_accuracy(scores, labels), abs=1e-15)
    most = max(labels.tolist().count(label) for label in range(3))
    assert metrics.chance == pytest.approx(most / len(labels))
    assert (metrics.accuracy, -metrics.loss) == rank_of("accuracy", scores, samples)


@given(
    arrays(np.float32, (25, 2), elements=st.sampled_from([-1.0, 0.0, 0.5])),
    arrays(np.uint8, 25, elements=st.integers(0, 1)),
)
@settings(deadline=None)
def test_auc_is_the_part_of_ordered_pairs_and_ties_count_half(scores, labels):
    # Two classes: probabilities follow the scores' difference, which is exact here.
    probabilities = scores[:, 0] - scores[:, 1]
    inside, outside = probabilities[labels == 0], probabilities[labels != 0]
    area = measure(scores, samples_of(labels, names=("a", "b"))).to_dict()["auc"]["a"]
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
    areas = measure(scores, samples_of(labels)).auc
    for index, name in enumerate(CLASSES):
        assert areas[name] == pytest.approx(naive_auc(scores, labels, index), abs=1e-12)
        assert 0.6 < areas[name] < 1


def test_the_area_of_an_absent_class_or_of_a_lonely_one_is_null_in_json():
    scores = np.array([[1.0, 0.0, 0.5], [0.0, 2.0, 0.5]])
    absent = measure(scores, samples_of([0, 1]))
    assert math.isnan(absent.auc["c"])
    assert absent.to_dict()["auc"] == {"a": 1.0, "b": 1.0, "c": None}
    lonely = measure(scores, samples_of([1, 1])).to_dict()
    assert lonely["auc"] == {"a": None, "b": None, "c": None}
    # Strict JSON has no NaN.
    assert json.loads(json.dumps(lonely, allow_nan=False))["samples"] == 2


def test_the_lowest_class_wins_a_tie():
    scores = np.array([[0.5, 0.5, 0.5], [0.0, 2.0, 2.0], [1.0, 0.0, 1.0]])
    for labels, accuracy in (([0, 1, 0], 1.0), ([1, 2, 2], 0.0), ([0, 2, 0], 2 / 3)):
        assert measure(scores, samples_of(labels)).accuracy == accuracy
    assert decide(scores, samples_of([0, 1, 0]).target).tolist() == [0, 1, 0]


def test_scores_far_apart_neither_overflow_nor_vanish():
    scores = np.array([[3000.0, -3000.0], [3000.0, -3000.0]], np.float32)
    metrics = measure(scores, samples_of([0, 1], names=("a", "b")))
    assert metrics.loss == 3000.0
    assert metrics.accuracy == 0.5
    binary = measure(np.array([[6000.0], [-6000.0]]), binary_of([0, 0]))
    assert binary.loss == 3000.0


@given(scores_and_answers, FEW)
@settings(deadline=None)
def test_figures_of_a_binary_target_equal_naive_loops(case, threshold):
    scores, answers = case
    metrics = measure(scores, binary_of(answers), np.array([threshold]))
    said = [score >= threshold for score in scores[:, 0].tolist()]
    right = [one == bool(other) for one, other in zip(said, answers.tolist(), strict=True)]
    assert metrics.kind == "binary"
    assert metrics.accuracy == pytest.approx(sum(right) / len(right))
    assert metrics.loss == pytest.approx(naive_logistic_loss(scores, answers), rel=1e-9)
    assert metrics.threshold == {"yes": threshold}
    assert metrics.chance == pytest.approx(max(answers.mean(), 1 - answers.mean()))
    for rate, truth in ((metrics.false_positive_rate, 0), (metrics.true_positive_rate, 1)):
        among = [yes for yes, answer in zip(said, answers.tolist(), strict=True) if answer == truth]
        assert rate == (pytest.approx(sum(among) / len(among)) if among else None)
    area = naive_area(scores[answers == 1, 0], scores[answers == 0, 0])
    assert metrics.to_dict()["auc"]["yes"] == (None if area is None else pytest.approx(area))
    json.dumps(metrics.to_dict(), allow_nan=False)


@given(scores_and_bits)
@settings(deadline=None)
def test_figures_of_labels_equal_naive_loops(case):
    scores, bits = case
    metrics = measure(scores, labels_of(bits))
    said = scores >= 0
    assert metrics.accuracy == pytest.approx(
        sum(row == other for row, other in zip(said.tolist(), (bits != 0).tolist(), strict=True))
        / len(bits)
    )
    rows = [tuple(row) for row in bits.tolist()]
    assert metrics.chance == pytest.approx(max(map(rows.count, rows)) / len(rows))
    assert metrics.loss == pytest.approx(naive_logistic_loss(scores, bits), rel=1e-9)
    for index, name in enumerate(("wet", "cold")):
        right = (said[:, index] == (bits[:, index] != 0)).mean()
        assert metrics.label_accuracy[name] == pytest.approx(right)
        area = naive_area(scores[bits[:, index] == 1, index], scores[bits[:, index] == 0, index])
        found = metrics.to_dict()["auc"][name]
        assert found == (None if area is None else pytest.approx(area))
    assert metrics.false_positive_rate is None
    assert metrics.threshold == {"wet": 0, "cold": 0}


@given(scores_and_values)
def test_figures_of_values_equal_naive_loops(case):
    scores, values = case
    metrics = measure(scores, values_of(values))
    assert metrics.accuracy is None
    assert metrics.chance is None
    for index, name in enumerate(("price", "mass")):
        wanted = values[:, index].astype(float).tolist()
        errors = [
            score - value for score, value in zip(scores[:, index].tolist(), wanted, strict=True)
        ]
        mean = sum(wanted) / len(wanted)
        square = sum(error**2 for error in errors) / len(errors)
        variance = sum((value - mean) ** 2 for value in wanted) / len(wanted)
        assert metrics.rmse[name] == pytest.approx(math.sqrt(square))
        assert metrics.mae[name] == pytest.approx(sum(map(abs, errors)) / len(errors))
        if variance:
            assert metrics.r2[name] == pytest.approx(1 - square / variance)
    assert metrics.loss == pytest.approx(sum(v**2 for v in metrics.rmse.values()) / 2)
    assert set(metrics.to_dict()) == {"kind", "samples", "loss", "rmse", "mae", "r2"}


def test_perfect_values_explain_everything_and_their_mean_nothing():
    values = np.array([[1.0, 5.0], [2.0, 5.0], [6.0, 5.0]], np.float32)
    perfect = measure(values, values_of(values))
    assert (perfect.loss, perfect.r2) == (0.0, {"price": 1.0, "mass": 1.0})
    mean = np.tile(values.mean(axis=0), (3, 1))
    assert measure(mean, values_of(values)).r2["price"] == pytest.approx(0.0, abs=1e-6)


@pytest.mark.parametrize(
    ("scores", "samples", "message"),
    [
        (np.zeros((3, 2)), samples_of([0, 1, 2]), r"\[3, 2\], .* 3 samples of a target with 3 out"),
        (np.zeros((2, 3)), samples_of([0, 1, 2]), r"\[2, 3\], but here has 3 samples"),
        (np.zeros(3), binary_of([0, 1, 1]), r"\[3\], .* with 1 outputs"),
        (np.zeros((3, 2)), binary_of([0, 1, 1]), r"\[3, 2\], .* with 1 outputs"),
        (np.zeros((3, 1)), values_of(np.ones((3, 2))), r"\[3, 1\], .* with 2 outputs"),
    ],
)
def test_another_number_of_scores_is_refused(scores, samples, message):
    with pytest.raises(DataError, match=f"there are scores of shape {message}"):
        measure(scores, samples)


def test_decisions_have_the_form_of_targets():
    answers = decide(np.array([[-1.0], [0.0], [2.0]]), binary_of([0, 1, 1]).target)
    assert (answers.tolist(), answers.dtype) == ([0, 1, 1], np.uint8)
    raised = decide(np.array([[-1.0], [0.0], [2.0]]), binary_of([0, 1]).target, np.array([1.0]))
    assert raised.tolist() == [0, 0, 1]
    both = decide(
        np.array([[-1.0, 3.0], [0.0, 2.0]]), labels_of([[0, 1], [1, 1]]).target, np.array([0, 3.0])
    )
    assert both.tolist() == [[0, 1], [1, 0]]
    values = np.array([[1.5, 2.5]])
    assert decide(values, values_of(values).target) is values


def every_cut(scores):
    """Thresholds between, below and above all scores."""
    distinct = sorted(set(scores))
    middles = [(low + high) / 2 for low, high in itertools.pairwise(distinct)]
    return [distinct[0] - 1, *middles, distinct[-1] + 1]


@given(scores_and_answers)
@settings(deadline=None)
def test_a_threshold_by_accuracy_is_the_best_of_all_and_of_equals_the_one_nearest_to_0(case):
    scores, answers = case
    samples = binary_of(answers)
    column = scores[:, 0].tolist()

    def accuracy(cut):
        said = [score >= cut for score in column]
        return sum(yes == bool(answer) for yes, answer in zip(said, answers, strict=True))

    (chosen,) = choose_thresholds(scores, samples)
    assert chosen.dtype == np.float32
    cuts = every_cut(column)
    best = max(map(accuracy, cuts))
    assert accuracy(chosen) == best
    assert abs(chosen) == min(abs(cut) for cut in cuts if accuracy(cut) == best)
    assert best_accuracy(scores, samples) == pytest.approx(best / len(answers))


@given(scores_and_answers, st.sampled_from([0.01, 0.1, 0.5, 0.9]))
@settings(deadline=None)
def test_a_threshold_at_a_false_positive_rate_is_the_lowest_that_keeps_it(case, rate):
    scores, answers = case
    column, negative = scores[:, 0].tolist(), (answers == 0).tolist()

    def false_positives(cut):
        return sum(score >= cut for score, counts in zip(column, negative, strict=True) if counts)

    (chosen,) = choose_thresholds(scores, binary_of(answers), rate)
    fits = [cut for cut in every_cut(column) if false_positives(cut) <= rate * sum(negative)]
    assert chosen == min(fits)


def test_neighbours_in_float32_are_still_told_apart_by_a_threshold():
    low = np.float32(1.0)
    high = np.nextafter(low, np.float32(2.0))
    scores = np.array([[low], [high]], np.float32)
    samples = binary_of([0, 1])
    assert best_accuracy(scores, samples) == 1.0
    assert measure(scores, samples, choose_thresholds(scores, samples)).accuracy == 1.0


def test_each_label_has_a_threshold_and_other_kinds_have_none():
    scores = np.array([[1.0, -5.0], [2.0, -4.0], [3.0, -3.0]], np.float32)
    chosen = choose_thresholds(scores, labels_of([[0, 0], [1, 0], [1, 1]]))
    assert chosen.tolist() == [1.5, -3.5]
    assert choose_thresholds(np.zeros((3, 3)), samples_of([0, 1, 2])) is None
    assert choose_thresholds(scores, values_of(np.ones((3, 2)))) is None


@pytest.mark.parametrize(
    ("samples", "suits"),
    [
        (samples_of([0, 1, 2]), {"accuracy", "loss", "auc"}),
        (binary_of([0, 1]), {"accuracy", "loss", "auc"}),
        (labels_of([[0, 1]]), {"accuracy", "loss", "auc"}),
        (values_of([[0.0, 1.0]]), {"loss", "error"}),
    ],
)
def test_what_chooses_suits_the_kind_of_target(samples, suits):
    target = samples.target
    assert choice_of("auto", target) == ("loss" if target.kind == "value" else "accuracy")
    for metric in ("accuracy", "loss", "auc", "error"):
        if metric in suits:
            assert choice_of(metric, target) == metric
            continue
        with pytest.raises(DataError, match=f"kind '{target.kind}' has no '{metric}' to choose by"):
            choice_of(metric, target)


def test_a_better_network_ranks_higher_by_every_metric():
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 3, 200)
    worse = rng.normal(size=(200, 3)) + 0.5 * np.eye(3)[labels]
    better = worse + 3 * np.eye(3)[labels]
    for choice in ("accuracy", "loss", "auc"):
        ours, theirs = (rank_of(choice, scores, samples_of(labels)) for scores in (better, worse))
        assert ours > theirs
        assert ours[1] == -float(losses(better, labels, samples_of(labels).target).mean())
    values = rng.normal(size=(200, 2)).astype(np.float32)
    near, far = values + 0.1, values + np.float32(0.3)
    for choice in ("loss", "error"):
        assert rank_of(choice, near, values_of(values)) > rank_of(choice, far, values_of(values))
    assert rank_of("error", near, values_of(values))[0] == pytest.approx(-0.1, rel=1e-5)


def test_of_300_classes_every_one_can_win():
    names = tuple(map(str, range(300)))
    scores = np.eye(300, dtype=np.float32)
    metrics = measure(scores, samples_of(np.arange(300), names=names))
    assert metrics.accuracy == 1.0
    assert metrics.auc == dict.fromkeys(names, 1.0)
    shifted = measure(scores, samples_of(np.roll(np.arange(300), 1), names=names))
    assert shifted.accuracy == 0.0


def test_json_holds_what_the_kind_of_target_has_and_nothing_else():
    binary = measure(np.array([[1.0], [-1.0]]), binary_of([1, 0])).to_dict()
    assert set(binary) == {
        *("kind", "samples", "loss", "accuracy", "chance", "auc", "threshold"),
        *("false_positive_rate", "true_positive_rate", "intervals"),
    }
    assert binary["false_positive_rate"] == 0.0
    assert Metrics.from_dict(binary) == measure(np.array([[1.0], [-1.0]]), binary_of([1, 0]))
