"""What scores should say, for each kind of target."""

from dataclasses import replace

import numpy as np
import pytest
from reference.small_samples import TARGETS, mixed_samples

from logicjsc.core.errors import ConfigError, DataError
from logicjsc.dataset.metrics import measure
from logicjsc.dataset.schema import Target
from logicjsc.methods.prune.config import ScheduleConfig
from logicjsc.methods.prune.goal import Goal
from logicjsc.methods.prune.native.library import padded_outputs

KINDS = tuple(TARGETS)
PLAIN = ScheduleConfig()


@pytest.mark.parametrize(
    ("kind", "loss", "end"),
    [
        ("classes", "softmax", "argmax"),
        ("binary", "logistic", "thresholds"),
        ("labels", "logistic", "thresholds"),
        ("value", "squared", "nothing"),
    ],
)
def test_each_kind_has_its_loss_and_its_end(kind, loss, end):
    goal = Goal.of(mixed_samples(kind, 300), PLAIN)
    assert (goal.loss, goal.end) == (loss, end)


def test_values_are_learned_in_standard_deviations_and_given_in_their_units():
    samples = mixed_samples("value", 300)
    goal = Goal.of(samples, PLAIN)
    coded = goal.coded(np.zeros((300, 1), np.uint8), samples)
    assert coded.wanted.shape == (300, 8)
    assert coded.wanted[:, :2].mean(axis=0) == pytest.approx([0, 0], abs=1e-5)
    assert coded.wanted[:, :2].std(axis=0) == pytest.approx([1, 1], rel=1e-4)
    assert not coded.wanted[:, 2:].any()
    steps = coded.wanted[:, :2] / goal.step
    np.testing.assert_allclose(goal.scores(steps), samples.targets, rtol=1e-5, atol=1e-4)
    assert goal.figure(steps, samples) == pytest.approx(1)
    assert goal.figure(0 * steps, samples) == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("kind", ["classes", "binary", "labels"])
def test_figures_are_the_accuracies_of_the_metrics(kind):
    samples = mixed_samples(kind, 300)
    goal = Goal.of(samples, PLAIN)
    rng = np.random.default_rng(0)
    steps = np.rint(8 * (samples.outcomes + rng.normal(0, 1, samples.outcomes.shape)))
    thresholds = goal.thresholds(steps, samples, 0.0)
    assert len(thresholds) == (0 if kind == "classes" else samples.target.outputs)
    found = measure(goal.scores(steps), samples, np.array(thresholds) if thresholds else None)
    assert goal.figure(steps, samples) == pytest.approx(found.accuracy)
    assert found.accuracy > found.chance


def test_a_threshold_may_be_chosen_by_the_false_positive_rate():
    samples = mixed_samples("binary", 500)
    goal = Goal.of(samples, PLAIN)
    steps = 9 * samples.outcomes + np.random.default_rng(0).normal(0, 9, (500, 1))
    (threshold,) = goal.thresholds(steps, samples, 0.05)
    found = measure(goal.scores(steps), samples, np.array([threshold]))
    assert 0.03 < found.false_positive_rate <= 0.05


@pytest.mark.parametrize("kind", ["classes", "binary"])
@pytest.mark.parametrize("weighted", [False, True])
def test_balanced_classes_weigh_the_same_together(kind, weighted):
    samples = mixed_samples(kind, 400, weighted=weighted)
    assert weighted or Goal.of(samples, PLAIN).weights(samples) is None
    weights = Goal.of(samples, replace(PLAIN, class_weights="balanced")).weights(samples)
    total = np.bincount(samples.targets, weights)
    assert total == pytest.approx(total.mean(), rel=1e-4)
    assert weights.mean() == pytest.approx(1, rel=1e-5)
    if weighted:
        inside = samples.targets == 0
        ratio = weights[inside] / np.where(samples.weights[inside] > 0, samples.weights[inside], 1)
        assert np.ptp(ratio[samples.weights[inside] > 0]) < 1e-3 * ratio.max()


def test_weights_of_samples_count():
    samples = mixed_samples("value", 200, weighted=True)
    found = Goal.of(samples, PLAIN).weights(samples)
    np.testing.assert_allclose(found, samples.weights / samples.weights.mean(), rtol=1e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_codes_are_judged_by_few_classes_that_tell_the_target(kind):
    samples = mixed_samples(kind, 600)
    goal = Goal.of(samples, PLAIN)
    told = goal.told(samples)
    assert told.shape == (600,)
    assert told.min() >= 0
    assert 2 <= told.max() + 1 <= 64
    if kind in {"classes", "binary"}:
        assert (told == samples.targets).all()
    if kind == "labels":  # sixteen combinations, each a class
        assert len(np.unique(np.column_stack([told, samples.targets]), axis=0)) == told.max() + 1
    if kind == "value":  # eight parts of each of two values
        assert told.max() == 63
        counts = np.bincount(told // 8)
        assert np.ptp(counts) <= 1
    lesson = goal.lesson(samples)
    assert lesson.wanted.shape == (600, samples.target.outputs)


def test_sharper_targets_are_powers_that_add_up_to_one():
    goal = Goal(TARGETS["classes"], 0.125, np.zeros(3), np.ones(3))
    targets = padded_outputs(np.array([[0.5, 0.4, 0.1], [0.2, 0.2, 0.6]]))
    found = goal.sharpened(targets, 2.0)
    assert found.dtype == np.float32
    assert found.shape == (2, 8)
    assert found[0, :3] == pytest.approx([25 / 42, 16 / 42, 1 / 42])
    assert found[1, :3] == pytest.approx([4 / 44, 4 / 44, 36 / 44])
    assert not found[:, 3:].any()
    assert goal.sharpened(targets, 1.0) == pytest.approx(targets)
    yes = replace(goal, target=TARGETS["binary"])
    assert yes.sharpened(np.array([[0.8, 0]], np.float32), 2.0)[0] == pytest.approx([16 / 17, 0])
    value = replace(goal, target=TARGETS["value"])
    assert value.sharpened(targets, 2.0) is targets


@pytest.mark.parametrize(
    ("kind", "settings", "message"),
    [
        (
            "value",
            {"label_smoothing": 0.1},
            r"label_smoothing = 0.1 is for classes and labels, not",
        ),
        ("value", {"final_sharpness": 2.0}, r"final_sharpness = 2 is for probabilities, not for a"),
        (
            "labels",
            {"class_weights": "balanced"},
            r"class_weights = 'balanced' is for classes, not",
        ),
        (
            "classes",
            {"huber": 1.0},
            r"prune.huber = 1 is for values, not for a .*'classes'; set it",
        ),
        ("labels", {"false_positive_rate": 0.1}, r"false_positive_rate = 0.1 is for a binary tar"),
    ],
)
def test_settings_that_mean_nothing_to_the_target_are_refused(kind, settings, message):
    with pytest.raises(ConfigError, match=message):
        Goal.of(mixed_samples(kind, 100), replace(PLAIN, **settings))


def test_a_class_without_a_training_sample_is_named():
    samples = mixed_samples("classes", 100)
    target = Target("classes", ("red", "green", "blue", "grey"), "colour")
    empty = replace(samples, schema=replace(samples.schema, target=target))
    with pytest.raises(DataError, match=r"mixed: no training sample is of class 'grey', so it"):
        Goal.of(empty, PLAIN)
