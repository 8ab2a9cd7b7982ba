"""Truth tables of neurons that add: integer labels whose sum, shifted and clamped, is the code.

A quantised linear neuron adds one number per address bit and rounds the total. Cut the address
into groups of at most six bits: each group's part of the total is a function of six bits, so one
LUT per bit of a fixed-point word holds it, and a short adder does the rest. A table shows none of
that, but whether it has such a form can be read off it: labels ``a`` and ``b`` with

    code[i, j] = clamp((a[i] + b[j]) >> fraction)

obey one lower and one upper bound per row of the table. These are difference constraints, which
relaxation solves exactly (Bellman and Ford; see Cormen et al., Introduction to Algorithms, section
22.4). The labels found are not the neuron's weights: only their order matters, so far fewer
fractional bits are needed. Tables of other neurons have no solution and are mapped otherwise.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt

from logicjsc.map.linear_form import linear_form
from logicjsc.map.lut_network import LUT_INPUTS

Array: TypeAlias = npt.NDArray[Any]
Groups: TypeAlias = tuple[tuple[int, ...], ...]

UNBOUNDED: Final = 1 << 40
"""Stands for a bound that is none, with either sign."""

MOST_BITS: Final = 18
"""Widest address that is looked at: three groups of six bits."""

_MOST_FRACTION: Final = 12
"""Fractional bits tried; each costs about three LUTs, and most tables need five."""

_MOST_ROUNDS: Final = 100
"""Relaxations before a system counts as unsolvable; solvable ones need a dozen or three."""

_FEWER_ROUNDS: Final = 40
"""The same once enough forms were found."""

_EXACT: Final = 2
"""Groups whose labels are found exactly; those of a third follow from weights."""

_NARROW: Final = 4
"""Output bits up to which clamping costs nothing worth mentioning."""


@dataclass(frozen=True)
class Additive:
    """A table as a sum: ``clamp((sum of labels >> fraction) + offset) ^ flip``.

    Attributes:
        groups: address bits of each label, 0 the highest, ascending; the first is the highest bit
            of the index.
        labels: labels of each group by index, non-negative int64 ``[2**bits]``.
        offset: added after the shift.
        fraction: bits that are shifted out.
        lowest: smallest code.
        highest: largest code.
        flip: bits inverted in the result: the sign of signed codes, which orders them.
    """

    groups: Groups
    labels: tuple[Array, ...]
    offset: int
    fraction: int
    lowest: int
    highest: int
    flip: int

    @property
    def widths(self) -> tuple[int, ...]:
        """Bits of each group's labels."""
        return tuple(int(labels.max()).bit_length() for labels in self.labels)

    @property
    def cost(self) -> float:
        """Estimated LUTs; good enough to rank the forms of one table."""
        above = sum(max(width - self.fraction, 0) for width in self.widths)
        return sum(self.widths) + self.fraction / 2 + above

    def table(self) -> Array:
        """The codes by address, int64 ``[2**address_bits]``."""
        bits = sum(len(group) for group in self.groups)
        total = np.zeros((2,) * bits, np.int64)
        for group, labels in zip(self.groups, self.labels, strict=True):
            total += labels.reshape([2 if axis in group else 1 for axis in range(bits)])
        codes = np.clip((total >> self.fraction) + self.offset, self.lowest, self.highest)
        return np.asarray(codes.ravel() ^ self.flip)


