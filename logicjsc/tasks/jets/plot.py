"""One picture of jets: every feature, a curve per class."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Final

import numpy as np

from logicjsc.core.files import atomic_file
from logicjsc.dataset import Samples
from logicjsc.dataset.samples import Array
from logicjsc.tasks.jets.generator.packages import require

_COLUMNS: Final = 4
_BINS: Final = 60
_TAIL: Final = 0.002
"""Part of the jets left out at either end, so that the bulk fills the picture."""


def plot_jets(jets: Samples, path: Path) -> None:
    """Write a PNG with a histogram of each feature, by class.

    Raises:
        ToolNotFoundError: matplotlib is not installed.
        OutputError: ``path`` cannot be written.
    """
    require("matplotlib")
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    rows = math.ceil(len(jets.feature_names) / _COLUMNS)
    # Not through pyplot, which would look for a display.
    figure = Figure(figsize=(16, 3.2 * rows), layout="constrained")
    FigureCanvasAgg(figure)
    for index, name in enumerate(jets.feature_names):
        axes = figure.add_subplot(rows, _COLUMNS, index + 1)
        column = jets.features[:, index].astype(np.float64)
        edges = _edges(column)
        for label, class_name in enumerate(jets.class_names):
            values = column[jets.labels == label]
            if len(values):
                heights = np.histogram(values, edges)[0] / len(values)
                axes.stairs(heights, edges, label=class_name, color=f"C{label}")
        axes.set_title(name, fontsize=10)
        axes.set_yticks([])
        if index == 0:
            axes.legend(fontsize=8)
    figure.suptitle(f"{len(jets):,} jets: {jets.source}")
    with atomic_file(path) as temporary:
        figure.savefig(temporary, format="png", dpi=80)


def _edges(column: Array) -> Array:
    """Bins over the bulk of a feature; whole numbers get whole bins, or some would hold more."""
    low, high = np.quantile(column, (_TAIL, 1 - _TAIL))
    if (column == np.round(column)).all():
        step = max(1, round((high - low) / _BINS))
        return np.asarray(np.arange(low - 0.5, high + step, step))
    return np.linspace(low, high if high > low else low + 1, _BINS + 1)
