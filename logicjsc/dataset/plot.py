"""One picture of samples: every feature, a curve per class."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Final

import numpy as np

from logicjsc.core.pictures import picture
from logicjsc.dataset import Samples
from logicjsc.dataset.histograms import edges_of, groups_of

_COLUMNS: Final = 4
_MOST: Final = 64
"""Features that are drawn."""


def plot_samples(samples: Samples, path: Path) -> None:
    """Write a PNG with a histogram of each feature, by class.

    Raises:
        ToolNotFoundError: matplotlib is not installed.
        OutputError: ``path`` cannot be written.
    """
    rows = math.ceil(min(len(samples.feature_names), _MOST) / _COLUMNS)
    with picture(path, (16, 3.2 * rows), 80) as figure:
        groups = groups_of(samples)
        for index, name in enumerate(samples.feature_names[:_MOST]):
            axes = figure.add_subplot(rows, _COLUMNS, index + 1)
            column = samples.features[:, index].astype(np.float64)
            edges = edges_of(column)
            for number, (group, chosen) in enumerate(groups):
                heights = np.histogram(column[chosen], edges)[0] / chosen.sum()
                axes.stairs(heights, edges, label=group, color=f"C{number % 10}")
            axes.set_title(name, fontsize=10)
            axes.set_yticks([])
            if index == 0:
                axes.legend(fontsize=8)
        figure.suptitle(f"{len(samples):,} samples: {samples.source}")
