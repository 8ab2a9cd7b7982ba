"""One picture of samples: every feature, a curve per class."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Final

import numpy as np

from logicjsc.core.pictures import picture
from logicjsc.dataset import Samples
from logicjsc.dataset.samples import Array

_COLUMNS: Final = 4
_BINS: Final = 60
_MOST: Final = 64
"""Features that are drawn."""

_MOST_GROUPS: Final = 10
_TAIL: Final = 0.002
"""Fraction of the samples left out at either end, so that the bulk fills the picture."""


def plot_samples(samples: Samples, path: Path) -> None:
    """Write a PNG with a histogram of each feature, by class.

    Raises:
        ToolNotFoundError: matplotlib is not installed.
        OutputError: ``path`` cannot be written.
    """
    rows = math.ceil(min(len(samples.feature_names), _MOST) / _COLUMNS)
    with picture(path, (16, 3.2 * rows), 80) as figure:
        groups = _groups(samples)
        for index, name in enumerate(samples.feature_names[:_MOST]):
            axes = figure.add_subplot(rows, _COLUMNS, index + 1)
            column = samples.features[:, index].astype(np.float64)
            edges = _edges(column)
            for number, (group, chosen) in enumerate(groups):
                heights = np.histogram(column[chosen], edges)[0] / chosen.sum()
                axes.stairs(heights, edges, label=group, color=f"C{number % 10}")
            axes.set_title(name, fontsize=10)
            axes.set_yticks([])
            if index == 0:
                axes.legend(fontsize=8)
        figure.suptitle(f"{len(samples):,} samples: {samples.source}")


def _groups(samples: Samples) -> list[tuple[str, Array]]:
    """What has a curve of its own: classes, samples with a label, low and high values."""
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


def _edges(column: Array) -> Array:
    """Bins over the bulk of a feature; whole numbers get whole bins, or some would hold more."""
    low, high = np.quantile(column, (_TAIL, 1 - _TAIL))
    if (column == np.round(column)).all():
        step = max(1, round((high - low) / _BINS))
        return np.asarray(np.arange(low - 0.5, high + step, step))
    return np.linspace(low, high if high > low else low + 1, _BINS + 1)
