"""Output bits of a network of LUTs as class scores that cost nothing.

A class score is some of the output bits side by side, so it needs wires only. The class is the one
with the highest score, and the lowest index wins a tie, as everywhere.

- ``index``: the bits spell the class in binary; the score of class *i* is the bits that *i* has.
  Of all numbers, the one that is spelt scores highest, and of those that hold the same bits it is
  the lowest.
- ``flags``: one bit for every class but the first, which scores 0 for good; of several flags the
  lowest class's counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from logicjsc.dataset.samples import Array
from logicjsc.dataset.schema import Target


@dataclass(frozen=True)
class ScoreWires:
    """Which output bits make up each class score.

    Attributes:
        outputs: number of output bits.
        width: bits of a score.
        wires: by class, pairs of a bit of the score and the output bit that it is.
    """

    outputs: int
    width: int
    wires: tuple[tuple[tuple[int, int], ...], ...]

    @classmethod
    def make(cls, kind: Literal["index", "flags"], classes: int) -> ScoreWires:
        """The wires of a kind of outputs."""
        if kind == "flags":
            wires = tuple(((0, index - 1),) if index else () for index in range(classes))
            return cls(classes - 1, 1, wires)
        width = max((classes - 1).bit_length(), 1)
        bits = range(width)
        return cls(
            width,
            width,
            tuple(
                tuple((bit, bit) for bit in bits if index >> bit & 1) for index in range(classes)
            ),
        )

    @classmethod
    def of(cls, kind: Literal["index", "flags"], target: Target) -> ScoreWires:
        """The wires of a target; a binary one has a single bit, which is its score."""
        if target.kind == "binary":
            return cls(1, 1, (((0, 0),),))
        return cls.make(kind, len(target.names))

    def scores(self, bits: Array) -> Array:
        """Scores ``[rows, classes]`` of output bits ``[rows, outputs]``."""
        total = np.zeros((len(bits), len(self.wires)), np.int64)
        for index, wires in enumerate(self.wires):
            for place, output in wires:
                total[:, index] += bits[:, output].astype(np.int64) << place
        return total

    def decision(self) -> Array:
        """Class, or 0 or 1, by the outputs' bits read as a number, output 0 the lowest, uint8."""
        codes = np.arange(1 << self.outputs)
        bits = codes[:, None] >> np.arange(self.outputs) & 1
        scores = self.scores(bits)
        decided = scores[:, 0] if scores.shape[1] == 1 else scores.argmax(axis=1)
        return np.asarray(decided, np.uint8)
