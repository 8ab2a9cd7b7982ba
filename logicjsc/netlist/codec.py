"""The two ends of a netlist: raw features to input codes, output codes to scores and decisions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt

from logicjsc.core.errors import NetlistError
from logicjsc.dataset.fixed_point import MAX_BITS, FixedPoint
from logicjsc.dataset.schema import TARGET_KINDS, TargetKind
from logicjsc.dataset.values import checked_features

Array: TypeAlias = npt.NDArray[Any]

_FARTHEST_EXPONENT: Final = 100
"""Beyond, the values of the widest words would leave the normal numbers of float32."""

FEATURE: Final = "x"
CLASS: Final = "class"
VALUE: Final = "y"
"""What features, classes and values of a model are called that has no names for them."""


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
            features: finite numbers ``[samples, features]``, compared as float32.

        Returns:
            Codes, uint32 ``[samples, inputs]``.

        Raises:
            DataError: it is no array of numbers, the number of columns differs from the number of
                features, or a number is not finite in float32.
        """
        columns = checked_features(features, self.feature_names)
        codes = np.empty((columns.shape[0], len(self.features)), np.uint32)
        for index, feature in enumerate(self.features):
            interval = np.searchsorted(self.thresholds[index], columns[:, feature], side="right")
            codes[:, index] = self.codes[index][interval]
        return codes


