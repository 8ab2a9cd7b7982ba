"""Rounding and standardisation of the features, fitted on the training jets only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from logicjsc.dataset.fixed_point import FixedPoint
from logicjsc.dataset.samples import Array, JetData


@dataclass(frozen=True)
class Scaler:
    """``(feature - mean) / deviation``.

    Attributes:
        mean: one number per feature, in the feature's units.
        deviation: standard deviation, one positive number per feature; 1 for a constant feature.
        words: fixed-point words that features are rounded to before, if any.
        thresholds: of each standardised feature, ascending, for networks that compare features.
    """

    mean: tuple[float, ...]
    deviation: tuple[float, ...]
    words: FixedPoint | None = None
    thresholds: tuple[tuple[float, ...], ...] = ()

    @classmethod
    def fit(cls, jets: JetData, bits: int = 0, thresholds: int = 0) -> Scaler:
        """Mean, standard deviation and thresholds of every feature of the training jets.

        Args:
            jets: the jets.
            bits: width of the words that features are rounded to before; 0 leaves them as they are.
            thresholds: number of thresholds of each feature, between equally many jets.
        """
        words = FixedPoint.fit(jets, bits) if bits else None
        if words is not None:
            jets = replace(jets, features=words.values(jets.features))
        wide = jets.features.astype(np.float64)
        # float32 is what the model holds; rounding here makes the saved scaler the exact one.
        deviation = wide.std(axis=0).astype(np.float32)
        deviation[deviation == 0] = 1.0
        mean = _as_floats(wide.mean(axis=0))
        chosen = _thresholds((wide - mean) / deviation, thresholds) if thresholds else ()
        return cls(mean, _as_floats(deviation), words, chosen)

    @classmethod
    def from_dict(cls, saved: Mapping[str, Any]) -> Scaler:
        """Undo `dataclasses.asdict`, also of scalers saved before there were words."""
        words = saved.get("words")
        return cls(
            tuple(saved["mean"]),
            tuple(saved["deviation"]),
            FixedPoint(**words) if words else None,
            tuple(tuple(row) for row in saved.get("thresholds", ())),
        )


def _thresholds(standardised: Array, number: int) -> tuple[tuple[float, ...], ...]:
    """Thresholds halfway between neighbouring values, so that rounding moves no jet across."""
    rows = []
    for column in standardised.T:
        values = np.sort(column)
        at = np.arange(1, number + 1) * len(values) // (number + 1)
        above = values[at]
        # The largest value that is smaller; where there is none, every jet reaches the threshold.
        places = np.searchsorted(values, above, side="left") - 1
        below = np.where(places >= 0, values[places], above - 1.0)
        rows.append(_as_floats((above + below) / 2))
    return tuple(rows)


def _as_floats(values: Array) -> tuple[float, ...]:
    return tuple(float(value) for value in values.astype(np.float32))
