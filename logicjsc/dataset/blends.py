"""Copies of samples, each moved a little towards a sample near it, or away from it.

New samples on lines between near ones fill the gaps of a small dataset (SMOTE: Chawla, Bowyer, Hall
and Kegelmeyer, JAIR 16 (2002) 321). Whoever learns from them asks a teacher what they are, or takes
them for what the sample is that they were moved from.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

import numpy as np

from logicjsc.core.errors import DataError
from logicjsc.dataset.samples import Array, Samples

_NEIGHBOURS: Final = 8
"""Of how many near samples one is drawn."""

_FARTHEST: Final = 0.5
"""Part of the way to or from a neighbour that a copy is moved at most: the sample stays nearest."""


def blends(samples: Samples, copies: int, seed: int) -> Iterator[Samples]:
    """Copies of all samples, drawn anew for each.

    Numbers are moved, whole numbers to whole ones within their range; bits stay as they are.
    Samples are near that differ little in all features, each in standard deviations.

    Args:
        samples: training samples.
        copies: number of copies of every sample.
        seed: of the draws.

    Raises:
        DataError: there is only one sample, or all features are bits.
    """
    if not copies:
        return
    kinds = np.array(samples.schema.feature_kinds)
    count = len(samples)
    if count <= 1 or (kinds == "bit").all():
        raise DataError(
            f"{samples.source}: nothing lies between samples that are bits only, or a single one; "
            f"set the number of blends to 0"
        )
    near = _neighbours(samples.features)
    low, high = np.array(samples.schema.ranges).T
    rng = np.random.default_rng(seed)
    for _ in range(copies):
        other = near[np.arange(count), rng.integers(0, near.shape[1], count)]
        part = rng.uniform(-_FARTHEST, _FARTHEST, (count, 1))
        features = samples.features.astype(np.float64)
        moved = features + part * (features[other] - features)
        whole = np.clip(np.rint(moved), low, high)
        moved = np.where(kinds == "number", moved, np.where(kinds == "word", whole, features))
        yield replace(samples, features=moved.astype(np.float32))


def _neighbours(features: Array) -> Array:
    """Numbers of the samples nearest to each, int64 ``[samples, neighbours]``."""
    from scipy.spatial import cKDTree

    deviation = features.std(axis=0, dtype=np.float64)
    scaled = features / np.where(deviation, deviation, 1)
    several = min(_NEIGHBOURS, len(features) - 1)
    found = cKDTree(scaled).query(scaled, several + 1)[1]
    # The nearest one is the sample itself, or another that equals it.
    return np.asarray(found[:, 1:])
