"""Features as fixed-point words, the way a trigger delivers them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from logicjsc.core.errors import DataError
from logicjsc.dataset.samples import Array, Samples
from logicjsc.dataset.values import checked_features

_TAIL: Final = 1e-4
"""Fraction of the samples that may saturate at either end of a feature's range.

A single far outlier would otherwise double the step for all samples."""

MAX_BITS: Final = 24
"""Widest word: every value of it is exact in float32."""


@dataclass(frozen=True)
class FixedPoint:
    """A format per feature: ``value = word * 2**exponent``, rounded and saturating.

    Attributes:
        widths: bits of each feature's word.
        exponents: power of two of the step, one per feature.
        lows: smallest word, one per feature; the range is ``2**width`` words from there. It is 0
            for an unsigned word and ``-2**(width - 1)`` for a signed one.
        floors: whether a feature is rounded downwards, as by dropping its lowest bits; by default
            half up.
    """

    widths: tuple[int, ...]
    exponents: tuple[int, ...]
    lows: tuple[int, ...]
    floors: bool = False

    @classmethod
    def fit(cls, samples: Samples, bits: int) -> FixedPoint:
        """A format per feature, by its kind.

        Of numbers, the finest power-of-two steps whose range covers all but a 10,000th of either
        tail. Words and bits keep their own values: whole steps, and no more bits than they need; a
        word that needs more than ``bits`` is rounded like a number.

        Args:
            samples: training samples.
            bits: width of the words of numbers; may be 0 if there are none.

        Raises:
            DataError: ``bits`` is not between 2 and 24, and there are numbers.
        """
        kinds = samples.schema.feature_kinds
        if "number" in kinds and not 2 <= bits <= MAX_BITS:  # noqa: PLR2004 - one bit has no room for a sign
            raise DataError(
                f"fixed-point words of {bits} bits are not possible; use 2 to {MAX_BITS}"
            )
        smallest, largest = np.quantile(
            samples.features.astype(np.float64), (_TAIL, 1 - _TAIL), axis=0
        )
        formats = []
        for kind, low, high, (lowest, highest) in zip(
            kinds, smallest.tolist(), largest.tolist(), samples.schema.ranges, strict=True
        ):
            if kind == "number":
                formats.append(_of_number(low, high, bits))
                continue
            whole = _of_whole(lowest, highest)
            too_wide = bits and whole[0] > bits
            formats.append(_of_number(low, high, bits) if too_wide else whole)
        widths, exponents, lows = zip(*formats, strict=True)
        return cls(widths, exponents, lows)

    @classmethod
    def uniform(cls, bits: int, exponents: tuple[int, ...], lows: tuple[int, ...]) -> FixedPoint:
        """Formats of one width."""
        return cls((bits,) * len(exponents), exponents, lows)

    @classmethod
    def from_dict(cls, saved: Mapping[str, Any]) -> FixedPoint:
        """Undo `to_dict`.

        Raises:
            LookupError: an entry is missing.
            TypeError: an entry is no number or list, or how to round is neither true nor false.
        """
        exponents, lows = tuple(saved["exponents"]), tuple(saved["lows"])
        floors = saved.get("floors", False)
        if not isinstance(floors, bool):
            raise TypeError("floors must be true or false")
        bits = saved["bits"]
        widths = tuple(bits) if isinstance(bits, (list, tuple)) else (bits,) * len(exponents)
        return cls(widths, exponents, lows, floors)

    def to_dict(self) -> dict[str, Any]:
        """For JSON; a single number stands for equal widths, and half up is not told."""
        bits: int | list[int] = list(self.widths)
        if len(set(self.widths)) == 1:
            bits = self.widths[0]
        formats = {"bits": bits, "exponents": list(self.exponents), "lows": list(self.lows)}
        return {**formats, "floors": True} if self.floors else formats

    @property
    def widest(self) -> int:
        """Bits of the widest word."""
        return max(self.widths)

    @property
    def highs(self) -> tuple[int, ...]:
        """Largest word of each feature."""
        return tuple(
            low + (1 << width) - 1 for low, width in zip(self.lows, self.widths, strict=True)
        )

    def words(self, features: Array) -> Array:
        """Words of raw features, int64 ``[samples, features]``.

        Those beyond the range saturate: they become the lowest or the highest word.

        Raises:
            DataError: a feature is not finite in float32.
        """
        return np.clip(self._rounded(features), self.lows, self.highs).astype(np.int64)

    def values(self, features: Array) -> Array:
        """Raw features rounded to their words' values, float32, exact."""
        return (self.words(features) * self.steps()).astype(np.float32)

    def patterns(self, numbers: Array) -> Array:
        """Bit patterns of words, unsigned integers: two's complement for signed words."""
        return np.asarray(numbers & (np.int64(1) << np.array(self.widths, np.int64)) - 1)

    def numbers(self, patterns: Array) -> Array:
        """Words, int64 ``[..., features]``, of their bit patterns; undoes `patterns`."""
        lows = np.array(self.lows, np.int64)
        return np.asarray(self.patterns(patterns - lows) + lows)

    def borders(self, numbers: Array) -> Array:
        """The smallest float32 features that are rounded to words, or above.

        Args:
            numbers: words, each above the lowest of its feature, int64 ``[features, borders]``.

        Returns:
            float32 ``[features, borders]``.
        """
        half = 0.0 if self.floors else 0.5
        borders = ((numbers - half) * self.steps()[:, None]).astype(np.float32)
        while True:
            # The sum with a half is rounded, too, so a number just below the border may reach it.
            below = np.nextafter(borders, np.float32(-np.inf))
            reach = numbers <= self.words(below.T).T
            if not reach.any():
                return np.asarray(borders)
            borders = np.where(reach, below, borders)

    def of_feature(self, feature: int) -> FixedPoint:
        """The format of one feature alone."""
        return FixedPoint(
            (self.widths[feature],),
            (self.exponents[feature],),
            (self.lows[feature],),
            self.floors,
        )

    def saturated(self, features: Array) -> Array:
        """Fraction of the samples beyond the range, by feature."""
        rounded = self._rounded(features)
        outside = (rounded < np.array(self.lows)) | (rounded > np.array(self.highs))
        return np.asarray(outside.mean(axis=0))

    def steps(self) -> Array:
        """Value of one step of each feature, float32 ``[features]``."""
        return np.exp2(np.array(self.exponents, np.float32))

    def _rounded(self, features: Array) -> Array:
        numbered = tuple(map(str, range(len(self.widths))))
        given = checked_features(features, numbered)
        if self.floors:
            # In float64, for the smallest numbers below 0 would become 0 in float32.
            return np.asarray(np.floor(given.astype(np.float64) / self.steps()))
        # In float32 throughout, as the network and its ONNX model do it; what leaves float32 there
        # lies beyond the range as well.
        with np.errstate(over="ignore"):
            scaled = given / self.steps()
        return np.asarray(np.floor(scaled + np.float32(0.5)))


def _of_number(low: float, high: float, bits: int) -> tuple[int, int, int]:
    """Width, exponent and lowest word of numbers between two."""
    signed = low < 0
    words = 1 << (bits - 1 if signed else bits)
    reach = max(high / (words - 1), -low / words if signed else 0.0)
    exponent = math.ceil(math.log2(reach)) if reach > 0 else 0
    return bits, exponent, -words if signed else 0


def _of_whole(lowest: int, highest: int) -> tuple[int, int, int]:
    """Width, exponent and lowest word of whole numbers between two."""
    if lowest >= 0:
        return max(highest.bit_length(), 1), 0, 0
    width = max((-lowest - 1).bit_length(), highest.bit_length()) + 1
    return width, 0, -(1 << (width - 1))
