"""Standardisation of the features, fitted on the training jets only."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from logicjsc.data.jets import Array, JetData


@dataclass(frozen=True)
class Scaler:
    """``(feature - mean) / deviation``.

    Attributes:
        mean: one number per feature, in the feature's units.
        deviation: standard deviation, one positive number per feature; 1 for a constant feature.
    """

    mean: tuple[float, ...]
    deviation: tuple[float, ...]

    @classmethod
    def fit(cls, jets: JetData) -> Scaler:
        """Mean and standard deviation of every feature."""
        wide = jets.features.astype(np.float64)
        # float32 is what the model holds; rounding here makes the saved scaler the exact one.
        deviation = wide.std(axis=0).astype(np.float32)
        deviation[deviation == 0] = 1.0
        return cls(_as_floats(wide.mean(axis=0)), _as_floats(deviation))


def _as_floats(values: Array) -> tuple[float, ...]:
    return tuple(float(value) for value in values.astype(np.float32))