@dataclass(frozen=True)
class Bounds:
    """What the sum of every row must lie between, in units of one code.

    Attributes:
        lower: smallest sum, int64 ``[rows]``; minus `UNBOUNDED` for none.
        upper: the sum that is just too large; `UNBOUNDED` for none.
        lowest: smallest code.
        highest: largest code.
    """

    lower: Array
    upper: Array
    lowest: int
    highest: int

    @classmethod
    def of(cls, codes: Array, care: Array, width: int) -> Bounds:
        """Bounds of a table's codes, ``[rows]``; rows out of ``care`` have none."""
        lowest, highest = int(codes[care].min()), int(codes[care].max())
        # Clamping lends freedom. On wide codes it costs more than it saves, unless they saturate.
        narrow = width <= _NARROW
        below = codes > (lowest if narrow or lowest == 0 else lowest - 1)
        above = codes < (highest if narrow or highest == (1 << width) - 1 else highest + 1)
        return cls(
            np.where(care & below, codes, -UNBOUNDED),
            np.where(care & above, codes + 1, UNBOUNDED),
            lowest,
            highest,
        )

    def floats(self) -> tuple[Array, Array]:
        """Both bounds as float64, with infinity for none."""
        return (
            np.where(self.lower > -UNBOUNDED, self.lower, -np.inf),
            np.where(self.upper < UNBOUNDED, self.upper, np.inf),
        )

    def scaled(self, fraction: int) -> tuple[Array, Array]:
        """Smallest and largest sums with ``fraction`` fractional bits."""
        lower = np.where(self.lower > -UNBOUNDED, self.lower << fraction, -UNBOUNDED)
        upper = np.where(self.upper < UNBOUNDED, (self.upper << fraction) - 1, UNBOUNDED)
        return lower, upper


def additive_forms(
    table: Array, width: int, cuts: int, free: Array | None = None, most: int | None = None
) -> list[Additive]:
    """Forms of a table as a sum, the cheapest first; none if none was found.

    Args:
        table: output codes by address, unsigned ``[2**address_bits]``.
        width: output bits.
        cuts: most ways to cut the address that are tried; the first ones are the same for all
            tables, so that a table completed along one of them is recognised again.
        free: rows whose code may be any, bool ``[2**address_bits]``.
        most: how many are wanted. Then cuts whose labels need more fractional bits than those of
            as many others are left out, at the first look: they cost more, but for rare ones.
    """
    bits = table.size.bit_length() - 1
    care = np.ones(table.size, np.bool_) if free is None else ~free
    if not care.any() or not LUT_INPUTS < bits <= MOST_BITS:
        return []
    for flip in (0, 1 << (width - 1)):
        bounds = Bounds.of(table.astype(np.int64) ^ flip, care, width)
        weights = linear_form(*bounds.floats()) if bits > _EXACT * LUT_INPUTS else None
        forms: list[Additive] = []
        for groups in _cuts(bits, cuts):
            fractions = sorted(form.fraction for form in forms)
            enough = most is not None and len(fractions) >= most
            finest = fractions[most - 1] if enough and most else _MOST_FRACTION
            rounds = _FEWER_ROUNDS if enough else _MOST_ROUNDS
            form = _solve(bounds, groups, weights, flip, Limits(finest, rounds))
            if form is not None:
                forms.append(form)
        if forms:
            return sorted(forms, key=lambda form: form.cost)
    return []


def _cuts(bits: int, most: int) -> Iterator[Groups]:
    """Ways to cut an address into groups of at most six bits, the natural one first."""
    rng = np.random.default_rng(bits)
    if bits > _EXACT * LUT_INPUTS:
        order = np.arange(bits)
        for _ in range(most):
            parts = np.split(order, range(LUT_INPUTS, bits, LUT_INPUTS))
            yield tuple(tuple(sorted(part.tolist())) for part in parts)
            order = rng.permutation(bits)
        return
    half = bits // 2
    yield tuple(range(half)), tuple(range(half, bits))
    sizes = range(max(bits - LUT_INPUTS, 1), half + 1)
    listed = [first for size in sizes for first in combinations(range(bits), size)]
    for place in rng.permutation(len(listed))[: most - 1]:
        first = listed[place]
        yield first, tuple(bit for bit in range(bits) if bit not in first)


@dataclass(frozen=True)
class Limits:
    """How far labels of a cut are looked for.

    Attributes:
        finest: most fractional bits.
        rounds: relaxations before a system counts as unsolvable.
    """

    finest: int
    rounds: int


