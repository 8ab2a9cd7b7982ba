"""Features as fixed-point words, the way a trigger delivers them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from logicjsc.core.errors import DataError
from logicjsc.dataset.samples import Array, JetData

_TAIL: Final = 1e-4
"""Part of the jets that may saturate at either end of a feature's range.

A single far outlier would otherwise double the step for all jets."""

MAX_BITS: Final = 24
"""Widest word: every value of it is exact in float32."""


@dataclass(frozen=True)
class FixedPoint:
    """A format per feature: ``value = word * 2**exponent``, rounded half up and saturating.

    Attributes:
        bits: width of every word.
        exponents: power of two of the step, one per feature.
        lows: smallest word, one per feature; the range is ``2**bits`` words from there. It is 0 for
            an unsigned word and ``-2**(bits - 1)`` for a signed one.
    """

    bits: int
    exponents: tuple[int, ...]
    lows: tuple[int, ...]

    @classmethod
    def fit(cls, jets: JetData, bits: int) -> FixedPoint:
        """The finest power-of-two steps whose range covers all but a 10,000th of either tail.

        Raises:
            DataError: ``bits`` is not between 2 and 24.
        """
        if not 2 <= bits <= MAX_BITS:  # noqa: PLR2004 - one bit has no room for a sign
            raise DataError(
                f"fixed-point words of {bits} bits are not possible; use 2 to {MAX_BITS}"
            )
        smallest, largest = np.quantile(
            jets.features.astype(np.float64), (_TAIL, 1 - _TAIL), axis=0
        )
        exponents, lows = [], []
        for low, high in zip(smallest.tolist(), largest.tolist(), strict=True):
            signed = low < 0
            words = 1 << (bits - 1 if signed else bits)
            reach = max(high / (words - 1), -low / words if signed else 0.0)
            exponents.append(math.ceil(math.log2(reach)) if reach > 0 else 0)
            lows.append(-words if signed else 0)
        return cls(bits, tuple(exponents), tuple(lows))

    @property
    def highs(self) -> tuple[int, ...]:
        """Largest word of each feature."""
        return tuple(low + (1 << self.bits) - 1 for low in self.lows)

    def words(self, features: Array) -> Array:
        """Words of raw features, int64 ``[jets, features]``."""
        return np.clip(self._rounded(features), self.lows, self.highs).astype(np.int64)

    def values(self, features: Array) -> Array:
        """Raw features rounded to their words' values, float32, exact."""
        return (self.words(features) * self.steps()).astype(np.float32)

    def patterns(self, numbers: Array) -> Array:
        """Bit patterns of words, unsigned integers: two's complement for signed words."""
        return np.asarray(numbers & ((1 << self.bits) - 1))

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
        borders = ((numbers - 0.5) * self.steps()[:, None]).astype(np.float32)
        while True:
            # The sum with a half is rounded, too, so a number just below the border may reach it.
            below = np.nextafter(borders, np.float32(-np.inf))
            reach = numbers <= self.words(below.T).T
            if not reach.any():
                return np.asarray(borders)
            borders = np.where(reach, below, borders)

    def of_feature(self, feature: int) -> FixedPoint:
        """The format of one feature alone."""
        return FixedPoint(self.bits, (self.exponents[feature],), (self.lows[feature],))

    def saturated(self, features: Array) -> Array:
        """Part of the jets beyond the range, by feature."""
        rounded = self._rounded(features)
        outside = (rounded < np.array(self.lows)) | (rounded > np.array(self.highs))
        return np.asarray(outside.mean(axis=0))

    def steps(self) -> Array:
        """Value of one step of each feature, float32 ``[features]``."""
        return np.exp2(np.array(self.exponents, np.float32))

    def _rounded(self, features: Array) -> Array:
        # In float32 throughout, as the network and its ONNX model do it.
        scaled = features.astype(np.float32) / self.steps()
        return np.asarray(np.floor(scaled + np.float32(0.5)))
