"""Codes of at most five bits, cheap enough to come for nothing or a few LUTs.

A code of one feature is smooth: its values follow each other along the feature's words. A
**window** is five neighbouring bits of a word: wires. A **segment** code spends its codes where the
samples are: it cuts the word's range into a few segments and is a narrow window in each of them, at
another place of the word. One LUT makes each bit of it (see `segments.py`). A narrow word is a code
itself.

A **group** is a code of single bits of several features (see `groups.py`): a LUT that adds a bit of
a table has five inputs, and does not ask where they come from.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from logicjsc.dataset.samples import Array
from logicjsc.methods.prune.config import CODE_BITS, ShapeConfig
from logicjsc.methods.prune.groups import choose_groups
from logicjsc.methods.prune.segments import CODES, Cells, best_segments

__all__ = ["CODES", "Column", "Part", "choose_columns", "parts_of"]


@dataclass(frozen=True, eq=False)
class Part:
    """Some bits of a code that one feature tells.

    Attributes:
        name: readable, of letters, digits and underscores; equal names mean equal bits.
        feature: number of the feature.
        code_of: what the bits say by word, read as an unsigned integer, uint8 ``[2**bits]``.
        width: how many bits they are.
        luts: 6-input LUTs that make them from the word.
    """

    name: str
    feature: int
    code_of: Array
    width: int = CODE_BITS
    luts: int = 0

    @classmethod
    def of_bits(cls, name: str, feature: int, bits: int, low: int, width: int) -> Part:
        """Neighbouring bits of a word of ``bits`` bits, from bit ``low`` up: wires."""
        code = np.arange(1 << bits) >> low & ((1 << width) - 1)
        places = f"bit_{low}" if width == 1 else f"bits_{low + width - 1}_{low}"
        return cls(f"{name}_{places}", feature, code.astype(np.uint8), width)


@dataclass(frozen=True, eq=False)
class Column:
    """One code.

    Attributes:
        name: readable, of letters, digits and underscores.
        parts: what it is made of; the first part is its highest bits.
    """

    name: str
    parts: tuple[Part, ...]

    @classmethod
    def of(cls, part: Part) -> Column:
        """The code of one feature."""
        return cls(part.name, (part,))

    @property
    def width(self) -> int:
        """How many bits it has."""
        return sum(part.width for part in self.parts)

    @property
    def luts(self) -> int:
        """LUTs of its parts."""
        return sum(part.luts for part in self.parts)

    @property
    def is_smooth(self) -> bool:
        """Whether its values follow each other along a feature."""
        return len(self.parts) == 1

    def codes(self, patterns: Array) -> Array:
        """Its values, uint8 ``[samples]``, of words as unsigned integers ``[samples, features]``.

        Also of any columns ``[..., features]``.
        """
        found: Array = np.zeros(patterns.shape[:-1], np.uint8)
        for part in self.parts:
            found = found << part.width | part.code_of[patterns[..., part.feature]]
        return found

    @cached_property
    def order(self) -> Array:
        """All codes in the order in which they follow each other along the words, ``[CODES]``.

        A window repeats itself, so that its codes follow each other as numbers do.
        """
        if not self.is_smooth or not self.luts:
            return np.arange(CODES)
        code_of = self.parts[0].code_of
        words = np.bincount(code_of, minlength=CODES)
        sums = np.bincount(code_of, np.arange(len(code_of)), minlength=CODES)
        return np.argsort(sums / np.maximum(words, 1), kind="stable")


def parts_of(columns: Iterable[Column]) -> list[Part]:
    """The parts of some columns, each once, in the order in which they occur."""
    return list({part.name: part for column in columns for part in column.parts}.values())


def choose_columns(
    patterns: Array,
    labels: Array,
    names: tuple[str, ...],
    widths: tuple[int, ...],
    shape: ShapeConfig,
    *,
    seed: int = 0,
) -> list[Column]:
    """The codes that tell most about the class.

    Of each feature with a word of more than five bits: of windows that one which tells most by
    itself, finer ones, which wrap around more often, and coarser ones where there are not enough of
    them; of segment codes each that one which tells most together with those before. Of narrower
    words the word itself. Features of one bit, and if groups are asked for the bits of all
    features, are grouped. What never changes, and features that equal another, are left out.

    Args:
        patterns: words of training samples as unsigned integers ``[samples, features]``.
        labels: class indices ``[samples]``.
        names: of the features.
        widths: of the features' words.
        shape: how many codes there are to be.
        seed: of the order in which bits are tried for groups.

    Returns:
        At most ``shape.codes``; of more those that tell most by themselves. None if no feature
        says anything.
    """
    useful = list(_useful(patterns, names, widths))
    chosen: list[Column] = []
    for feature, name, bits in useful:
        if bits > CODE_BITS:
            chosen += _of_wide(patterns[:, feature], labels, (name, feature, bits), shape)
        elif bits > 1:
            chosen.append(Column.of(Part.of_bits(name, feature, bits, 0, bits)))
    single = [
        Part.of_bits(name, feature, width, low, 1)
        for feature, name, width in useful
        if width == 1 or shape.groups
        for low in reversed(range(width))
    ]
    if single:
        groups = choose_groups(
            [part.code_of[patterns[:, part.feature]] for part in single], labels, shape.groups, seed
        )
        chosen += [
            Column(f"group_{number}", tuple(single[place] for place in group))
            for number, group in enumerate(groups)
        ]
    return _best(chosen, patterns, labels, shape.codes)


def _useful(
    patterns: Array, names: tuple[str, ...], widths: tuple[int, ...]
) -> Iterator[tuple[int, str, int]]:
    """Number, name and width of each feature that changes and equals none before."""
    seen: set[bytes] = set()
    for feature, (name, width) in enumerate(zip(names, widths, strict=True)):
        column = np.ascontiguousarray(patterns[:, feature])
        digest = hashlib.sha256(column.tobytes()).digest()
        # Some published sets have a feature twice.
        if (column != column[0]).any() and digest not in seen:
            seen.add(digest)
            yield feature, name, width


def _of_wide(
    word: Array, labels: Array, of: tuple[str, int, int], shape: ShapeConfig
) -> Iterator[Column]:
    name, feature, bits = of
    if not shape.windows and not shape.segments:
        return
    alone = cells = Cells.of(word.astype(np.int64), labels, bits)
    for number in range(shape.segments):
        code = best_segments(cells, bits).code_of
        yield Column.of(Part(f"{name}_segments_{number}", feature, code, luts=CODE_BITS))
        cells = cells.told(code)
    windows = list(_windows(name, feature, bits))
    told = [alone.told(window.parts[0].code_of).information for window in windows]
    first = max(0, int(np.argmax(told)) - shape.windows + 1)
    yield from windows[first : first + shape.windows]


def _windows(name: str, feature: int, bits: int) -> Iterator[Column]:
    """All windows, the finest first."""
    for shift in range(bits - CODE_BITS + 1):
        yield Column.of(Part.of_bits(name, feature, bits, shift, CODE_BITS))


def _best(columns: list[Column], patterns: Array, labels: Array, most: int) -> list[Column]:
    """Those that tell most by themselves, in their order, if there are more than ``most``."""
    if len(columns) <= most:
        return columns
    told = [
        Cells.of(column.codes(patterns).astype(np.int64), labels, CODE_BITS)
        .told(np.arange(CODES))
        .information
        for column in columns
    ]
    kept = np.sort(np.argsort(-np.array(told), kind="stable")[:most])
    return [columns[place] for place in kept.tolist()]
