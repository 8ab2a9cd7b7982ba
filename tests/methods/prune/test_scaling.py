"""The value of a step that suits scores, against a search."""

import numpy as np
import pytest
from scipy.optimize import minimize_scalar

from logicjsc.methods.prune.native.library import CodedSamples, padded_outputs
from logicjsc.methods.prune.scaling import better_scale


def loss_of(factor, scores, samples, loss):
    """Mean loss, sample by sample."""
    total, weights = 0.0, 0.0
    for number, row in enumerate((factor * scores).tolist()):
        weight = 1.0 if samples.weights is None else float(samples.weights[number])
        if samples.targets is not None:
            wanted = samples.targets[number].tolist()
        elif loss == "softmax":
            wanted = [float(place == samples.wanted[number]) for place in range(len(row))]
        else:
            wanted = samples.wanted[number].tolist()
        pairs = list(zip(row, wanted, strict=False))
        if loss == "softmax":
            mine = np.log(sum(np.exp(score) for score in row)) - sum(w * s for s, w in pairs)
        elif loss == "logistic":
            mine = sum(np.log1p(np.exp(score)) - want * score for score, want in pairs)
        else:
            mine = sum((score - want) ** 2 for score, want in pairs)
        total, weights = total + weight * mine, weights + weight
    return total / weights


@pytest.mark.parametrize("loss", ["softmax", "logistic", "squared"])
@pytest.mark.parametrize("given", ["plain", "weights", "targets"])
@pytest.mark.parametrize("size", [0.7, 1.1, 1.4])
def test_the_loss_is_smallest_there_within_bounds(loss, given, size):
    rng = np.random.default_rng(3)
    truth = rng.integers(0, 3, 400)
    outcomes = np.eye(3)[truth]
    steps = np.rint(4 * size * (3 * outcomes + rng.normal(0, 1.2, (400, 3)) - 1))
    if loss == "squared":
        steps = np.rint(20 * size * (outcomes + rng.normal(0, 0.1, (400, 3))))
    wanted = truth.astype(np.uint8) if loss == "softmax" else padded_outputs(outcomes)
    samples = CodedSamples(np.zeros((400, 1), np.uint8), wanted)
    step = 0.05 if loss == "squared" else 0.25
    if given == "weights":
        samples.weights = rng.uniform(0, 2, 400).astype(np.float32)
    if given == "targets":
        samples.targets = padded_outputs(0.8 * outcomes + 0.2 / 3)
    found = better_scale(steps, samples, loss, step)
    best = minimize_scalar(
        loss_of, args=(steps * step, samples, loss), bounds=(0.8, 1.25), method="bounded"
    )
    assert found == pytest.approx(best.x, abs=2e-3)


def test_scores_that_are_all_nothing_stay():
    samples = CodedSamples(np.zeros((9, 1), np.uint8), np.zeros(9, np.uint8))
    assert better_scale(np.zeros((9, 3)), samples, "softmax", 0.1) == 1
