"""The value of one step of the scores that suits a network: it costs nothing, and no table has it.

A network that loses tables and bits has fewer steps to say the same with, so that each step has to
say more. What is decided does not depend on it, but what is learned does: probabilities that no
network can reach lead nowhere.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from logicjsc.dataset.samples import Array
from logicjsc.methods.prune.native.library import CodedSamples, Loss

_NEWTON: Final = 8
"""Steps of Newton's method; the loss is convex in the scale."""

_MOST: Final = 1.25
"""Factor by which a scale changes at once at most."""

_CERTAIN: Final = 500.0
"""Scores in nats beyond which an exponential would leave float64."""


def better_scale(steps: Array, samples: CodedSamples, loss: Loss, step: float) -> float:
    """Factor of the value of a step by which the loss is smallest, within bounds.

    Args:
        steps: scores of the samples in steps ``[samples, outputs]``.
        samples: what they should say.
        loss: which.
        step: value of one step.
    """
    scores = steps.astype(np.float64) * step
    targets = _targets(samples, scores.shape[1], loss)
    weights = np.ones(len(scores)) if samples.weights is None else samples.weights
    factor = 1.0
    for _ in range(_NEWTON):
        slope, curvature = _derivatives(factor, scores, targets, loss)
        above, below = float(weights @ slope), float(weights @ curvature)
        if below <= 0:
            break
        factor = min(max(factor - above / below, 1 / _MOST), _MOST)
    return factor


def _targets(samples: CodedSamples, outputs: int, loss: Loss) -> Array:
    if samples.targets is not None:
        return np.asarray(samples.targets[:, :outputs], np.float64)
    if loss == "softmax":
        return np.eye(outputs)[samples.wanted]
    return np.asarray(samples.wanted[:, :outputs], np.float64)


def _derivatives(factor: float, scores: Array, targets: Array, loss: Loss) -> tuple[Array, Array]:
    """First and second derivative of each sample's loss by the factor, ``[samples]``."""
    scaled = factor * scores
    if loss == "softmax":
        powers = np.exp(scaled - scaled.max(axis=1, keepdims=True))
        said = powers / powers.sum(axis=1, keepdims=True)
        mean = (said * scores).sum(axis=1)
        return mean - (targets * scores).sum(axis=1), (said * scores**2).sum(axis=1) - mean**2
    if loss == "logistic":
        said = 1 / (1 + np.exp(-np.clip(scaled, -_CERTAIN, _CERTAIN)))
        return ((said - targets) * scores).sum(axis=1), (said * (1 - said) * scores**2).sum(axis=1)
    return ((scaled - targets) * scores).sum(axis=1), (scores**2).sum(axis=1)
