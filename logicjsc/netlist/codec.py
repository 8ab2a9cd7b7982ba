"""The two ends of a netlist: raw features to input codes, output codes to class scores."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt

from logicjsc.core.errors import NetlistError
from logicjsc.dataset.fixed_point import MAX_BITS, FixedPoint

Array: TypeAlias = npt.NDArray[Any]

_FARTHEST_EXPONENT: Final = 100
"""Beyond, the values of the widest words would leave the normal numbers of float32."""


@dataclass(frozen=True, eq=False)
class Encoder:
    """Sorted thresholds that turn raw features into input codes.

    Input ``i`` reads feature ``features[i]``. Its code is ``codes[i, j]``, where ``j`` counts the
    thresholds that the feature reaches (``feature >= threshold``).

    Attributes:
        feature_names: names of the raw features, in the order of the columns.
        features: feature of each input, int32 ``[inputs]``.
        thresholds: ascending, float32 ``[inputs, most]``, unused places hold +infinity.
        codes: code of each interval, unsigned ``[inputs, most + 1]``.
        words: fixed-point words that the network itself rounds its features to, if it does: a
            feature and its word's value have the same codes.
    """

    feature_names: tuple[str, ...]
    features: Array
    thresholds: Array
    codes: Array
    words: FixedPoint | None = None

    def __post_init__(self) -> None:
        for name, dtype in (
            ("features", np.int32),
            ("thresholds", np.float32),
            ("codes", np.uint32),
        ):
            array = np.array(getattr(self, name), dtype=dtype)
            array.setflags(write=False)
            object.__setattr__(self, name, array)
        if self.thresholds.ndim != 2:  # noqa: PLR2004 - a matrix
            raise NetlistError("encoder: thresholds need one row per input")
        inputs, most = self.thresholds.shape
        if self.features.shape != (inputs,) or self.codes.shape != (inputs, most + 1):
            raise NetlistError("encoder: features, thresholds and codes differ in shape")
        if inputs and not 0 <= self.features.min() <= self.features.max() < len(self.feature_names):
            raise NetlistError("encoder: an input reads a feature that does not exist")
        if np.isnan(self.thresholds).any() or (np.sort(self.thresholds) != self.thresholds).any():
            raise NetlistError("encoder: thresholds must be ascending numbers")
        if self.words is not None:
            check_words(self.words, len(self.feature_names))

    def encode(self, features: Array) -> Array:
        """Input codes of raw features.

        Args:
            features: float32 ``[jets, features]``.

        Returns:
            Codes, uint32 ``[jets, inputs]``.

        Raises:
            NetlistError: the number of columns differs from the number of features.
        """
        if features.ndim != 2 or features.shape[1] != len(self.feature_names):  # noqa: PLR2004
            raise NetlistError(
                f"the encoder expects {len(self.feature_names)} features, got an array of shape "
                f"{features.shape}"
            )
        columns = features.astype(np.float32, copy=False)
        codes = np.empty((features.shape[0], len(self.features)), np.uint32)
        for index, feature in enumerate(self.features):
            interval = np.searchsorted(self.thresholds[index], columns[:, feature], side="right")
            codes[:, index] = self.codes[index][interval]
        return codes


@dataclass(frozen=True, eq=False)
class Decoder:
    """Class scores of output codes, and the class with the highest score.

    One table serves all outputs and it rises strictly with the code's value, so comparing integer
    codes and comparing scores give the same class. **The lowest class index wins a tie.**

    Attributes:
        class_names: one name per output.
        scores: class score by code, float32 ``[2**width]``.
        signed: whether the codes are two's complement.
    """

    class_names: tuple[str, ...]
    scores: Array
    signed: bool

    def __post_init__(self) -> None:
        scores = np.array(self.scores, dtype=np.float32)
        scores.setflags(write=False)
        object.__setattr__(self, "scores", scores)
        if scores.ndim != 1 or scores.size & (scores.size - 1) or not scores.size:
            raise NetlistError("decoder: the number of scores must be a power of two")
        ascending = np.roll(scores, scores.size // 2) if self.signed else scores
        if not (np.diff(ascending) > 0).all():
            raise NetlistError("decoder: scores must rise strictly with the code's value")

    def decode(self, codes: Array) -> Array:
        """Class scores, float32 ``[jets, outputs]``, of codes ``[jets, outputs]``."""
        return np.asarray(self.scores[codes])

    def classify(self, codes: Array) -> Array:
        """Class index, int64 ``[jets]``, of codes ``[jets, outputs]``; the lowest wins a tie."""
        return np.asarray(np.argmax(self.scores[codes], axis=1))


def read_words(saved: Mapping[str, Any]) -> FixedPoint:
    """Word formats that were saved as JSON; undoes `dataclasses.asdict`.

    Raises:
        NetlistError: there is something else than three entries of whole numbers.
    """
    try:
        bits, exponents, lows = saved["bits"], tuple(saved["exponents"]), tuple(saved["lows"])
    except (LookupError, TypeError) as error:
        raise NetlistError("word formats need bits, exponents and lows") from error
    if any(type(number) is not int for number in (bits, *exponents, *lows)):
        raise NetlistError("word formats must be whole numbers")
    return FixedPoint(bits, exponents, lows)


def check_words(words: FixedPoint, features: int) -> None:
    """Refuse word formats that are not those of ``features`` features, or that float32 cannot hold.

    Raises:
        NetlistError: their number, width, range or step is wrong.
    """
    if not 1 <= words.bits <= MAX_BITS:
        raise NetlistError(f"words of {words.bits} bits; they may have 1 to {MAX_BITS}")
    if not len(words.exponents) == len(words.lows) == features:
        raise NetlistError(
            f"{len(words.exponents)} exponents and {len(words.lows)} lowest words for {features} "
            f"features"
        )
    if any(low not in {0, -(1 << (words.bits - 1))} for low in words.lows):
        raise NetlistError("a word must be unsigned from 0 or signed in two's complement")
    if any(abs(exponent) > _FARTHEST_EXPONENT for exponent in words.exponents):
        raise NetlistError(f"the step of a word must lie within 2**(+-{_FARTHEST_EXPONENT})")
