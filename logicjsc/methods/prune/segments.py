"""Codes that are fine where the samples are, with one LUT for each of their bits.

A segment code has either two segments of 16 codes or four of 8. Its highest bits say in which
segment a word is: functions of the word's six highest bits at most. The bits below are a window of
the word that lies elsewhere in each segment: a LUT chooses one of two or four bits of the word by
the highest bits of the code, with at most six inputs.

Cuts are chosen so that the code tells most about the class (mutual information on training
samples). What a code tells is a sum over its segments, so that dynamic programming finds the best
cuts.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from logicjsc.dataset.samples import Array
from logicjsc.methods.prune.config import CODE_BITS

CODES: Final = 1 << CODE_BITS
"""Number of different codes, and so of entries of every table."""

_SELECTING_BITS: Final = 6
"""Inputs of the LUTs that say in which segment a word is."""

_FOUR: Final = 4


@dataclass(frozen=True, eq=False)
class Cells:
    """What is known of the words of a feature, and what it tells about the class.

    Attributes:
        counts: samples by word and class, float64 ``[2**bits, classes]``.
        known: number of what is known of a word, int64 ``[2**bits]``.
    """

    counts: Array
    known: Array

    @classmethod
    def of(cls, words: Array, labels: Array, bits: int) -> Cells:
        """Cells of training samples, of which nothing is known.

        Args:
            words: of one feature, unsigned, int64 ``[samples]``.
            labels: class indices ``[samples]``.
            bits: width of the words.
        """
        classes = int(labels.max()) + 1
        joint = np.bincount(words * classes + labels, minlength=classes << bits)
        return cls(joint.reshape(-1, classes).astype(np.float64), np.zeros(1 << bits, np.int64))

    def told(self, code_of: Array) -> Cells:
        """Cells of which a code is known as well, uint8 ``[2**bits]``."""
        both = self.known * (int(code_of.max()) + 1) + code_of
        return Cells(self.counts, np.unique(both, return_inverse=True)[1].reshape(-1))

    @property
    def information(self) -> float:
        """Mutual information of what is known and the class, in nats."""
        samples, by_class = self.counts.sum(), self.counts.sum(axis=0)
        return float((self.certainty(slice(None)) - _certainty(by_class[None])) / samples)

    def certainty(self, words: slice, window: Array | None = None) -> float:
        """Sum of the logarithms of the part of each sample's class in its cell, over some words.

        Args:
            words: which.
            window: known of them as well, below `CODES`, by word.
        """
        known = self.known[words] if window is None else self.known[words] * CODES + window[words]
        names, places = np.unique(known, return_inverse=True)
        sums = np.zeros((len(names), self.counts.shape[1]))
        np.add.at(sums, places.reshape(-1), self.counts[words])
        return _certainty(sums)


@dataclass(frozen=True, eq=False)
class Segments:
    """A segment code.

    Attributes:
        cuts: first word of each segment of four, or the first word and the one behind the last of
            the fine one of two.
        shifts: lowest bit of the window in each segment.
        certainty: see `Cells.certainty`, over all words.
        code_of: code by word, uint8 ``[2**bits]``.
    """

    cuts: tuple[int, ...]
    shifts: tuple[int, ...]
    certainty: float
    code_of: Array


def best_segments(cells: Cells, bits: int) -> Segments:
    """The segment code that tells most, together with what is known.

    Args:
        cells: of the feature.
        bits: width of the words.
    """
    return max(
        (*_of_two(cells, bits), _of_four(cells, bits)), key=lambda segments: segments.certainty
    )


def _of_two(cells: Cells, bits: int) -> Iterator[Segments]:
    """Codes with half of the codes on an aligned stretch and half on the whole range."""
    half = CODES >> 1
    word = np.arange(1 << bits)
    coarse = word >> (bits - CODE_BITS + 1)
    least = max(0, bits - CODE_BITS + 1 - _SELECTING_BITS)
    for shift in range(least, bits - CODE_BITS):
        stretch = word >> (shift + CODE_BITS - 1)
        fine = (word >> shift) & (half - 1)
        for start in range(int(stretch[-1]) + 1):
            code = np.where(stretch == start, half + fine, coarse).astype(np.uint8)
            length = half << shift
            yield Segments(
                (start * length, (start + 1) * length),
                (shift, bits - CODE_BITS + 1),
                cells.certainty(slice(None), code),
                code,
            )


def _of_four(cells: Cells, bits: int) -> Segments:
    """The best code with four segments, by the best codes with fewer of a part of the range."""
    each = CODES // _FOUR
    blocks = 1 << min(bits, _SELECTING_BITS)
    block = (1 << bits) // blocks
    word = np.arange(1 << bits)
    gains = np.full((blocks + 1, blocks + 1), -np.inf)
    for start in range(blocks):
        for end in range(start + 1, blocks + 1):
            window = word >> _shift((end - start) * block, each) & (each - 1)
            gains[start, end] = cells.certainty(slice(start * block, end * block), window)
    best, origins = gains[0], []
    for _ in range(_FOUR - 1):
        through = best[:, None] + gains
        origins.append(through.argmax(axis=0))
        best = through.max(axis=0)
    ends = [blocks]
    for origin in reversed(origins):
        ends.append(int(origin[ends[-1]]))
    cuts = (0, *(end * block for end in reversed(ends[1:])))
    shifts = tuple(
        _shift(end - start, each) for start, end in zip(cuts, (*cuts[1:], 1 << bits), strict=True)
    )
    segment = np.searchsorted(cuts, word, side="right") - 1
    code = segment * each + (word >> np.array(shifts)[segment] & (each - 1))
    return Segments(cuts, shifts, float(best[blocks]), code.astype(np.uint8))


def _shift(length: int, codes: int) -> int:
    """The lowest place at which a window of ``codes`` codes tells all words of a segment apart."""
    return max(0, (length - 1).bit_length() - (codes - 1).bit_length())


def _certainty(counts: Array) -> float:
    """Sum of n log(n / sum of the row's n)."""
    sums = np.broadcast_to(counts.sum(axis=1, keepdims=True), counts.shape)
    there = counts > 0
    return float((counts[there] * np.log(counts[there] / sums[there])).sum())
