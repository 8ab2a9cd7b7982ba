"""Bits of several features grouped into codes, by what they tell together.

A group begins with the bit that tells most about the class for how often it was taken before, and
takes more bits, each time that one of some drawn ones which tells most together with those before
(mutual information on training samples). Bits that tell little are drawn rarely.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from logicjsc.dataset.samples import Array
from logicjsc.methods.prune.config import CODE_BITS

_SAMPLES: Final = 10_000
"""Training samples that tell what bits are worth."""

_DRAWN: Final = 128
"""Bits that are tried for each place of a group."""

_LEAST: Final = 1e-6
"""Information of a bit that seems to tell nothing, in nats: it may tell something with others."""


def choose_groups(
    bits: Sequence[Array], labels: Array, groups: int, seed: int
) -> list[tuple[int, ...]]:
    """Groups of at most five bits.

    Args:
        bits: 0 or 1 of training samples, uint8 ``[samples]`` each.
        labels: class indices ``[samples]``.
        groups: how many groups; 0: as many as it takes to have each bit in one of them.
        seed: of the draws.

    Returns:
        Places of the bits of each group. Without a number, every bit is in exactly one group.
    """
    rng = np.random.default_rng(seed)
    count = len(labels)
    some = (
        np.sort(rng.choice(count, _SAMPLES, replace=False))
        if count > _SAMPLES
        else np.arange(count)
    )
    values = np.stack([bit[some] for bit in bits], axis=1).astype(np.float32)
    _, truth = np.unique(labels[some], return_inverse=True)
    truth = truth.reshape(-1)
    alone = np.maximum(_informations(np.zeros(len(some), np.int64), values, truth), _LEAST)
    once = not groups
    wanted = groups or -(-len(bits) // CODE_BITS)
    taken = np.zeros(len(bits), np.int64)
    chosen = []
    for _ in range(wanted):
        group: list[int] = []
        code = np.zeros(len(some), np.int64)
        while len(group) < CODE_BITS:
            worth = alone / (1 + taken)
            worth[group] = 0
            if once:
                worth[taken > 0] = 0
            there = np.flatnonzero(worth)
            if not there.size:
                break
            if group:
                there = _drawn(rng, there, worth)
                told = _informations(code, values[:, there], truth)
                best = int(there[told.argmax()])
            else:
                best = int(worth.argmax())
            group.append(best)
            taken[best] += 1
            code = 2 * code + values[:, best].astype(np.int64)
        chosen.append(tuple(group))
    return chosen


def _drawn(rng: np.random.Generator, there: Array, worth: Array) -> Array:
    """Some of the bits, those of more worth more often."""
    if there.size <= _DRAWN:
        return there
    part = worth[there] / worth[there].sum()
    return rng.choice(there, _DRAWN, replace=False, p=part)


def _informations(code: Array, values: Array, truth: Array) -> Array:
    """What the class is told by a code together with each bit, in nats, ``[bits]``.

    Args:
        code: whole numbers ``[samples]``.
        values: bits, float32 ``[samples, bits]``.
        truth: classes, from 0, ``[samples]``.
    """
    classes = int(truth.max()) + 1
    cell = code * classes + truth
    cells = (int(code.max()) + 1) * classes
    of_cell = np.zeros((cells, len(cell)), np.float32)
    of_cell[cell, np.arange(len(cell))] = 1
    set_ = (of_cell @ values).astype(np.float64)
    unset = of_cell.sum(axis=1, dtype=np.float64)[:, None] - set_
    joint = np.stack([set_, unset]).reshape(2, -1, classes, values.shape[1])
    by_code = joint.sum(axis=2)
    by_class = joint.sum(axis=(0, 1))
    found = _n_log_n(joint).sum(axis=(0, 1, 2)) - _n_log_n(by_code).sum(axis=(0, 1))
    samples = len(cell)
    return np.asarray((found - _n_log_n(by_class).sum(axis=0)) / samples + np.log(samples))


def _n_log_n(counts: Array) -> Array:
    return np.asarray(counts * np.log(np.maximum(counts, 1)))
