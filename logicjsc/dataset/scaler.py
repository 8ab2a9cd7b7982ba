"""Rounding and standardisation of the features, fitted on the training samples only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from logicjsc.dataset.fixed_point import FixedPoint
from logicjsc.dataset.samples import Array, Samples
from logicjsc.dataset.schema import TargetKind


@dataclass(frozen=True)
class Scaler:
    """``(feature - mean) / deviation``; bits stay as they are.

    Attributes:
        mean: one number per feature, in the feature's units; 0 for a bit.
        deviation: standard deviation, one positive number per feature; 1 for a constant feature and
            for a bit.
        words: fixed-point words that features are rounded to before, if any.
        thresholds: of each standardised feature, ascending, for networks that compare features;
            none for a bit.
        bits: which features are bits.
        target_mean: of each value that is predicted, in its units; empty of other targets.
        target_deviation: standard deviation, one positive number per value; empty likewise.
        target_kind: kind of the target.
    """

    mean: tuple[float, ...]
    deviation: tuple[float, ...]
    words: FixedPoint | None = None
    thresholds: tuple[tuple[float, ...], ...] = ()
    bits: tuple[bool, ...] = ()
    target_mean: tuple[float, ...] = ()
    target_deviation: tuple[float, ...] = ()
    target_kind: TargetKind = "classes"

    def __post_init__(self) -> None:
        if not self.bits:
            object.__setattr__(self, "bits", (False,) * len(self.mean))

    @classmethod
    def fit(cls, samples: Samples, bits: int = 0, thresholds: int = 0) -> Scaler:
        """Mean, standard deviation and thresholds of every feature of the training samples.

        Args:
            samples: the samples.
            bits: width of the words that numbers are rounded to before; 0 leaves them as they are.
            thresholds: number of thresholds of each feature, between equally many samples.
        """
        are_bits = np.array([kind == "bit" for kind in samples.schema.feature_kinds])
        words = FixedPoint.fit(samples, bits) if bits or exact_words(samples) else None
        features = samples.features if words is None else words.values(samples.features)
        wide = features.astype(np.float64)
        # float32 is what the model holds; rounding here makes the saved scaler the exact one.
        deviation = wide.std(axis=0).astype(np.float32)
        deviation[(deviation == 0) | are_bits] = 1.0
        means = wide.mean(axis=0)
        means[are_bits] = 0.0
        mean = _as_floats(means)
        chosen: tuple[tuple[float, ...], ...] = ()
        if thresholds:
            chosen = _thresholds((wide - mean) / deviation, thresholds, are_bits)
        targets = _target_scale(samples)
        return cls(
            mean,
            _as_floats(deviation),
            words,
            chosen,
            tuple(are_bits.tolist()),
            *targets,
            target_kind=samples.target.kind,
        )

    @property
    def numbers(self) -> tuple[int, ...]:
        """Places of the features that are no bits."""
        return tuple(place for place, bit in enumerate(self.bits) if not bit)

    @property
    def wires(self) -> tuple[int, ...]:
        """Places of the features that are bits."""
        return tuple(place for place, bit in enumerate(self.bits) if bit)

    def to_dict(self) -> dict[str, Any]:
        """As plain values, for JSON and checkpoints."""
        words = None if self.words is None else self.words.to_dict()
        return {**asdict(self), "words": words}

    @classmethod
    def from_dict(cls, saved: Mapping[str, Any]) -> Scaler:
        """Undo `to_dict`."""
        words = saved["words"]
        return cls(
            tuple(saved["mean"]),
            tuple(saved["deviation"]),
            FixedPoint.from_dict(words) if words else None,
            tuple(tuple(row) for row in saved["thresholds"]),
            tuple(saved["bits"]),
            tuple(saved["target_mean"]),
            tuple(saved["target_deviation"]),
            saved["target_kind"],
        )


def _target_scale(samples: Samples) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Mean and standard deviation of each value that is predicted."""
    if samples.target.kind != "value":
        return (), ()
    wide = samples.targets.astype(np.float64)
    deviation = wide.std(axis=0)
    return _as_floats(wide.mean(axis=0)), _as_floats(np.where(deviation > 0, deviation, 1.0))


def exact_words(samples: Samples) -> bool:
    """Whether all features are words or bits already, so that rounding them changes nothing."""
    return "number" not in samples.schema.feature_kinds


def _thresholds(standardised: Array, number: int, bits: Array) -> tuple[tuple[float, ...], ...]:
    """Thresholds of each feature; none of a bit."""
    return tuple(
        () if is_bit else _as_floats(between(column, number))
        for column, is_bit in zip(standardised.T, bits, strict=True)
    )


def between(values: Array, number: int) -> Array:
    """Thresholds halfway between neighbouring distinct values, ascending, ``[number]``.

    They lie between about equally many samples, each between another pair of values; where there
    are too few pairs, the last threshold is repeated. So none is the same for all samples unless
    the feature is, and rounding moves no sample across.
    """
    distinct, counts = np.unique(values, return_counts=True)
    if len(distinct) == 1:
        return np.full(number, distinct[0] + 1.0)
    gaps = (distinct[1:] + distinct[:-1]) / 2
    if len(gaps) <= number:
        return np.concatenate([gaps, np.full(number - len(gaps), gaps[-1])])
    wanted = np.arange(1, number + 1) * len(values) // (number + 1)
    chosen = np.maximum(np.searchsorted(np.cumsum(counts)[:-1], wanted, side="right") - 1, 0)
    # Each pair once: pushed up where quantiles share one, and down where the pairs end.
    order = np.arange(number)
    chosen = np.maximum.accumulate(chosen - order) + order
    chosen = np.minimum(chosen, len(gaps) - number + order)
    return np.asarray(gaps[chosen])


def _as_floats(values: Array) -> tuple[float, ...]:
    return tuple(float(value) for value in values.astype(np.float32))
