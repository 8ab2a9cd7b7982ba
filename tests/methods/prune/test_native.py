"""The compiled look at samples against a loop over numbers, and against differences of the loss."""

from dataclasses import replace

import numpy as np
import pytest
from reference.naive_prune import (
    CODES,
    naive_classes,
    naive_look,
    naive_scores,
    random_contents,
)

from logicjsc.methods.prune.native.library import CodedSamples, Contents, look, padded_outputs
from logicjsc.methods.prune.state import code_slopes

LAYERS = ("first", "offset", "second", "bias", "direct")


def problem(hidden, *, columns=3, outputs=5, samples=60, seed=0, loss="softmax", direct=False):
    """Contents, and samples."""
    rng = np.random.default_rng(seed)
    contents = random_contents(rng, columns, hidden, outputs, direct=direct)
    codes = rng.integers(0, CODES, (samples, columns)).astype(np.uint8)
    if loss == "softmax":
        wanted = rng.integers(0, outputs, samples).astype(np.uint8)
    elif loss == "logistic":
        wanted = rng.integers(0, 2, (samples, outputs)).astype(np.float32)
    else:
        wanted = rng.normal(0, 2, (samples, outputs)).astype(np.float32)
    return contents, CodedSamples(codes, wanted)


def taken(samples, rows):
    """Some samples, as often as they are named."""
    targets = None if samples.targets is None else samples.targets[rows]
    weights = None if samples.weights is None else samples.weights[rows]
    return CodedSamples(samples.codes[rows], samples.wanted[rows], targets, weights)


def assert_close(found: Contents, expected: Contents):
    for name in LAYERS:
        mine, right = getattr(found, name), getattr(expected, name)
        assert mine.shape == right.shape
        scale = abs(right).max(initial=0)
        np.testing.assert_allclose(mine, right, rtol=2e-4, atol=2e-6 + 1e-5 * scale)


def assert_equal(contents, samples, *, rows=None, grain=0.0, **settings):
    """Everything that a look gives, against the loop."""
    settings = {"step": 0.03, "slope": code_slopes(contents.second), "grain": grain, **settings}
    found = look(contents, samples, chosen=rows, squares=True, scores=True, **settings)
    seen = samples if rows is None else taken(samples, rows)
    expected = naive_look(contents, seen, **settings)
    assert found.loss == pytest.approx(expected.loss, rel=2e-5, abs=1e-7)
    assert_close(found.gradients, expected.gradients)
    assert_close(found.squares, expected.squares)
    assert not found.squares.offset.any()
    assert found.scores.tolist() == naive_scores(contents, seen.codes, grain)
    return found


# Hidden neurons are padded to multiples of 16.
@pytest.mark.parametrize("hidden", [1, 16, 17, 20, 64, 65, 128])
@pytest.mark.parametrize(
    "options", [{}, {"smoothing": 0.1, "penalty": 0.02}, {"smoothing": 0.3}, {"penalty": 0.5}]
)
def test_losses_gradients_squares_and_scores_are_those_of_a_loop(hidden, options):
    contents, samples = problem(hidden, seed=hidden, samples=40)
    found = assert_equal(contents, samples, **options)
    codes = samples.codes
    sums = contents.offset + sum(contents.first[c, codes[:, c]] for c in range(codes.shape[1]))
    # Both ends are left, and wrapped around.
    assert (sums < 0).any()
    assert (sums >= CODES).any()
    assert found.scores.argmax(axis=1).tolist() == naive_classes(contents, codes)


@pytest.mark.parametrize("loss", ["softmax", "logistic", "squared"])
@pytest.mark.parametrize(("outputs", "direct"), [(1, True), (2, False), (3, True), (20, True)])
@pytest.mark.parametrize("weighted", [False, True])
def test_every_loss_with_tables_to_scores_weights_and_rounded_scores(
    loss, outputs, direct, weighted
):
    contents, samples = problem(5, outputs=outputs, loss=loss, direct=direct, samples=50)
    rng = np.random.default_rng(2)
    if weighted:
        samples.weights = rng.uniform(0, 3, 50).astype(np.float32)
    rows = rng.integers(0, 50, 30).astype(np.int32)
    assert_equal(contents, samples, loss=loss, penalty=0.1)
    assert_equal(contents, samples, loss=loss, rows=rows, grain=4.0)
    if loss == "logistic":
        assert_equal(contents, samples, loss=loss, smoothing=0.2)
    if loss == "squared":
        found = assert_equal(contents, samples, loss=loss, huber=0.5, rows=rows)
        plain = look(contents, samples, loss=loss, step=0.03, chosen=rows)
        assert found.loss < plain.loss


