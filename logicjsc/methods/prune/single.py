"""Single bits of features that groups are made of: bits of words, and words above a threshold."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from logicjsc.dataset.fixed_point import FixedPoint
from logicjsc.dataset.samples import Array
from logicjsc.methods.prune.columns import Part

_LUT_BITS: Final = 6
"""Highest bits of a word that a LUT compares with a constant."""


def bits_of(name: str, feature: int, width: int) -> list[Part]:
    """All bits of a feature's word, the highest first: wires."""
    return [Part.of_bits(name, feature, width, low, 1) for low in reversed(range(width))]


def thresholds_of(
    name: str, feature: int, words: FixedPoint, patterns: Array, count: int
) -> Iterator[Part]:
    """Whether a feature's word reaches a threshold, for thresholds between which samples lie.

    Thresholds are quantiles of the samples without the most frequent word, which many features have
    as a value that means none. They are rounded so that one LUT tells them from the word's six
    highest bits; what one bit tells is a wire.

    Args:
        name: of the feature.
        feature: its number.
        words: formats of the words.
        patterns: of training samples, unsigned integers ``[samples]``.
        count: how many thresholds, at most.
    """
    width = words.widths[feature]
    low = words.lows[feature]
    # Words in their order, from 0: those of a signed word begin in the middle of the patterns.
    place = (np.arange(1 << width) - low) % (1 << width)
    counts = np.bincount(place[patterns], minlength=1 << width)
    counts[counts.argmax()] = 0
    if not counts.any():
        counts[:] = 1  # one of two words; any threshold between them
    reached = np.cumsum(counts) / counts.sum()
    grain = 1 << max(0, width - _LUT_BITS)
    wanted = np.searchsorted(reached, np.arange(1, count + 1) / (count + 1))
    for threshold in np.unique((wanted + grain // 2) // grain * grain).tolist():
        if 0 < threshold < 1 << width:
            code = (place >= threshold).astype(np.uint8)
            yield Part(f"{name}_at_{threshold + low}", feature, code, 1, _luts(threshold, width))


def _luts(threshold: int, width: int) -> int:
    """A threshold in the middle is the highest bit, or its complement."""
    return int(threshold != 1 << (width - 1))
