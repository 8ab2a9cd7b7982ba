"""Pictures of re-created jets."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from logicjsc.core.pictures import picture
from logicjsc.dataset import Samples
from logicjsc.tasks.jets.generator.validation import MASSES, ValidationReport
from logicjsc.tasks.jets.names import CLASS_NAMES, FEATURE_NAMES
from logicjsc.tasks.jets.reference import published

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_BINS: Final = 50
_MASS_RANGE: Final = (0.0, 250.0)


def plot(jets: Samples, report: ValidationReport, path: Path) -> None:
    """Write one PNG: each feature against the published distribution, and the mass by class.

    Raises:
        ToolNotFoundError: matplotlib is not installed.
        OutputError: ``path`` cannot be written.
    """
    with picture(path, (16, 18), 80) as figure:
        grid = figure.add_gridspec(5, 4, height_ratios=(1, 1, 1, 1, 1.6))
        for index, name in enumerate(FEATURE_NAMES):
            axes = figure.add_subplot(grid[index // 4, index % 4])
            _plot_feature(axes, jets, index)
            axes.set_title(f"{name}, KS {report.distances[index].ks:.4f}", fontsize=10)
        _plot_mass(figure.add_subplot(grid[4, :]), jets)
        figure.suptitle(f"{len(jets):,} re-created jets: {jets.source}")


def _plot_feature(axes: Axes, jets: Samples, index: int) -> None:
    known, column = published()[FEATURE_NAMES[index]], jets.features[:, index]
    edges = np.linspace(known.quantiles[0], known.quantiles[-1], _BINS + 1)
    if FEATURE_NAMES[index] == "multiplicity":  # bins of whole numbers
        edges = np.arange(known.quantiles[0] - 0.5, known.quantiles[-1] + 1, 3)
    widths = np.diff(edges)
    heights = np.histogram(column, edges)[0] / len(column) / widths
    expected = np.diff(known.part_below(edges)) / widths
    axes.stairs(expected, edges, fill=True, color="lightgrey", label="published")
    axes.stairs(heights, edges, color="tab:blue", label="re-created")
    axes.set_yticks([])
    if index == 0:
        axes.legend(fontsize=8)


def _plot_mass(axes: Axes, jets: Samples) -> None:
    masses = jets.features[:, FEATURE_NAMES.index("mass_mmdt")]
    edges = np.linspace(*_MASS_RANGE, 126)
    for label, name in enumerate(CLASS_NAMES):
        rows = masses[jets.targets == label]
        if len(rows):
            axes.stairs(np.histogram(rows, edges)[0] / len(rows), edges, label=name)
    for mass in MASSES.values():
        axes.axvline(mass, color="grey", linestyle=":", linewidth=1)
    axes.set_xlabel("groomed mass (GeV); dotted: W, Z, top")
    axes.set_ylabel("part of the class")
    axes.legend()
