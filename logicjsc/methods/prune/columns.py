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

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from logicjsc.dataset.samples import Array
from logicjsc.methods.prune.config import CODE_BITS
from logicjsc.methods.prune.segments import CODES

__all__ = ["CODES", "Column", "Part", "parts_of"]


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
