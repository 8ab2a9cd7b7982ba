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


def network_inputs(features: Array) -> Array:
    """Each feature twice: its rank among the samples as a normal variable, and standardised.

    Ranks spread what crowds in a corner of a feature's range, such as the correlation functions of
    samples with few particles; standardised features keep distances.

    Args:
        features: physical units, float32 ``[samples, features]``.

    Returns:
        float32 ``[samples, 2 * features]``.
    """
    from scipy.special import ndtri

    ranks = np.empty(features.shape, np.float32)
    for place, column in enumerate(features.T.astype(np.float64)):
        quantiles = np.unique(np.quantile(column, np.linspace(0, 1, _QUANTILES)))
        rank = np.interp(column, quantiles, np.linspace(0, 1, len(quantiles)))
        ranks[:, place] = ndtri(rank.clip(_RAREST, 1 - _RAREST))
    deviation = features.std(axis=0, dtype=np.float64)
    apart = (features - features.mean(axis=0, dtype=np.float64)) / np.where(deviation, deviation, 1)
    return np.concatenate([ranks, apart.clip(-_FURTHEST, _FURTHEST).astype(np.float32)], axis=1)
