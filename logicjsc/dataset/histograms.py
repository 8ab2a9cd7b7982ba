"""Groups of samples and bins of features, as histograms show them."""

from __future__ import annotations

from typing import Final

import numpy as np

from logicjsc.dataset.samples import Array, Samples

_BINS: Final = 60
_MOST_GROUPS: Final = 10
_TAIL: Final = 0.002
"""Fraction of the samples left out at either end, so that the bulk fills the picture."""


def groups_of(samples: Samples) -> list[tuple[str, Array]]:
    """What has a histogram of its own: classes, samples with a label, low and high values.

    Returns:
        Name and mask, bool ``[samples]``, of at most ten groups that have samples.
    """
    target, targets = samples.target, samples.targets
    if target.kind in {"classes", "binary"}:
        chosen = [(name, targets == index) for index, name in enumerate(target.names)]
    elif target.kind == "labels":
        chosen = list(zip(target.names, targets.T != 0, strict=True))
    else:
        middle = np.median(targets[:, 0])
        name = target.names[0]
        chosen = [
            (f"{name} up to {middle:.4g}", targets[:, 0] <= middle),
            (f"{name} above", targets[:, 0] > middle),
        ]
    return [(name, mask) for name, mask in chosen[:_MOST_GROUPS] if mask.any()]


def edges_of(column: Array) -> Array:
    """Bins over the bulk of a feature; whole numbers get whole bins, or some would hold more.

    Args:
        column: float64 ``[samples]``.

    Returns:
        Ascending edges, float64 ``[bins + 1]``.
    """
    low, high = np.quantile(column, (_TAIL, 1 - _TAIL))
    if (column == np.round(column)).all():
        step = max(1, round((high - low) / _BINS))
        return np.asarray(np.arange(low - 0.5, high + step, step))
    return np.linspace(low, high if high > low else low + 1, _BINS + 1)
