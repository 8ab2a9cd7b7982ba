"""Leaves as whole numbers of one step, and what is added to their sums."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from logicjsc.frontend.trees.ensemble import Array, Ensemble

MOST_OUTPUT_BITS: Final = 23
"""Widest sum: multiples of any step are different numbers in float32 up to here, so scores rise
with codes, and there are few enough to list them."""

_MOST_STEPS: Final = 2.0**52
"""Whole numbers that float64 and int64 tell apart, and some to spare."""

TERMS: Final = 16
"""Leaves in one sum; more become a tree of sums."""


@dataclass(frozen=True, eq=False)
class Quantised:
    """An ensemble whose leaves are whole numbers.

    The raw score of an output is ``(offset + sum of leaves + rest) * step``. Every leaf is the
    nearest number of steps, so a tree is off by half a step at most; ``rest`` is what the base
    score has beyond whole steps. Of classes, whose scores share one scale, it is left out: half a
    step more.

    Attributes:
        ensemble: the trees.
        bits: of the widest leaf.
        steps: steps in 1.
        leaves: leaf by tree, int64 ``[nodes, columns]``, least one of each column 0.
        offsets: int64 ``[outputs]``.
        rest: float64 ``[outputs]``, of steps.
        exact: whether no leaf was rounded.
        base_error: what rounding moved the base score by, of steps; 0 but of classes.
    """

    ensemble: Ensemble
    bits: int
    steps: float
    leaves: tuple[Array, ...]
    offsets: Array
    rest: Array
    exact: bool
    base_error: float = 0.0

    @property
    def step(self) -> float:
        """The step of leaves and sums."""
        return 1 / self.steps

    @property
    def bound(self) -> float:
        """Greatest error of a raw score: half a step for each tree that adds to an output."""
        counts = np.zeros(self.ensemble.outputs, np.int64)
        for tree in self.ensemble.trees:
            np.add.at(counts, list(tree.outputs), 1)
        halves = 0 if self.exact else int(counts.max())
        return (halves / 2 + self.base_error) * self.step

    def sums(self, places: Array) -> Array:
        """Sums with their offsets, int64 ``[rows, outputs]``.

        Args:
            places: node at which each row ends, by tree: int ``[trees, rows]``.
        """
        total = np.tile(self.offsets, (places.shape[1], 1))
        for tree, leaves, at in zip(self.ensemble.trees, self.leaves, places, strict=True):
            for column, output in enumerate(tree.outputs):
                total[:, output] += leaves[at, column]
        return total

    def raw(self, sums: Array) -> Array:
        """Raw scores of sums."""
        return np.asarray((sums + self.rest) * self.step)


def widest_range(ensemble: Ensemble) -> float:
    """Difference between greatest and least leaf of the tree where it is largest.

    Where no tree splits, the largest number that is added instead.
    """
    ranges = [np.ptp(tree.values[tree.is_leaf], axis=0).max() for tree in ensemble.trees]
    numbers = [np.abs(ensemble.base).max(), *(np.abs(tree.values).max() for tree in ensemble.trees)]
    return float(max(ranges) or max(numbers) or 1.0)


def affordable_bits(ensemble: Ensemble, wanted: int) -> int:
    """Most bits of a leaf, up to those wanted, whose sums still fit `MOST_OUTPUT_BITS`.

    0 if there are none.
    """
    largest = float(np.abs(ensemble.base).max())
    largest += sum(float(np.abs(tree.values).max()) for tree in ensemble.trees)
    whole = ensemble.unit or widest_range(ensemble)
    for bits in range(wanted, 0, -1):
        if largest / whole > _MOST_STEPS / 2.0**bits:
            continue
        low, high = sum_range(quantise(ensemble, bits))
        if width_of(low, high) <= MOST_OUTPUT_BITS:
            return bits
    return 0


def sum_range(quantised: Quantised) -> tuple[int, int]:
    """Least and greatest value of any output, as the widths of leaves and partial sums allow."""
    lows, highs = [], []
    codes: list[list[int]] = [[] for _ in range(quantised.ensemble.outputs)]
    for tree, leaves in zip(quantised.ensemble.trees, quantised.leaves, strict=True):
        for output, most in zip(tree.outputs, leaves.max(axis=0).tolist(), strict=True):
            if most:
                codes[output].append((1 << most.bit_length()) - 1)
    for tops, offset in zip(codes, quantised.offsets.tolist(), strict=True):
        while len(tops) > TERMS:
            sums = [sum(tops[at : at + TERMS]) for at in range(0, len(tops), TERMS)]
            tops = [(1 << most.bit_length()) - 1 for most in sums]  # noqa: PLW2901 - next level
        lows.append(offset)
        highs.append(offset + sum(tops))
    return min(lows), max(highs)


def width_of(low: int, high: int) -> int:
    """Bits of a signal that holds all numbers from one to another, signed if it has to be."""
    signed = low < 0
    return max(high.bit_length(), (-low - 1).bit_length() if signed else 0, 1 - signed) + signed


def quantise(ensemble: Ensemble, bits: int) -> Quantised:
    """Round leaves to the nearest of ``2**bits`` steps over the widest range of a tree.

    Where a coarser step of a power of two holds every leaf as it is, that is taken.
    """
    widest = widest_range(ensemble)
    steps = _steps(ensemble, bits, widest)
    power = 2.0 ** math.floor(math.log2((2**bits - 1) / widest))
    if all(_is_whole(tree.values[tree.is_leaf] * power) for tree in ensemble.trees):
        steps = power
    rounded = [np.rint(tree.values * steps).astype(np.int64) for tree in ensemble.trees]
    exact = all(
        (whole[tree.is_leaf] == tree.values[tree.is_leaf] * steps).all()
        for whole, tree in zip(rounded, ensemble.trees, strict=True)
    )
    offsets = np.zeros(ensemble.outputs, np.int64)
    leaves = []
    for whole, tree in zip(rounded, ensemble.trees, strict=True):
        least = whole[tree.is_leaf].min(axis=0)
        leaves.append(np.where(tree.is_leaf[:, None], whole - least, 0))
        np.add.at(offsets, list(tree.outputs), least)
    return _coarsened(ensemble, bits, steps, leaves, offsets, exact=exact)


def _coarsened(
    ensemble: Ensemble,
    bits: int,
    steps: float,
    leaves: list[Array],
    offsets: Array,
    *,
    exact: bool,
) -> Quantised:
    """Divide by what all leaves have in common, and split the base score from the whole steps."""
    moved = 0.0
    shared = math.gcd(*(int(np.gcd.reduce(whole, axis=None)) for whole in leaves)) or 1
    base = offsets + ensemble.base * steps
    if ensemble.kind == "classes":
        # Only differences between classes count, and they must stay whole.
        whole = np.rint(base).astype(np.int64)
        moved = float(np.abs(whole - base).max())
        least = whole.min()
        whole -= least
        shared = math.gcd(shared, *whole.tolist()) or 1
        rest = np.full(len(base), least / shared)
        offsets = whole // shared
    elif ensemble.kind == "binary":
        # The sum is affirmed from 0 on: its sign is the decision, exactly that of leaves and base.
        base = base / shared
        offsets = np.floor(base) if ensemble.from_zero else np.ceil(base) - 1
        rest = base - offsets
        offsets = offsets.astype(np.int64)
    else:
        offsets, rest = np.zeros(len(base), np.int64), base / shared
    least_steps = steps / shared
    divided = tuple(whole // shared for whole in leaves)
    return Quantised(ensemble, bits, least_steps, divided, offsets, rest, exact, moved / shared)


def _steps(ensemble: Ensemble, bits: int, widest: float) -> float:
    """Steps in 1 such that no leaf needs more bits."""
    most = float(2**bits - 1)
    if ensemble.unit:
        return most / ensemble.unit
    steps = most / widest
    for tree in ensemble.trees:
        whole = np.rint(tree.values[tree.is_leaf] * steps)
        if np.ptp(whole, axis=0).max() > most:
            return (most - 0.5) / widest  # two ends that both round outwards
    return steps


def _is_whole(values: Array) -> bool:
    return bool((values == np.rint(values)).all())