@pytest.mark.parametrize("smoothing", [0.0, 0.2])
def test_gradients_lead_to_targets_in_the_place_of_labels(smoothing):
    contents, samples = problem(20)
    rng = np.random.default_rng(1)
    targets = padded_outputs(rng.dirichlet(np.ones(5), len(samples)))
    assert targets.shape == (len(samples), 8)
    assert not targets[:, 5:].any()
    taught = replace(samples, targets=targets)
    rows = np.array([3, 3, 59, 0, 17], np.int32)
    found = assert_equal(contents, taught, rows=rows, step=0.1, smoothing=smoothing)
    # The loss is that of the labels.
    assert found.loss == look(contents, samples, chosen=rows, step=0.1).loss
    certain = replace(samples, targets=padded_outputs(np.eye(5)[samples.wanted]))
    settings = {"step": 0.1, "slope": code_slopes(contents.second), "smoothing": smoothing}
    assert_close(
        look(contents, certain, **settings).gradients,
        look(contents, samples, **settings).gradients,
    )


@pytest.mark.parametrize("loss", ["logistic", "squared"])
def test_other_losses_have_targets_as_well(loss):
    contents, samples = problem(4, outputs=3, loss=loss)
    others = np.random.default_rng(5).uniform(0, 1, (60, 3)).astype(np.float32)
    taught = replace(samples, targets=padded_outputs(others))
    found = assert_equal(contents, taught, loss=loss)
    assert found.loss == look(contents, samples, loss=loss, step=0.03).loss


@pytest.mark.parametrize("outputs", [1, 2, 8, 9, 16, 17, 64])
@pytest.mark.parametrize("direct", [False, True])
def test_any_number_of_classes_up_to_sixty_four(outputs, direct):
    contents, samples = problem(6, outputs=outputs, samples=30, direct=direct)
    assert_equal(contents, samples, step=0.1)


def test_chosen_samples_are_looked_at_as_often_as_they_are_named():
    contents, samples = problem(5)
    assert_equal(contents, samples, rows=np.array([3, 3, 59, 0, 17], np.int32), penalty=0.1)


def test_without_slopes_there_are_no_gradients():
    contents, samples = problem(5)
    found = look(contents, samples, step=0.1)
    assert found.gradients is found.squares is found.scores is None
    slope = np.zeros_like(contents.second)
    assert found.loss == look(contents, samples, step=0.1, slope=slope).loss


@pytest.mark.parametrize("name", ["second", "bias", "direct"])
@pytest.mark.parametrize("loss", ["softmax", "logistic", "squared"])
def test_gradients_of_scores_are_differences_of_the_loss(name, loss):
    contents, samples = problem(4, samples=200, loss=loss, direct=True)
    step = 0.02
    slope = code_slopes(contents.second)
    found = look(contents, samples, step=step, loss=loss, slope=slope).gradients
    rng = np.random.default_rng(1)
    for _ in range(20):
        direction = rng.normal(size=getattr(contents, name).shape).astype(np.float32)
        losses = [
            look(
                replace(contents, **{name: getattr(contents, name) + sign * direction / 16}),
                samples,
                step=step,
                loss=loss,
            ).loss
            for sign in (1, -1)
        ]
        expected = float((getattr(found, name) * direction).sum())
        assert (losses[0] - losses[1]) * 8 == pytest.approx(expected, rel=0.01, abs=2e-4)


def test_more_hidden_neurons_or_outputs_than_there_is_room_for_are_refused():
    contents, samples = problem(129)
    with pytest.raises(ValueError, match="129 hidden neurons, 5 outputs: at most 128 and 64"):
        look(contents, samples, step=0.1)
    contents, samples = problem(4, outputs=65)
    with pytest.raises(ValueError, match="4 hidden neurons, 65 outputs: at most 128 and 64"):
        look(contents, samples, step=0.1)
