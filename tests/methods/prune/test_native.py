"""The compiled look at samples against a loop over numbers, and against differences of the loss."""

from dataclasses import replace

import numpy as np
import pytest
from reference.naive_prune import CODES, naive_classes, naive_look, random_contents

from logicjsc.methods.prune.native.library import Contents, look, padded_targets
from logicjsc.methods.prune.state import code_slopes


def problem(hidden, *, columns=3, classes=5, samples=60, seed=0):
    """Contents, codes and labels."""
    rng = np.random.default_rng(seed)
    contents = random_contents(rng, columns, hidden, classes)
    codes = rng.integers(0, CODES, (samples, columns)).astype(np.uint8)
    return contents, codes, rng.integers(0, classes, samples).astype(np.uint8)


def assert_close(found: Contents, expected: Contents):
    for name in ("first", "offset", "second", "bias"):
        mine, right = getattr(found, name), getattr(expected, name)
        assert mine.shape == right.shape
        np.testing.assert_allclose(mine, right, rtol=2e-4, atol=2e-6 + 1e-5 * abs(right).max())


# Hidden neurons are padded to multiples of 16.
@pytest.mark.parametrize("hidden", [1, 16, 17, 20, 64])
@pytest.mark.parametrize(
    "options", [{}, {"smoothing": 0.1, "penalty": 0.02}, {"smoothing": 0.3}, {"penalty": 0.5}]
)
def test_losses_gradients_squares_and_classes_are_those_of_a_loop(hidden, options):
    contents, codes, labels = problem(hidden, seed=hidden, samples=40)
    slope = code_slopes(contents.second)
    settings = {"step": 0.03, "slope": slope, **options}
    found = look(contents, codes, labels, squares=True, classes=True, **settings)
    expected = naive_look(contents, codes, labels, **settings)
    sums = contents.offset + sum(contents.first[c, codes[:, c]] for c in range(codes.shape[1]))
    # Both ends are left, and wrapped around.
    assert (sums < 0).any()
    assert (sums >= CODES).any()
    assert found.loss == pytest.approx(expected.loss, rel=1e-5)
    assert_close(found.gradients, expected.gradients)
    assert_close(found.squares, expected.squares)
    assert found.classes.tolist() == expected.classes.tolist()


@pytest.mark.parametrize("smoothing", [0.0, 0.2])
def test_gradients_lead_to_targets_in_the_place_of_labels(smoothing):
    contents, codes, labels = problem(20)
    rng = np.random.default_rng(1)
    targets = padded_targets(rng.dirichlet(np.ones(5), len(labels)))
    assert targets.shape == (len(labels), 8)
    assert not targets[:, 5:].any()
    chosen = np.array([3, 3, 59, 0, 17], np.int32)
    settings = {"step": 0.1, "slope": code_slopes(contents.second), "smoothing": smoothing}
    found = look(contents, codes, labels, targets=targets, chosen=chosen, squares=True, **settings)
    expected = naive_look(
        contents, codes[chosen], labels[chosen], targets=targets[chosen], **settings
    )
    assert_close(found.gradients, expected.gradients)
    assert_close(found.squares, expected.squares)
    # The loss is that of the labels.
    assert found.loss == look(contents, codes, labels, chosen=chosen, step=0.1).loss
    certain = padded_targets(np.eye(5)[labels])
    assert_close(
        look(contents, codes, labels, targets=certain, **settings).gradients,
        look(contents, codes, labels, **settings).gradients,
    )


@pytest.mark.parametrize("classes", [1, 2, 8])
def test_any_number_of_classes_up_to_eight(classes):
    contents, codes, labels = problem(6, classes=classes)
    slope = code_slopes(contents.second)
    found = look(contents, codes, labels, step=0.1, slope=slope, classes=True)
    expected = naive_look(contents, codes, labels, step=0.1, slope=slope)
    assert found.loss == pytest.approx(expected.loss, rel=1e-5, abs=1e-7)
    assert_close(found.gradients, expected.gradients)
    assert found.classes.tolist() == expected.classes.tolist()
    assert found.squares is None


def test_chosen_samples_are_looked_at_as_often_as_they_are_named():
    contents, codes, labels = problem(5)
    chosen = np.array([3, 3, 59, 0, 17], np.int32)
    slope = code_slopes(contents.second)
    settings = {"step": 0.1, "slope": slope, "penalty": 0.1}
    found = look(contents, codes, labels, chosen=chosen, squares=True, classes=True, **settings)
    expected = naive_look(contents, codes[chosen], labels[chosen], **settings)
    assert found.loss == pytest.approx(expected.loss, rel=1e-5)
    assert_close(found.gradients, expected.gradients)
    assert_close(found.squares, expected.squares)
    assert found.classes.tolist() == expected.classes.tolist()


def test_without_slopes_there_are_no_gradients():
    contents, codes, labels = problem(5)
    found = look(contents, codes, labels, step=0.1)
    assert found.gradients is found.squares is found.classes is None
    slope = np.zeros_like(contents.second)
    assert found.loss == look(contents, codes, labels, step=0.1, slope=slope).loss


@pytest.mark.parametrize("name", ["second", "bias"])
def test_gradients_of_scores_are_differences_of_the_loss(name):
    contents, codes, labels = problem(4, samples=200)
    slope = code_slopes(contents.second)
    found = look(contents, codes, labels, step=0.1, slope=slope).gradients
    rng = np.random.default_rng(1)
    for _ in range(20):
        direction = rng.normal(size=getattr(contents, name).shape).astype(np.float32)
        loss = [
            look(
                replace(contents, **{name: getattr(contents, name) + sign * direction / 16}),
                codes,
                labels,
                step=0.1,
            ).loss
            for sign in (1, -1)
        ]
        expected = float((getattr(found, name) * direction).sum())
        assert (loss[0] - loss[1]) * 8 == pytest.approx(expected, rel=0.01, abs=2e-4)


def test_of_equal_scores_the_lowest_class_wins():
    contents, codes, labels = problem(3, classes=4)
    second = contents.second.copy()
    second[:, :, 3] = second[:, :, 1]
    bias = np.array([-500, 2, -500, 2], np.float32)
    tied = replace(contents, second=second, bias=bias)
    found = look(tied, codes, labels, step=0.1, classes=True).classes
    assert set(found.tolist()) == {1}
    assert naive_classes(tied, codes) == found.tolist()


def test_more_hidden_neurons_or_classes_than_there_is_room_for_are_refused():
    contents, codes, labels = problem(65)
    with pytest.raises(ValueError, match="65 hidden neurons, 5 classes: at most 64 and 8"):
        look(contents, codes, labels, step=0.1)
    contents, codes, labels = problem(4, classes=9)
    with pytest.raises(ValueError, match="4 hidden neurons, 9 classes: at most 64 and 8"):
        look(contents, codes, labels, step=0.1)
