"""The network that is trained: spline coefficients, and how each table is quantised."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from logicjsc.dataset.samples import Array
from logicjsc.methods.prune.columns import CODES, Column
from logicjsc.methods.prune.config import PruneConfig
from logicjsc.methods.prune.native.library import Contents
from logicjsc.methods.prune.splines import spline_basis

_START_UNITS: Final = 8
"""Random functions of each code that its first tables are mixed from, besides the code itself."""

_START_JETS: Final = 20_000
"""Training samples, the first ones, that the start is adapted to."""

_START_DEVIATION: Final = CODES / 6
"""Standard deviation of the hidden sums at the start, in codes: few leave the range."""

_START_SCORE: Final = 8.0
"""Half of the largest range of a second table at the start, in steps of the scores."""


@dataclass
class Edges:
    """The tables of one layer, one for each pair of a source and a target.

    Attributes:
        basis: splines of each source's codes, float32 ``[sources, codes, splines]``.
        coefficients: float32 ``[sources, splines, targets]``, in steps of the target's codes.
        widths: output bits of each table; 0 where there is none, int64 ``[sources, targets]``.
        steps: base-2 logarithm of the step of each table's output, int64 ``[sources, targets]``.
    """

    basis: Array
    coefficients: Array
    widths: Array
    steps: Array

    def smooth(self) -> Array:
        """Contents in steps, before they are rounded, float32 ``[sources, codes, targets]``."""
        return np.asarray((self.basis @ self.coefficients) / self.step_sizes()[:, None])

    def rounded(self, smooth: Array) -> Array:
        """Contents in steps, whole numbers from 0 to what the width holds.

        Args:
            smooth: what `smooth` gives.
        """
        highest = np.exp2(self.widths).astype(np.float32)[:, None] - 1
        return np.minimum(np.maximum(np.rint(smooth), 0), highest)

    def step_sizes(self) -> Array:
        """Value of one step of each table, float32 ``[sources, targets]``."""
        return np.exp2(self.steps).astype(np.float32)

    def pass_back(self, gradient: Array, smooth: Array) -> Array:
        """The gradient of the coefficients, straight through the rounding.

        Nothing is passed that would move contents further out of range.

        Args:
            gradient: of the contents, float32 ``[sources, codes, targets]``.
            smooth: what `smooth` gives.

        Returns:
            float32 ``[sources, splines, targets]``.
        """
        highest = np.exp2(self.widths).astype(np.float32)[:, None] - 1
        inward = ((smooth > -0.5) | (gradient < 0)) & ((smooth < highest + 0.5) | (gradient > 0))  # noqa: PLR2004 - half a step
        return np.asarray(self.basis.transpose(0, 2, 1) @ (gradient * inward))

    def kept(self, sources: Array, targets: Array) -> Edges:
        """The tables of some sources and targets."""
        return Edges(
            self.basis[sources],
            self.coefficients[sources][:, :, targets],
            self.widths[np.ix_(sources, targets)],
            self.steps[np.ix_(sources, targets)],
        )


@dataclass
class State:
    """A network.

    Attributes:
        columns: the input codes.
        first: tables from columns to hidden neurons.
        offset: added to the hidden sums, float32 ``[hidden]``; rounded to whole codes.
        second: tables from hidden codes to class scores.
        bias: added to the scores, float32 ``[classes]``; rounded to whole steps.
    """

    columns: list[Column]
    first: Edges
    offset: Array
    second: Edges
    bias: Array

    @classmethod
    def start(cls, columns: list[Column], codes: Array, classes: int, config: PruneConfig) -> State:
        """Smooth random functions on every edge.

        Args:
            columns: the input codes.
            codes: of training samples, uint8 ``[samples, columns]``.
            classes: number of classes.
            config: settings.
        """
        shape = config.network
        rng = np.random.default_rng(config.prune.seed)
        some = codes[:_START_JETS].astype(np.int64)
        orders = [column.order for column in columns]
        ranks = np.stack([np.argsort(order) for order in orders])
        counts = [np.bincount(code, minlength=CODES) for code in some.T]
        basis = np.stack(
            [
                spline_basis(CODES, shape.input_knots, count[order])[rank]
                for count, order, rank in zip(counts, orders, ranks, strict=True)
            ]
        )
        along = np.take_along_axis(ranks, some.T, axis=1)
        deviation = np.maximum(along.std(axis=1, keepdims=True), 1.0)
        place = (ranks - along.mean(axis=1, keepdims=True)) / deviation
        units = rng.uniform(1, 3, (len(columns), 1, _START_UNITS)) * (
            place[:, :, None] - rng.uniform(-1.5, 1.5, (len(columns), 1, _START_UNITS))
        )
        features = np.concatenate([np.tanh(units), place.clip(-3, 3)[:, :, None]], axis=2)
        contents = features @ rng.uniform(-1, 1, (len(columns), _START_UNITS + 1, shape.hidden))
        sums = _read(contents, some)
        contents *= _START_DEVIATION / sums.std(axis=0)
        contents -= contents.min(axis=1, keepdims=True)
        offset = CODES / 2 - _read(contents, some).mean(axis=0)
        middle = np.tanh(2 * ((np.arange(CODES) + 0.5) / CODES * 2 - 1))
        scores = middle[None, :, None] * rng.uniform(-1, 1, (shape.hidden, 1, classes))
        scores = _START_SCORE * (scores - scores.min(axis=1, keepdims=True))
        flat = np.broadcast_to(
            spline_basis(CODES, shape.hidden_knots), (shape.hidden, CODES, shape.hidden_knots)
        )
        return cls(
            columns,
            Edges(
                basis,
                _fitted(basis, contents),
                np.full((len(columns), shape.hidden), shape.edge_bits),
                np.full((len(columns), shape.hidden), -shape.fraction_bits),
            ),
            offset.astype(np.float32),
            Edges(
                flat.copy(),
                _fitted(flat, scores),
                np.full((shape.hidden, classes), shape.score_bits),
                np.zeros((shape.hidden, classes), np.int64),
            ),
            np.zeros(classes, np.float32),
        )

    def contents(self) -> Contents:
        """What stands in the tables, on the grid of the steps."""
        return self.contents_of(self.first.smooth(), self.second.smooth())

    def contents_of(self, first: Array, second: Array) -> Contents:
        """`contents`, of what `Edges.smooth` gave for both layers."""
        return Contents(
            self.first.rounded(first) * self.first.step_sizes()[:, None],
            np.rint(self.offset),
            self.second.rounded(second) * self.second.step_sizes()[:, None],
            np.rint(self.bias / self.score_unit) * self.score_unit,
        )

    @property
    def score_unit(self) -> float:
        """All scores are multiples of it, in steps of the scores."""
        there = self.second.steps[self.second.widths > 0]
        return float(np.exp2(there.min() if there.size else 0))

    def luts(self) -> int:
        """LUTs: one for each bit that a table puts into a sum, and those of the codes.

        A carry chain takes a bit of a table in the LUT that adds it; see `docs/mapping.md`.
        """
        used = self.first.widths.any(axis=1)
        codes = sum(self.columns[column].luts for column in np.flatnonzero(used))
        first = self.first.widths[:, ~self.alone].sum()
        return codes + int(first + self.second.widths.sum())

    @property
    def alone(self) -> Array:
        """Hidden neurons that add nothing: their only table becomes part of those behind it."""
        return np.asarray((self.first.widths > 0).sum(axis=0) == 1)

    def parameters(self) -> list[Array]:
        """What is trained, in a fixed order."""
        return [self.first.coefficients, self.offset, self.second.coefficients, self.bias]


def code_slopes(second: Array) -> Array:
    """Change of the second tables' contents by code, from neighbours one and two codes away."""
    padded = np.pad(second, ((0, 0), (2, 2), (0, 0)), mode="edge")
    codes = second.shape[1]
    near = padded[:, 3 : 3 + codes] - padded[:, 1 : 1 + codes]
    far = padded[:, 4 : 4 + codes] - padded[:, :codes]
    return np.asarray(near / 4 + far / 8)


def _read(contents: Array, codes: Array) -> Array:
    """Sums of the tables' contents at codes, ``[samples, targets]``."""
    total = np.zeros((len(codes), contents.shape[2]))
    for table, column in zip(contents, codes.T, strict=True):
        total += table[column]
    return total


def _fitted(basis: Array, contents: Array) -> Array:
    """Coefficients whose splines come closest to the contents, float32."""
    rows = [np.linalg.lstsq(b, c, rcond=None)[0] for b, c in zip(basis, contents, strict=True)]
    return np.stack(rows).astype(np.float32)
