"""Features as a float network likes them."""

from __future__ import annotations

from typing import Final

import numpy as np

from logicjsc.dataset.samples import Array

_QUANTILES: Final = 2001
_RAREST: Final = 1e-3
"""Ranks beyond it, and below 1 minus it, are one: a tail of a few samples says little."""

_FURTHEST: Final = 6.0
"""Standard deviations at which a feature is cut off."""


def network_inputs(features: Array, seen: Array | None = None) -> Array:
    """Each feature twice: its rank among the samples as a normal variable, and standardised.

    Ranks spread what crowds in a corner of a feature's range, such as the correlation functions of
    samples with few particles; standardised features keep distances.

    Args:
        features: physical units, float32 ``[samples, features]``.
        seen: samples whose ranks and deviations are meant; by default the same.

    Returns:
        float32 ``[samples, 2 * features]``.
    """
    from scipy.special import ndtri

    seen = features if seen is None else seen
    ranks = np.empty(features.shape, np.float32)
    for place, (column, known) in enumerate(zip(features.T, seen.T, strict=True)):
        quantiles = np.unique(np.quantile(known.astype(np.float64), np.linspace(0, 1, _QUANTILES)))
        rank = np.interp(column.astype(np.float64), quantiles, np.linspace(0, 1, len(quantiles)))
        ranks[:, place] = ndtri(rank.clip(_RAREST, 1 - _RAREST))
    deviation = seen.std(axis=0, dtype=np.float64)
    apart = (features - seen.mean(axis=0, dtype=np.float64)) / np.where(deviation, deviation, 1)
    return np.concatenate([ranks, apart.clip(-_FURTHEST, _FURTHEST).astype(np.float32)], axis=1)
