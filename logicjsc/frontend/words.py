"""One-bit signals with names such as ``x[3]``, joined to words of several bits."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

import numpy as np

from logicjsc.core.errors import ImportedModelError
from logicjsc.netlist.builder import NetlistBuilder

MOST_INPUT_BITS: Final = 16
"""Widest word that goes in: each of its bits is a table of the word."""

_BIT: Final = re.compile(r"(.+)\[(\d{1,9})\]")


def words_of(names: Sequence[str], most: int, source: object) -> list[tuple[str, list[int]]]:
    """Words in the order in which they begin, each with the places of its bits, the lowest first.

    A name without brackets is a word of one bit.

    Args:
        names: of the bits, each once.
        most: bits of a word.
        source: what messages call the file.

    Raises:
        ImportedModelError: a word lacks a bit, or is too wide.
    """
    bits: dict[str, dict[int, int]] = {}
    single: dict[str, int] = {}
    order: dict[str, None] = {}
    for place, name in enumerate(names):
        found = _BIT.fullmatch(name)
        word = found[1] if found else name
        if found:
            bits.setdefault(word, {})[int(found[2])] = place
        else:
            single[word] = place
        order[word] = None
    words = []
    for word in order:
        if word in bits and word in single:
            raise ImportedModelError(
                f"{source}: {word} is a word and a bit; import it with words = false"
            )
        held = bits.get(word) or {0: single[word]}
        missing = set(range(len(held))) - held.keys()
        if missing:
            raise ImportedModelError(
                f"{source}: {word} has no bit {min(missing)}; import it with words = false"
            )
        if len(held) > most:
            raise ImportedModelError(
                f"{source}: {word} has {len(held)} bits; a word here has at most {most}, "
                "import it with words = false"
            )
        words.append((word, [held[bit] for bit in range(len(held))]))
    return words


def split(builder: NetlistBuilder, word: int) -> list[int]:
    """The bits of an unsigned signal, the lowest first."""
    width = builder.signal(word).width
    if width == 1:
        return [word]
    values = np.arange(1 << width)
    return [builder.table([word], values >> bit & 1, 1) for bit in range(width)]


def join(builder: NetlistBuilder, bits: Sequence[int]) -> int:
    """The unsigned signal whose bits are given, the lowest first."""
    if len(bits) == 1:
        return bits[0]
    return builder.add(bits, shifts=range(len(bits)))