def _solve(
    bounds: Bounds, groups: Groups, weights: Array | None, flip: int, limits: Limits
) -> Additive | None:
    """Labels with as few fractional bits as possible."""
    finest, rounds = limits.finest, limits.rounds
    if weights is None and len(groups) > _EXACT:
        return None
    # What the finest labels cannot solve, coarser ones cannot either.
    labels = _labels(bounds, groups, weights, finest, rounds)
    if labels is None:
        return None
    if weights is not None:
        # Rounded weights may fit by luck with fewer bits than some that do not fit.
        for fraction in range(finest):
            coarser = _labels(bounds, groups, weights, fraction, rounds)
            if coarser is not None:
                return _normalised(groups, coarser, bounds, fraction, flip)
        return _normalised(groups, labels, bounds, finest, flip)
    too_few, enough = -1, finest
    while enough - too_few > 1:
        # Those found before bound what is looked for, mostly by one bit too much.
        fraction = enough - 1 if finest < _MOST_FRACTION else (too_few + enough) // 2
        found = _labels(bounds, groups, weights, fraction, rounds)
        if found is None:
            too_few = fraction
        else:
            enough, labels = fraction, found
    return _normalised(groups, labels, bounds, enough, flip)


def _labels(
    bounds: Bounds, groups: Groups, weights: Array | None, fraction: int, rounds: int
) -> list[Array] | None:
    """Labels of all groups with so many fractional bits."""
    bits = sum(len(group) for group in groups)
    axes = [axis for group in groups for axis in group]
    shape = [1 << len(group) for group in groups[:_EXACT]]
    lower, upper = (
        bound.reshape((2,) * bits).transpose(axes).reshape(*shape, -1)
        for bound in bounds.scaled(fraction)
    )
    given = []
    if weights is not None:
        given = [_rounded(weights[list(group)], fraction) for group in groups[_EXACT:]]
    known = given[0] if given else np.zeros(1, np.int64)
    found = solve_labels((lower - known).max(axis=2), (upper - known).min(axis=2), rounds)
    return None if found is None else [*found, *given]


def _rounded(weights: Array, fraction: int) -> Array:
    """Labels of a group as its weights have them."""
    places = np.arange(len(weights))[::-1]
    bits = (np.arange(1 << len(weights))[:, None] >> places) & 1
    return np.asarray(np.round((bits @ weights) * (1 << fraction)).astype(np.int64))


def _normalised(
    groups: Groups, labels: list[Array], bounds: Bounds, fraction: int, flip: int
) -> Additive:
    """Labels from 0 upwards; what is left of the shift is a whole number of codes."""
    starts = [int(label.min()) for label in labels[1:]]
    first = labels[0] + sum(starts)
    offset = int(first.min()) >> fraction
    moved = [label - start for label, start in zip(labels[1:], starts, strict=True)]
    return Additive(
        groups,
        (first - (offset << fraction), *moved),
        offset,
        fraction,
        bounds.lowest,
        bounds.highest,
        flip,
    )


def solve_labels(
    lower: Array, upper: Array, rounds: int = _MOST_ROUNDS
) -> tuple[Array, Array] | None:
    """Integer labels of rows and columns whose sums lie between bounds; None if there are none.

    Args:
        lower: smallest sums, int64 ``[rows, columns]``; about minus `UNBOUNDED` for none.
        upper: largest sums, of the same shape; about `UNBOUNDED` for none.
        rounds: relaxations before there count as none.
    """
    half = UNBOUNDED // 2
    sizes = [np.abs(bound[np.abs(bound) < half]).max(initial=0) for bound in (lower, upper)]
    farthest = 4 * int(max(sizes)) + 4
    # Negated labels of the columns, raised from 0 as little as the bounds demand.
    negated = np.zeros(lower.shape[1], np.int64)
    for _ in range(rounds):
        rows = (lower + negated).max(axis=1)
        raised = np.maximum(negated, (rows[:, None] - upper).max(axis=0))
        if (raised == negated).all():
            break
        if raised.max() > farthest:
            return None
        negated = raised
    else:
        return None
    # Rows without lower bounds take the largest label, so that they do not widen the range.
    largest = (upper + negated).min(axis=1)
    largest[largest > half] = 0
    return np.where(rows > -half, rows, largest), -negated
