"""What is known of the published jets: mean and 200 quantiles of each feature.

The table holds facts about the training part (664,000 jets) of OpenML data set 42468. Column
``q<i>`` is the sorted value at index ``int(664000 * i / 201)``.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Final

import numpy as np

from logicjsc.dataset.samples import Array, Samples
from logicjsc.tasks.jets.names import FEATURE_NAMES

QUANTILES: Final = 200
_PARTS: Final = QUANTILES + 1


@dataclass(frozen=True, eq=False)
class FeatureReference:
    """The published distribution of one feature.

    Attributes:
        mean: of the published jets.
        quantiles: ascending, float64 ``[200]``; a part of ``(i + 1) / 201`` lies below entry ``i``.
    """

    mean: float
    quantiles: Array

    @property
    def deviation(self) -> float:
        """Standard deviation of the quantiles: that of the jets without the outer half percents."""
        return float(self.quantiles.std())

    def deviation_of(self, values: Array) -> float:
        """The same of other jets, to be compared with `deviation`."""
        positions = (len(values) * np.arange(1, _PARTS)) // _PARTS
        return float(np.sort(values.astype(np.float64))[positions].std())

    def part_below(self, values: Array) -> Array:
        """Part of the published jets below each of ``values``, interpolated."""
        parts = np.arange(1, _PARTS) / _PARTS
        return np.interp(values, self.quantiles, parts, left=0.0, right=1.0)


@cache
def published() -> dict[str, FeatureReference]:
    """The published distributions by feature name."""
    text = (resources.files("logicjsc.tasks.jets") / "openml_reference.csv").read_text(
        encoding="utf-8"
    )
    rows = {row["feature"]: row for row in csv.DictReader(text.splitlines())}
    return {
        name: FeatureReference(
            float(rows[name]["mean"]),
            np.array([float(rows[name][f"q{index + 1}"]) for index in range(QUANTILES)]),
        )
        for name in FEATURE_NAMES
    }


def distances_from_reference(jets: Samples) -> Array:
    """Kolmogorov-Smirnov distance of every feature to the table's quantiles.

    A quantile's rank lies between the parts of the jets below it and not above it; between is
    distance 0, as it must be for whole numbers, which repeat.
    """
    ranks = np.arange(1, _PARTS) / _PARTS
    distances = []
    for values, name in zip(jets.features.T, FEATURE_NAMES, strict=True):
        ordered = np.sort(values)
        # Features are float32; only quantiles rounded alike can be equal to them.
        quantiles = published()[name].quantiles.astype(np.float32)
        below = np.searchsorted(ordered, quantiles, "left") / len(ordered)
        not_above = np.searchsorted(ordered, quantiles, "right") / len(ordered)
        distances.append(max(0.0, float(np.max(np.maximum(ranks - not_above, below - ranks)))))
    return np.array(distances)
