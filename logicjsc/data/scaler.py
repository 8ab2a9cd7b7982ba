"""Rounding and standardisation of the features, fitted on the training jets only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from logicjsc.data.fixed_point import FixedPoint
from logicjsc.data.jets import Array, JetData


@dataclass(frozen=True)
class Scaler:
    """``(feature - mean) / deviation``.

    Attributes:
        mean: one number per feature, in the feature's units.
        deviation: standard deviation, one positive number per feature; 1 for a constant feature.
        words: fixed-point words that features are rounded to before, if any.
    """

    mean: tuple[float, ...]
    deviation: tuple[float, ...]
    words: FixedPoint | None = None

    @classmethod
    def fit(cls, jets: JetData, bits: int = 0) -> Scaler:
        """Mean and standard deviation of every feature, after rounding to words of ``bits`` bits.

        ``bits`` 0 leaves the features as they are.
        """
        words = FixedPoint.fit(jets, bits) if bits else None
        if words is not None:
            jets = replace(jets, features=words.values(jets.features))
        wide = jets.features.astype(np.float64)
        # float32 is what the model holds; rounding here makes the saved scaler the exact one.
        deviation = wide.std(axis=0).astype(np.float32)
        deviation[deviation == 0] = 1.0
        return cls(_as_floats(wide.mean(axis=0)), _as_floats(deviation), words)

    @classmethod
    def from_dict(cls, saved: Mapping[str, Any]) -> Scaler:
        """Undo `dataclasses.asdict`, also of scalers saved before there were words."""
        words = saved.get("words")
        return cls(
            tuple(saved["mean"]), tuple(saved["deviation"]), FixedPoint(**words) if words else None
        )


def _as_floats(values: Array) -> tuple[float, ...]:
    return tuple(float(value) for value in values.astype(np.float32))
