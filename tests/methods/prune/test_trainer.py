"""Steps of Adam against one number at a time, and what is kept when a network shrinks."""

import math
from dataclasses import replace

import numpy as np
import pytest
from reference.naive_prune import CODES, random_state

from logicjsc.core.errors import TrainingError
from logicjsc.methods.prune.config import ScheduleConfig
from logicjsc.methods.prune.native.library import CodedSamples, padded_outputs
from logicjsc.methods.prune.trainer import Moments, Trainer, _shrink, warmup_steps

SMALL = ScheduleConfig(batch_size=64, judged_samples=1000)


def trainer(seed=0, *, config=SMALL, loss="softmax", **shape):
    """A random network, and samples whose class their first code tells."""
    rng = np.random.default_rng(seed)
    state = random_state(rng, **{"columns": 4, "classes": 2, "density": 1.0, **shape})
    limits = [1 << column.width for column in state.columns]
    codes = (rng.integers(0, CODES, (500, len(limits))) % limits).astype(np.uint8)
    classes = (codes[:, 0] >= limits[0] // 2).astype(np.uint8)
    wanted = classes if loss == "softmax" else np.eye(2, dtype=np.float32)[classes]
    return Trainer(state, CodedSamples(codes, wanted), config, loss)


def test_steps_are_those_of_adam():
    rng = np.random.default_rng(0)
    parameters = [rng.normal(size=3).astype(np.float32)]
    expected, mean, square = parameters[0].astype(float).tolist(), [0.0] * 3, [0.0] * 3
    moments = Moments.of(parameters)
    for step in range(1, 6):
        gradient = rng.normal(size=3).astype(np.float32)
        moments.move(parameters, [gradient], 0.1)
        for place, slope in enumerate(gradient.tolist()):
            mean[place] = 0.9 * mean[place] + 0.1 * slope
            square[place] = 0.99 * square[place] + 0.01 * slope**2
            unbiased = mean[place] / (1 - 0.9**step), square[place] / (1 - 0.99**step)
            expected[place] -= 0.1 * unbiased[0] / math.sqrt(unbiased[1])
    assert parameters[0] == pytest.approx(expected, rel=1e-4)


def test_learning_lowers_the_loss_and_repeats_itself():
    first, second = trainer(), trainer()
    before = first.look(first.train).loss
    losses = [each.learn(60, 0.3, 0.1) for each in (first, second)]
    assert losses[0] == losses[1]
    for mine, same in zip(first.state.parameters(), second.state.parameters(), strict=True):
        assert (mine == same).all()
    assert first.look(first.train).loss < 0.6 * before


def test_targets_are_learned_and_labels_judge_what_is_worth_least():
    taught, alone = trainer(), trainer()
    others = (1 - taught.train.wanted).astype(np.int64)
    taught.train = replace(taught.train, targets=padded_outputs(np.eye(2)[others]))
    for name in ("first", "offset", "second", "bias", "direct"):
        mine, right = (getattr(each.squares(), name) for each in (taught, alone))
        assert (mine == right).all()
    taught.learn(150, 0.3, 0.1)
    samples = taught.train
    found = taught.look(samples, scores=True).scores.argmax(axis=1)
    assert np.mean(found == others) > 0.9
    # They stay with the samples as columns go.
    taught.keep(np.arange(3), np.arange(len(taught.state.offset)))
    assert taught.train.targets is samples.targets


def test_an_averaged_end_is_the_exponential_mean_of_every_twentieth_step():
    averaged, alone = trainer(1), trainer(1)
    means = [parameter.astype(np.float64) for parameter in alone.state.parameters()]
    for step in range(50):
        # The same steps one by one, at a constant rate.
        alone.learn(1, 0.1, 0.1)
        if step % 20 == 0:
            for mean, parameter in zip(means, alone.state.parameters(), strict=True):
                mean[...] += 0.02 * (parameter - mean)
    averaged.learn(50, 0.1, 0.1, averaged=True)
    for mean, found in zip(means, averaged.state.parameters(), strict=True):
        np.testing.assert_allclose(found, mean, rtol=1e-4, atol=1e-4)
    assert (averaged.state.bias != alone.state.bias).any()


def test_a_loss_that_is_no_number_is_named():
    broken = trainer()
    broken.state.second.coefficients[:] = np.nan
    with pytest.raises(TrainingError, match=r"learning rate of 0.1; lower prune.learning_rate"):
        broken.learn(2, 0.1, 0.1)


def test_sparsity_draws_tables_towards_constants_and_small_ones_faster():
    state = trainer().state
    edges = replace(state.first, coefficients=state.first.coefficients.copy())
    _shrink(edges, 0.05)
    before, after = state.first.coefficients, edges.coefficients
    means = before.mean(axis=1)
    assert after.mean(axis=1) == pytest.approx(means, rel=1e-3, abs=1e-3)
    deviation, left = before.std(axis=1), after.std(axis=1)
    sizes = edges.step_sizes()
    # Gradient of log(1 + deviation / size), down to 0 at most.
    expected = np.maximum(deviation - 0.05 / (1 + deviation / sizes), 0)
    assert left == pytest.approx(expected, rel=1e-3, abs=1e-3)


def test_coefficients_without_a_function_are_left_alone_by_sparsity():
    edges = trainer(groups=True).state.first
    wide = np.concatenate([edges.basis, np.zeros_like(edges.basis)], axis=2)
    more = np.random.default_rng(1).normal(size=edges.coefficients.shape).astype(np.float32)
    both = np.concatenate([edges.coefficients, more], axis=1)
    padded = replace(edges, basis=wide, coefficients=both)
    _shrink(padded, 0.05)
    _shrink(edges, 0.05)
    functions = edges.basis.shape[2]
    assert (padded.coefficients[:, functions:] == more).all()
    np.testing.assert_allclose(padded.coefficients[:, :functions], edges.coefficients, rtol=1e-5)


def test_rounded_scores_are_what_is_trained_and_judged():
    mine = trainer()
    plain = mine.look(mine.train, scores=True).scores
    mine.state.grain = 3
    found = mine.look(mine.train, scores=True).scores
    assert (found == np.floor(plain / 8) * 8).all()
    assert (found != plain).any()
    before = mine.look(mine.train).loss
    mine.learn(60, 0.3, 0.1)
    assert mine.look(mine.train).loss < before


@pytest.mark.parametrize("loss", ["logistic", "squared"])
def test_other_losses_are_lowered_as_well(loss):
    other = trainer(loss=loss, direct=1.0)
    before = other.look(other.train).loss
    other.learn(200, 1.0, 0.1)
    assert other.look(other.train).loss < 0.6 * before


def test_a_step_says_more_if_the_network_could_be_surer():
    fitted = trainer(config=replace(SMALL, score_step=1e-3))
    fixed = trainer(config=replace(SMALL, score_step=1e-3, fitted_step=False))
    losses = [each.learn(900, 0.3, 0.1) for each in (fitted, fixed)]
    assert fixed.state.scale == 1
    assert fixed.step == 1e-3
    assert fitted.state.scale > 2
    assert fitted.step == 1e-3 * fitted.state.scale
    assert fitted.look(fitted.train).loss < 0.9 * fixed.look(fixed.train).loss
    assert losses[0] < losses[1]


def test_squares_are_of_single_samples_and_not_negative():
    mine = trainer()
    squares = mine.squares()
    assert squares.first.shape == mine.state.contents().first.shape
    assert (squares.first >= 0).all()
    assert (squares.second.sum(axis=(0, 1)) > 0).all()


def test_a_smaller_network_goes_on_as_if_the_rest_had_never_been():
    mine = trainer(columns=5, hidden=5, direct=1.0)
    mine.learn(3, 0.1, 0.1)
    mine.state.first.widths[:, 1] = 0
    mine.state.first.widths[2] = mine.state.direct.widths[2] = 0
    before = mine.look(mine.train, scores=True)
    mean = mine.moments.first[0]
    columns, hidden = np.array([0, 1, 3, 4]), np.array([0, 2, 3, 4])
    # What neuron 1 adds now is a constant.
    mine.state.second.widths[1] = 0
    constant = mine.look(mine.train, scores=True)
    mine.keep(columns, hidden)
    after = mine.look(mine.train, scores=True)
    np.testing.assert_allclose(after.scores, constant.scores, atol=1e-3)
    assert after.loss == pytest.approx(constant.loss, rel=1e-5)
    assert before.loss != after.loss
    assert len(mine.state.columns) == mine.train.codes.shape[1] == 4
    assert (mine.moments.first[0] == mean[columns][:, :, hidden]).all()
    mine.learn(2, 0.1, 0.1)


def test_the_rate_rises_in_a_tenth_of_the_steps_and_no_longer_than_a_while():
    assert warmup_steps(8) == 1
    assert warmup_steps(100) == 10
    assert warmup_steps(100_000) == 256
