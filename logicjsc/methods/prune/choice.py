"""Which codes a network reads, by what they tell on training samples."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from logicjsc.dataset.fixed_point import FixedPoint
from logicjsc.dataset.samples import Array
from logicjsc.methods.prune.columns import CODES, Column, Part
from logicjsc.methods.prune.config import CODE_BITS, ShapeConfig
from logicjsc.methods.prune.groups import Lesson, choose_groups
from logicjsc.methods.prune.segments import Cells, best_segments
from logicjsc.methods.prune.single import bits_of, thresholds_of

_BITS: Final = 2
"""Bits of a word of several bits that groups may have as they are."""


@dataclass(frozen=True, eq=False)
class Patterns:
    """Words of training samples.

    Attributes:
        of: unsigned integers ``[samples, features]``, two's complement of signed words.
        names: of the features.
        words: formats of the words.
    """

    of: Array
    names: tuple[str, ...]
    words: FixedPoint


def choose_columns(
    samples: Patterns, told: Array, lesson: Lesson, shape: ShapeConfig, *, seed: int = 0
) -> list[Column]:
    """The codes that tell most.

    Of each feature with a word of more than five bits: of windows that one which tells most by
    itself, finer ones, which wrap around more often, and coarser ones where there are not enough of
    them; of segment codes each that one which tells most together with those before. Of narrower
    words the word itself. Features of one bit, and if groups are asked for single bits of all
    features, are grouped. What never changes, and features that equal another, are left out.

    Args:
        samples: words of training samples.
        told: classes by which codes of one feature are judged ``[samples]``.
        lesson: by what groups are.
        shape: how many codes there are to be.
        seed: of the draws that groups are chosen by.

    Returns:
        At most ``shape.codes``; of more the groups first, and of others those that tell most by
        themselves. None if no feature says anything.
    """
    patterns, words = samples.of, samples.words
    useful = list(_useful(samples))
    alone: list[Column] = []
    single: list[Part] = []
    for feature, name, width in useful:
        if width > CODE_BITS:
            alone += _of_wide(patterns[:, feature], told, (name, feature, width), shape)
        elif width > 1:
            alone.append(Column.of(Part.of_bits(name, feature, width, 0, width)))
        if width == 1:
            single += bits_of(name, feature, width)
        elif shape.groups:
            single += _best_bits(bits_of(name, feature, width), patterns, told)
        if width > 1 and shape.groups and shape.thresholds:
            mine = patterns[:, feature]
            single += thresholds_of(name, feature, words, mine, shape.thresholds)
    groups = _grouped(single, patterns, lesson, shape, seed)
    groups = groups[: shape.codes]
    return [*_best(alone, patterns, told, shape.codes - len(groups)), *groups]


def _useful(samples: Patterns) -> Iterator[tuple[int, str, int]]:
    """Number, name and width of each feature that changes and equals none before."""
    seen: set[bytes] = set()
    for feature, (name, width) in enumerate(zip(samples.names, samples.words.widths, strict=True)):
        column = np.ascontiguousarray(samples.of[:, feature])
        digest = hashlib.sha256(column.tobytes()).digest()
        # Some published sets have a feature twice.
        if (column != column[0]).any() and digest not in seen:
            seen.add(digest)
            yield feature, name, width


def _best_bits(bits: list[Part], patterns: Array, told: Array) -> list[Part]:
    """Bits of one word that tell most by themselves, in their order."""
    informations = [
        Cells.of(bit.code_of[patterns[:, bit.feature]].astype(np.int64), told, 1)
        .told(np.arange(2))
        .information
        for bit in bits
    ]
    kept = np.sort(np.argsort(-np.array(informations), kind="stable")[:_BITS])
    return [bits[place] for place in kept.tolist()]


def _grouped(
    single: list[Part], patterns: Array, lesson: Lesson, shape: ShapeConfig, seed: int
) -> list[Column]:
    """Groups of bits; of bits that say the same only the first is taken."""
    kept: dict[bytes, tuple[Part, Array]] = {}
    for part in sorted(single, key=lambda part: part.luts):
        bit = part.code_of[patterns[:, part.feature]]
        if (bit != bit[0]).any():
            kept.setdefault(hashlib.sha256(bit.tobytes()).digest(), (part, bit))
    if not kept:
        return []
    parts = [part for part, _ in kept.values()]
    bits = np.stack([bit for _, bit in kept.values()], axis=1)
    groups = choose_groups(bits, lesson, shape.groups, seed)
    return [
        Column(f"group_{number}", tuple(parts[place] for place in group))
        for number, group in enumerate(groups)
    ]


def _of_wide(
    word: Array, told: Array, of: tuple[str, int, int], shape: ShapeConfig
) -> Iterator[Column]:
    name, feature, bits = of
    if not shape.windows and not shape.segments:
        return
    alone = cells = Cells.of(word.astype(np.int64), told, bits)
    for number in range(shape.segments):
        code = best_segments(cells, bits).code_of
        yield Column.of(Part(f"{name}_segments_{number}", feature, code, luts=CODE_BITS))
        cells = cells.told(code)
    windows = list(_windows(name, feature, bits))
    informations = [alone.told(window.parts[0].code_of).information for window in windows]
    first = max(0, int(np.argmax(informations)) - shape.windows + 1)
    yield from windows[first : first + shape.windows]


def _windows(name: str, feature: int, bits: int) -> Iterator[Column]:
    """All windows, the finest first."""
    for shift in range(bits - CODE_BITS + 1):
        yield Column.of(Part.of_bits(name, feature, bits, shift, CODE_BITS))


def _best(columns: list[Column], patterns: Array, told: Array, most: int) -> list[Column]:
    """Those that tell most by themselves, in their order, if there are more than ``most``."""
    if len(columns) <= most:
        return columns
    every = np.arange(CODES)
    informations = [
        Cells.of(column.codes(patterns).astype(np.int64), told, CODE_BITS).told(every).information
        for column in columns
    ]
    kept = np.sort(np.argsort(-np.array(informations), kind="stable")[:most])
    return [columns[place] for place in kept.tolist()]
