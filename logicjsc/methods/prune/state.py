"""The network that is trained: spline coefficients, and how each table is quantised."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal, TypeAlias

import numpy as np

from logicjsc.dataset.samples import Array
from logicjsc.methods.prune.columns import Column, parts_of
from logicjsc.methods.prune.decision import argmax_luts, threshold_luts
from logicjsc.methods.prune.native.library import Contents

End: TypeAlias = Literal["argmax", "thresholds", "nothing"]
"""What stands behind the scores: an argmax, thresholds, or nothing."""


@dataclass
class Edges:
    """The tables of one layer, one for each pair of a source and a target.

    Attributes:
        basis: functions of each source's codes that add up to 1, float32
            ``[sources, codes, splines]``; sources with fewer of them than others end in zeros.
        coefficients: float32 ``[sources, splines, targets]``, in steps of the target's codes.
        widths: output bits of each table; 0 where there is none, int64 ``[sources, targets]``.
        steps: base-2 logarithm of the step of each table's output, int64 ``[sources, targets]``.
    """

    basis: Array
    coefficients: Array
    widths: Array
    steps: Array

    @cached_property
    def functions(self) -> Array:
        """Which coefficients belong to a function at all, bool ``[sources, splines]``."""
        return np.asarray(self.basis.any(axis=1))

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

    @classmethod
    def of(cls, basis: Array, coefficients: Array, width: int, step: int) -> Edges:
        """Tables of one width and step."""
        shape = coefficients.shape[0], coefficients.shape[2]
        return cls(basis, coefficients, np.full(shape, width), np.full(shape, step))

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
        second: tables from hidden codes to scores.
        bias: added to the scores, float32 ``[outputs]``; rounded to whole steps.
        direct: tables from columns to scores; of no targets if there are none.
        scale: factor of the value of one step of the scores.
        grain: base-2 logarithm of what scores are rounded down to multiples of, in steps.
        end: what stands behind the scores.
        counted: whether that is counted.
    """

    columns: list[Column]
    first: Edges
    offset: Array
    second: Edges
    bias: Array
    direct: Edges
    scale: float = 1.0
    grain: int = 0
    end: End = "nothing"
    counted: bool = True

    def contents(self) -> Contents:
        """What stands in the tables, on the grid of the steps."""
        return self.contents_of(self.first.smooth(), self.second.smooth(), self.direct.smooth())

    def contents_of(self, first: Array, second: Array, direct: Array) -> Contents:
        """`contents`, of what `Edges.smooth` gave for the layers."""
        return Contents(
            self.first.rounded(first) * self.first.step_sizes()[:, None],
            np.rint(self.offset),
            self.second.rounded(second) * self.second.step_sizes()[:, None],
            np.rint(self.bias / self.score_unit) * self.score_unit,
            self.direct.rounded(direct) * self.direct.step_sizes()[:, None],
        )

    @property
    def score_unit(self) -> float:
        """All scores are multiples of it before they are rounded down, in steps of the scores."""
        there = [edges.steps[edges.widths > 0] for edges in (self.second, self.direct)]
        steps = np.concatenate(there)
        return float(np.exp2(steps.min() if steps.size else 0))

    @property
    def score_grain(self) -> float:
        """What scores are rounded down to multiples of, in steps; at least `score_unit`."""
        return max(self.score_unit, float(np.exp2(self.grain)))

    def luts(self) -> int:
        """LUTs: one for each bit that a table puts into a sum, those of codes, and of the end.

        A carry chain takes a bit of a table in the LUT that adds it; see `docs/mapping.md`.
        """
        return self.code_luts() + self.table_luts() + self.end_luts(self.score_width())

    def table_luts(self) -> int:
        """LUTs of the tables: a neuron that adds nothing needs none in front of it."""
        first = self.first.widths[:, ~self.alone].sum()
        return int(first + self.second.widths.sum() + self.direct.widths.sum())

    def code_luts(self) -> int:
        """LUTs of the codes that are read; bits that several codes share are made once."""
        used = self.first.widths.any(axis=1) | self.direct.widths.any(axis=1)
        return sum(
            part.luts for part in parts_of(self.columns[place] for place in np.flatnonzero(used))
        )

    def end_luts(self, width: int) -> int:
        """LUTs of what stands behind scores of ``width`` bits, as far as it is counted."""
        outputs = len(self.bias)
        if not self.counted or self.end == "nothing":
            return 0
        if self.end == "argmax":
            return argmax_luts(outputs, width)
        return outputs * threshold_luts(width)

    def score_width(self) -> int:
        """Bits of the scores: what their tables can add up to, in multiples of the grain."""
        contents, grain = self.contents(), self.score_grain
        highest = contents.second.max(axis=1).sum(axis=0)
        if contents.direct.shape[2]:
            highest = highest + contents.direct.max(axis=1).sum(axis=0)
        base = np.floor(contents.bias / grain) * grain
        if self.end == "argmax":
            base = base.min()
        return max(1, int(((highest + contents.bias - base).max()) // grain).bit_length())

    @property
    def alone(self) -> Array:
        """Hidden neurons that add nothing: their only table becomes part of those behind it."""
        return np.asarray((self.first.widths > 0).sum(axis=0) == 1)

    def parameters(self) -> list[Array]:
        """What is trained, in a fixed order."""
        return [
            self.first.coefficients,
            self.offset,
            self.second.coefficients,
            self.bias,
            self.direct.coefficients,
        ]

    def kept(self, columns: Array, hidden: Array) -> State:
        """The network of some columns and hidden neurons only; numbers, ascending."""
        outputs = np.arange(len(self.bias))
        return replace(
            self,
            columns=[self.columns[column] for column in columns],
            first=self.first.kept(columns, hidden),
            offset=self.offset[hidden],
            second=self.second.kept(hidden, outputs),
            direct=self.direct.kept(columns, np.arange(self.direct.widths.shape[1])),
        )


def code_slopes(second: Array) -> Array:
    """Change of the second tables' contents by code, from neighbours one and two codes away."""
    padded = np.pad(second, ((0, 0), (2, 2), (0, 0)), mode="edge")
    codes = second.shape[1]
    near = padded[:, 3 : 3 + codes] - padded[:, 1 : 1 + codes]
    far = padded[:, 4 : 4 + codes] - padded[:, :codes]
    return np.asarray(near / 4 + far / 8)
