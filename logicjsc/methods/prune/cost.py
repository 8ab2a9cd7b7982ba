"""LUTs of a network as a function with a gradient.

`State.luts` counts widths, which are whole numbers. `smooth_luts` measures the same by what stands
in the tables: continuous in all coefficients, and differentiable almost everywhere. It also knows
what the count cannot: a hidden sum that never leaves one code is a constant, and neither the
tables in front of it nor those behind it cost anything.

There is nothing to tune in it, and what decides behind the scores is left out:

- A table of range r in steps needs log2(1 + r) bits, a LUT each. First tables need none above the
  highest bit of the hidden codes, which wrap around.
- Of a second table counts the range over the codes that its hidden sum reaches: those between the
  sums of all smallest and of all largest contents of the first tables. A code whose border is
  crossed by less than a step of the sum counts in part. Tables from codes to scores count as they
  are.
- min(1, bits) says whether something is there. First tables are there if those behind them are, the
  LUTs of a code if the tables that read it are, and a neuron with a single table adds nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from logicjsc.dataset.samples import Array
from logicjsc.methods.prune.columns import CODES, parts_of
from logicjsc.methods.prune.config import CODE_BITS
from logicjsc.methods.prune.state import Edges, State

_ONE_BIT: Final = 1.0
"""From here on something is there as a whole."""


def smooth_luts(state: State) -> float:
    """LUTs on carry chains of a network, continuous in its coefficients.

    Args:
        state: the network; its arrays may be float32 or float64, it is computed in float64.
    """
    return _Cost(state).luts


def smooth_luts_gradient(state: State) -> tuple[Array, Array, Array]:
    """The gradient of `smooth_luts` by the coefficients of the three layers.

    Where it does not exist, of equal extremes that of the first code is taken, and nothing passes
    a content at the border of its width. The offset counts as the whole number that it is rounded
    to.

    Args:
        state: the network.

    Returns:
        float64 ``[sources, splines, targets]`` of the first, the second and the direct tables.
    """
    return _Cost(state).gradient()


class _Ranges:
    """Largest minus smallest content of every table, by how much each code counts."""

    def __init__(self, contents: Array, weight: Array) -> None:
        """Find the extremes.

        Args:
            contents: in steps ``[sources, codes, targets]``.
            weight: from 0 to 1, for each source 1 or more together ``[sources, codes]``.
        """
        self._weight = weight[:, :, None]
        self._total = self._weight.sum(axis=1, keepdims=True)
        mean = (self._weight * contents).sum(axis=1, keepdims=True) / self._total
        # The middle is never beyond the extremes, so that a code of weight 0 cannot be one.
        self._apart = contents - mean
        weighted = self._weight * self._apart
        self.top = weighted.argmax(axis=1)[:, None]
        self.bottom = weighted.argmin(axis=1)[:, None]
        self.of = (_at(weighted, self.top) - _at(weighted, self.bottom))[:, 0]

    def pass_back(self, gradient: Array) -> tuple[Array, Array]:
        """Gradients of the contents and of the weights, from that of the ranges."""
        weighted = np.zeros_like(self._apart)
        _add_at(weighted, self.top, gradient[:, None])
        _add_at(weighted, self.bottom, -gradient[:, None])
        mean = -(weighted * self._weight).sum(axis=1, keepdims=True) / self._total
        return (weighted + mean) * self._weight, ((weighted + mean) * self._apart).sum(axis=2)


@dataclass
class _Reach:
    """How far each code is reached by a hidden sum, and the gradients by the sum's extremes.

    A sum reaches every code from that of its smallest to that of its largest value. Both move from
    one code to the next within one step, on the side that makes sums on the grid exact.

    Attributes:
        weight: of each code, from 0 to 1 ``[hidden, codes]``.
        by_low: its change by the smallest value of the sum ``[hidden, codes]``.
        by_high: its change by the largest value ``[hidden, codes]``.
    """

    weight: Array
    by_low: Array
    by_high: Array

    @classmethod
    def of(cls, low: Array, high: Array, step: Array, offset: Array) -> _Reach:
        """Reach of sums, all arrays ``[hidden]``.

        Args:
            low: smallest values of the sums, in codes.
            high: largest values.
            step: of the sums, at most 1.
            offset: whole codes that are added.
        """
        low, high, step = low[:, None], high[:, None], step[:, None]
        # The sum may go once around the codes and end in the one where it began.
        whole = np.floor(low) + np.arange(2 * CODES)
        rising, falling = (high - whole) / step + 1, (whole + 1 - low) / step
        reached, begun = np.clip(rising, 0, 1), np.clip(falling, 0, 1)
        weight = reached * begun
        by_low = -reached * ((falling > 0) & (falling < 1)) / step
        by_high = begun * ((rising > 0) & (rising < 1)) / step
        code = (whole[:, :CODES] + offset[:, None]).astype(np.int64) % CODES
        again = (weight[:, CODES:] > weight[:, :CODES]).astype(np.int64)

        def by_code(values: Array) -> Array:
            found = np.empty_like(code, dtype=np.float64)
            chosen = np.where(again, values[:, CODES:], values[:, :CODES])
            np.put_along_axis(found, code, chosen, axis=1)
            return found

        return cls(by_code(weight), by_code(by_low), by_code(by_high))


class _Cost:
    """The measure and what its gradient needs of the way there; letters as in `gradient`."""

    def __init__(self, state: State) -> None:
        first, second = state.first, state.second
        self._state = state
        parts = parts_of(state.columns)
        self._part_luts = np.array([part.luts for part in parts], np.float64)
        names = [{part.name for part in column.parts} for column in state.columns]
        self._reads = np.array([[part.name in own for own in names] for part in parts], np.float64)
        self._sizes = first.step_sizes().astype(np.float64)
        contents = _contents(first)
        self._first = _Ranges(contents, np.ones(contents.shape[:2]))
        high = (_at(contents, self._first.top)[:, 0] * self._sizes).sum(axis=0)
        low = (_at(contents, self._first.bottom)[:, 0] * self._sizes).sum(axis=0)
        step = np.where(first.widths > 0, self._sizes, 1.0).min(axis=0, initial=1.0)
        self._reach = _Reach.of(low, high, step, np.rint(state.offset))
        self._second = _Ranges(_contents(second), self._reach.weight)
        self._most = np.maximum(CODE_BITS - first.steps, 0)
        self._bits = np.minimum(np.log2(1 + self._first.of), self._most)
        behind = np.log2(1 + self._second.of)
        self._behind = behind.sum(axis=1)
        self._needed = np.minimum(self._behind, _ONE_BIT)
        self._tables = np.minimum(self._bits, _ONE_BIT).sum(axis=0)
        self._adds = np.clip(self._tables - 1, 0, 1)
        self._live = self._bits * self._needed
        self._direct = _Ranges(_contents(state.direct), np.ones(contents.shape[:2]))
        beside = np.log2(1 + self._direct.of)
        self._read = self._reads @ (self._live.sum(axis=1) + beside.sum(axis=1))
        codes = self._part_luts @ np.minimum(self._read, _ONE_BIT)
        self.luts = float(codes + (self._live * self._adds).sum() + behind.sum() + beside.sum())

    def gradient(self) -> tuple[Array, Array, Array]:
        """Backwards through `__init__`, line by line."""
        state = self._state
        read = (self._part_luts * (self._read < _ONE_BIT)) @ self._reads
        direct, _ = self._direct.pass_back(
            (1 + read)[:, None] / (np.log(2) * (1 + self._direct.of))
        )
        live = self._adds + read[:, None]
        adds = self._live.sum(axis=0) * ((self._tables > 1) & (self._tables < 2))  # noqa: PLR2004 - the second table
        bits = live * self._needed + adds * (self._bits < _ONE_BIT)
        needed = (live * self._bits).sum(axis=0) * (self._behind < _ONE_BIT)
        behind = 1 + needed[:, None]
        second, weight = self._second.pass_back(behind / (np.log(2) * (1 + self._second.of)))
        ranges = bits * (self._bits < self._most) / (np.log(2) * (1 + self._first.of))
        first, _ = self._first.pass_back(ranges)
        for place, by in (
            (self._first.top, self._reach.by_high),
            (self._first.bottom, self._reach.by_low),
        ):
            _add_at(first, place, ((weight * by).sum(axis=1) * self._sizes)[:, None])
        return (
            _of_coefficients(state.first, first),
            _of_coefficients(state.second, second),
            _of_coefficients(state.direct, direct),
        )


def _contents(edges: Edges) -> Array:
    """Contents in steps, cut off at the widths but not rounded, float64."""
    return np.clip(edges.smooth().astype(np.float64), 0, _highest(edges))


def _of_coefficients(edges: Edges, gradient: Array) -> Array:
    """The gradient of the coefficients, from that of the contents in steps."""
    smooth = edges.smooth()
    inside = gradient * ((smooth > 0) & (smooth < _highest(edges)))
    inside /= edges.step_sizes().astype(np.float64)[:, None]
    return np.asarray(edges.basis.transpose(0, 2, 1).astype(np.float64) @ inside)


def _highest(edges: Edges) -> Array:
    return np.asarray(np.exp2(edges.widths)[:, None] - 1)


def _at(values: Array, place: Array) -> Array:
    return np.asarray(np.take_along_axis(values, place, axis=1))


def _add_at(values: Array, place: Array, more: Array) -> None:
    np.put_along_axis(values, place, _at(values, place) + more, axis=1)
