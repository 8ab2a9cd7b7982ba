"""Bits of several features grouped into codes, one group after the other, as boosting does.

A table of a code of five bits is a decision tree of depth five that asks the same on each level
(CatBoost calls such trees oblivious). So groups are the trees of a boosted ensemble: each takes the
bits, one by one, that lower the loss of the ensemble before it most, and the next one begins where
the ensemble with it ends. Groups then complement each other; of groups that are good by themselves
most would say the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from logicjsc.dataset.samples import Array
from logicjsc.methods.prune.config import CODE_BITS
from logicjsc.methods.prune.native.library import Loss

_SAMPLES: Final = 8_000
"""Training samples, drawn anew, that choose the bits of each group."""

_TRIED: Final = 0.3
"""Part of the bits, drawn anew, that are tried for each group: groups are to differ."""

_FEWEST_TRIED: Final = 24

_MOST_TRIED: Final = 256

_RATE: Final = 0.3
"""Part of what a tree says that the ensemble believes."""

_PRIOR: Final = 20.0
"""Curvature that is added to that of each leaf: leaves of few samples say little."""

_DIRECTIONS: Final = 12
"""More scores are looked at in random directions, drawn anew for each group."""


@dataclass(frozen=True, eq=False)
class Lesson:
    """What the trees learn.

    Attributes:
        loss: which.
        wanted: one-hot classes, 0 or 1, or standardised values, float32 ``[samples, outputs]``.
        weights: how often each sample counts, float32 ``[samples]``; None: once.
    """

    loss: Loss
    wanted: Array
    weights: Array | None = None

    def slopes(self, scores: Array, rows: Array) -> tuple[Array, Array]:
        """What lowers the loss of some samples.

        Args:
            scores: of these samples, float32 ``[rows, outputs]``.
            rows: which samples.

        Returns:
            Minus the gradient, float32 ``[rows, outputs]``, and the curvature, a mean over the
            outputs, float32 ``[rows]``.
        """
        said: Array = scores
        curvature = np.ones(len(rows), np.float32)
        if self.loss != "squared":
            said = _probabilities(scores, one_of_them=self.loss == "softmax")
            curvature = (said * (1 - said)).mean(axis=1)
        gradient = self.wanted[rows] - said
        if self.weights is not None:
            gradient *= self.weights[rows, None]
            curvature = curvature * self.weights[rows]
        return gradient, curvature


def choose_groups(bits: Array, lesson: Lesson, groups: int, seed: int) -> list[tuple[int, ...]]:
    """Groups of at most five bits, of which no two are the same.

    Args:
        bits: 0 or 1 of training samples, uint8 ``[samples, bits]``.
        lesson: what they should tell.
        groups: how many groups at most; 0: two for every five bits, of which the first half have
            each bit once.
        seed: of the draws.

    Returns:
        Places of the bits of each group; groups may share bits.
    """
    rng = np.random.default_rng(seed)
    samples, count = bits.shape
    scores = np.zeros(lesson.wanted.shape, np.float32)
    chosen: dict[frozenset[int], tuple[int, ...]] = {}
    left = np.arange(0 if groups else count)
    for _ in range(groups or 2 * -(-count // CODE_BITS)):
        rows = _drawn(rng, samples, _SAMPLES)
        pool = left if left.size else np.arange(count)
        tried = pool[_drawn(rng, pool.size, _tried(pool.size))]
        gradient, curvature = lesson.slopes(scores[rows], rows)
        seen = np.ascontiguousarray(bits[np.ix_(rows, tried)], np.float32)
        group, code = _tree(seen, _few_directions(rng, gradient), curvature)
        found = tuple(tried[group].tolist())
        chosen.setdefault(frozenset(found), found)
        left = np.setdiff1d(left, tried[group])
        leaves = _leaves(code, gradient, curvature, 1 << len(group))
        whole = np.zeros(samples, np.int64)
        for bit in found:
            whole = 2 * whole + bits[:, bit]
        scores += leaves[whole]
    return list(chosen.values())


def _drawn(rng: np.random.Generator, count: int, most: int) -> Array:
    """At most so many of the numbers below ``count``, ascending."""
    if count <= most:
        return np.arange(count)
    return np.sort(rng.choice(count, most, replace=False))


def _tried(bits: int) -> int:
    """How many bits are tried for a group."""
    return min(max(_FEWEST_TRIED, round(_TRIED * bits)), _MOST_TRIED)


def _few_directions(rng: np.random.Generator, gradient: Array) -> Array:
    """The gradient in a few random directions, with the same squares on average."""
    outputs = gradient.shape[1]
    if outputs <= _DIRECTIONS:
        return gradient
    signs = rng.choice([-1.0, 1.0], (outputs, _DIRECTIONS)) / np.sqrt(_DIRECTIONS)
    return np.asarray(gradient @ signs.astype(np.float32))


def _tree(seen: Array, gradient: Array, curvature: Array) -> tuple[list[int], Array]:
    """The bits that are asked one after the other, and the leaf of each sample.

    Args:
        seen: bits, float32 ``[samples, bits]``.
        gradient: float32 ``[samples, directions]``.
        curvature: float32 ``[samples]``.
    """
    samples, directions = gradient.shape
    rows = np.arange(samples)
    code, group = np.zeros(samples, np.int64), list[int]()
    both = np.concatenate([gradient, curvature[:, None]], axis=1)
    while len(group) < min(CODE_BITS, seen.shape[1]):
        cells = 1 << len(group)
        by_cell = np.zeros((samples, cells, directions + 1), np.float32)
        by_cell[rows, code] = both
        total = by_cell.sum(axis=0)[:, :, None]
        one = (by_cell.reshape(samples, -1).T @ seen).reshape(cells, directions + 1, -1)
        gain = _gain(one) + _gain(total - one)
        gain[group] = -np.inf
        best = int(gain.argmax())
        group.append(best)
        code = 2 * code + seen[:, best].astype(np.int64)
    return group, code


def _gain(sums: Array) -> Array:
    """What leaves with such sums of gradients and curvatures lower the loss by, twice, ``[bits]``.

    Args:
        sums: ``[cells, directions + 1, bits]``, the curvature last.
    """
    curvature = np.maximum(sums[:, -1], 0) + _PRIOR
    return np.asarray(((sums[:, :-1] ** 2).sum(axis=1) / curvature).sum(axis=0))


def _leaves(code: Array, gradient: Array, curvature: Array, count: int) -> Array:
    """What each leaf adds to the scores, float32 ``[leaves, outputs]``."""
    below = np.bincount(code, curvature, minlength=count) + _PRIOR
    above = np.stack([np.bincount(code, part, minlength=count) for part in gradient.T], axis=1)
    return np.asarray(_RATE * above / below[:, None], np.float32)


def _probabilities(scores: Array, *, one_of_them: bool) -> Array:
    if not one_of_them:
        return np.asarray(1 / (1 + np.exp(-scores)), np.float32)
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))