@dataclass(frozen=True, eq=False)
class Decoder:
    """Scores of output codes, and what they decide.

    Of **classes**, the one with the highest score; **the lowest class index wins a tie**. A
    **binary** target or one of several **labels** is affirmed if its score reaches a threshold. A
    **value** is the score itself. But for values, scores rise strictly with the code's value, so
    comparing integer codes and comparing scores decide the same.

    Attributes:
        class_names: of the classes in order; of a binary target "no" and "yes" in the words of the
            data; of the labels; of the values.
        scores: score by code, float32 ``[2**width]`` for all outputs, or ``[outputs, 2**width]``.
        signed: whether the codes are two's complement.
        kind: what is decided.
        thresholds: scores from which on a binary target or a label is affirmed, one per output;
            empty of other kinds.
    """

    class_names: tuple[str, ...]
    scores: Array
    signed: bool
    kind: TargetKind = "classes"
    thresholds: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        scores = np.array(self.scores, dtype=np.float32)
        scores.setflags(write=False)
        object.__setattr__(self, "scores", scores)
        codes = scores.shape[-1] if scores.ndim else 0
        if scores.ndim not in {1, 2} or codes & (codes - 1) or not codes:
            raise NetlistError("decoder: the number of scores must be a power of two")
        if scores.ndim == 2 and len(scores) != self.outputs:  # noqa: PLR2004 - a matrix
            raise NetlistError("decoder: there must be scores of every output")
        if self.kind not in TARGET_KINDS:
            raise NetlistError(f"decoder: {self.kind!r} is no kind of target")
        if self.kind == "classes" and scores.ndim != 1:
            raise NetlistError("decoder: classes need one table of scores for all outputs")
        if self.kind == "binary" and len(self.class_names) != 2:  # noqa: PLR2004 - no and yes
            raise NetlistError("decoder: a binary target has two names")
        affirmed = self.kind in {"binary", "labels"}
        if len(self.thresholds) != (self.outputs if affirmed else 0):
            raise NetlistError("decoder: there must be a threshold for every yes or no")
        if not np.isfinite(scores).all() or not np.isfinite(self.thresholds).all():
            raise NetlistError("decoder: scores and thresholds must be finite")
        if self.kind != "value" and not (np.diff(self._by_value()) > 0).all():
            raise NetlistError("decoder: scores must rise strictly with the code's value")

    @property
    def outputs(self) -> int:
        """Number of outputs."""
        return 1 if self.kind == "binary" else len(self.class_names)

    @property
    def output_names(self) -> tuple[str, ...]:
        """A name for each output."""
        return self.class_names[1:] if self.kind == "binary" else self.class_names

    @property
    def code_thresholds(self) -> tuple[int, ...]:
        """Code values from which on a binary target or a label is affirmed, one per output.

        One more than the largest value if no code reaches the threshold.
        """
        lowest = -(self.scores.shape[-1] // 2) if self.signed else 0
        rows = np.broadcast_to(self._by_value(), (self.outputs, self.scores.shape[-1]))
        return tuple(
            lowest + int(np.searchsorted(row, np.float32(threshold), side="left"))
            for row, threshold in zip(rows, self.thresholds, strict=False)
        )

    def decode(self, codes: Array) -> Array:
        """Scores, float32 ``[samples, outputs]``, of codes ``[samples, outputs]``."""
        if self.scores.ndim == 1:
            return np.asarray(self.scores[codes])
        return np.asarray(self.scores[np.arange(len(self.scores)), codes])

    def classify(self, codes: Array) -> Array:
        """What codes ``[samples, outputs]`` decide.

        Returns:
            Class index, int64 ``[samples]``; 0 or 1 of a binary target, uint8 ``[samples]``; 0 or 1
            of each label, uint8 ``[samples, labels]``; values, float32 ``[samples, values]``.
        """
        return self.decide(self.decode(codes))

    def decide(self, scores: Array) -> Array:
        """The same of scores."""
        if self.kind == "classes":
            return np.asarray(np.argmax(scores, axis=1))
        if self.kind == "value":
            return scores
        affirmed = (scores >= np.array(self.thresholds, np.float32)).astype(np.uint8)
        return affirmed[:, 0] if self.kind == "binary" else affirmed

    def _by_value(self) -> Array:
        """Scores in the order of the codes' values, ``[..., 2**width]``."""
        return (
            np.roll(self.scores, self.scores.shape[-1] // 2, axis=-1)
            if self.signed
            else self.scores
        )


def numbered_names(prefix: str, count: int) -> tuple[str, ...]:
    """Names of what has none: a prefix and numbers; of a single thing the prefix."""
    return tuple(f"{prefix}{index}" for index in range(count)) if count > 1 else (prefix,)


def names_fit(own: tuple[str, ...], given: tuple[str, ...], prefix: str) -> bool:
    """Whether names are those of a network; those of one without names fit if their number does."""
    return own == given or (len(own) == len(given) and own == numbered_names(prefix, len(own)))


def read_words(saved: Mapping[str, Any]) -> FixedPoint:
    """Word formats that were saved as JSON; undoes `FixedPoint.to_dict`.

    Raises:
        NetlistError: there is something else than three entries of whole numbers.
    """
    try:
        words = FixedPoint.from_dict(saved)
        numbers = (*words.widths, *words.exponents, *words.lows)
    except (LookupError, TypeError) as error:
        raise NetlistError("word formats need bits, exponents and lows") from error
    if any(type(number) is not int for number in numbers):
        raise NetlistError("word formats must be whole numbers")
    return words


def check_words(words: FixedPoint, features: int) -> None:
    """Refuse word formats that are not those of ``features`` features, or that float32 cannot hold.

    Raises:
        NetlistError: their number, width, range or step is wrong.
    """
    if not len(words.widths) == len(words.exponents) == len(words.lows) == features:
        raise NetlistError(
            f"{len(words.widths)} widths, {len(words.exponents)} exponents and {len(words.lows)} "
            f"lowest words for {features} features"
        )
    wrong = [width for width in words.widths if not 1 <= width <= MAX_BITS]
    if wrong:
        raise NetlistError(f"words of {wrong[0]} bits; they may have 1 to {MAX_BITS}")
    if any(
        low not in {0, -(1 << (width - 1))}
        for low, width in zip(words.lows, words.widths, strict=True)
    ):
        raise NetlistError("a word must be unsigned from 0 or signed in two's complement")
    if any(abs(exponent) > _FARTHEST_EXPONENT for exponent in words.exponents):
        raise NetlistError(f"the step of a word must lie within 2**(+-{_FARTHEST_EXPONENT})")
