"""Five-bit codes of fixed-point words, cheap enough to come for nothing or a few LUTs.

A **window** is five neighbouring bits of a word: wires. A **segment** code spends half of its codes
on one aligned stretch of the word's range, where the jets are, and half on the whole range: one LUT
for every bit.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np

from logicjsc.compact.definition import CODE_BITS, ShapeConfig
from logicjsc.data.jets import Array

CODES: Final = 1 << CODE_BITS
"""Number of different codes, and so of entries of every table."""

_HALF: Final = CODES >> 1

_MOST_JETS: Final = 200_000
"""Training jets by which codes are compared, the first ones."""


@dataclass(frozen=True, eq=False)
class Column:
    """One code of a feature.

    Attributes:
        name: readable, of letters, digits and underscores.
        feature: number of the feature.
        code_of: code by word, read as an unsigned integer, uint8 ``[2**bits]``.
        luts: 6-input LUTs that make the code from the word.
    """

    name: str
    feature: int
    code_of: Array
    luts: int


def choose_columns(
    words: Array, labels: Array, names: tuple[str, ...], bits: int, shape: ShapeConfig
) -> list[Column]:
    """The codes of each feature that tell most about the class, each by itself.

    Finer windows, which wrap around more often, come with the window that tells most.

    Args:
        words: of training jets, as unsigned integers, int64 ``[jets, features]``.
        labels: class indices ``[jets]``.
        names: of the features.
        bits: width of the words.
        shape: how many codes there are to be.
    """
    words, labels = words[:_MOST_JETS], labels[:_MOST_JETS]
    chosen: list[Column] = []
    for feature, name in enumerate(names):
        word = words[:, feature]
        if any(np.array_equal(word, words[:, other]) for other in range(feature)):
            continue  # d2_a1_b1 equals d2_b1
        tells = partial(_tells, word=word, labels=labels)
        if shape.segments:
            chosen.append(max(_segments(name, feature, bits), key=tells))
        windows = list(_windows(name, feature, bits))
        coarsest = windows.index(max(windows, key=tells))
        chosen += windows[max(0, coarsest - shape.windows + 1) : coarsest + 1]
    return chosen


def information(codes: Array, labels: Array, values: int) -> float:
    """Mutual information of a code and the class, in nats.

    Args:
        codes: int64 ``[jets]``.
        labels: class indices ``[jets]``.
        values: number of codes.
    """
    classes = int(labels.max()) + 1
    joint = np.bincount(codes * classes + labels, minlength=values * classes)
    part = joint.reshape(values, classes) / len(codes)
    independent = part.sum(axis=1, keepdims=True) * part.sum(axis=0, keepdims=True)
    there = part > 0
    return float((part[there] * np.log(part[there] / independent[there])).sum())


def _tells(column: Column, word: Array, labels: Array) -> float:
    """Mutual information of a code and the class, where the feature's words are ``word``."""
    return information(column.code_of[word].astype(np.int64), labels, CODES)


def _windows(name: str, feature: int, bits: int) -> Iterator[Column]:
    """All windows, the finest first."""
    word = np.arange(1 << bits)
    for shift in range(bits - CODE_BITS + 1):
        code = (word >> shift) & (CODES - 1)
        top = shift + CODE_BITS - 1
        yield Column(f"{name}_bits_{top}_{shift}", feature, code.astype(np.uint8), 0)


def _segments(name: str, feature: int, bits: int) -> Iterator[Column]:
    """All segment codes: every length of the stretch, and every place of it."""
    word = np.arange(1 << bits)
    coarse = word >> (bits - CODE_BITS + 1)
    for shift in range(bits - CODE_BITS):
        stretch = word >> (shift + CODE_BITS - 1)
        fine = (word >> shift) & (_HALF - 1)
        for start in range(int(stretch[-1]) + 1):
            code = np.where(stretch == start, _HALF + fine, coarse)
            yield Column(f"{name}_fine_{shift}_{start}", feature, code.astype(np.uint8), CODE_BITS)
