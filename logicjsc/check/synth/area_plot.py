"""One picture of a circuit's area: LUTs and depth of every layer or segment, by back end."""

from __future__ import annotations

from pathlib import Path

from logicjsc.check.synth.figures import SynthReport
from logicjsc.core.errors import ConfigError
from logicjsc.core.pictures import picture


def plot_layers(report: SynthReport, path: Path) -> None:
    """Write a PNG with two panels, LUTs and depth, and a bar for each part and back end.

    Raises:
        ConfigError: no back end measured layers.
        ToolNotFoundError: matplotlib is not installed.
        OutputError: ``path`` cannot be written.
    """
    ends = [end for end in report.back_ends if end.layers]
    if not ends:
        raise ConfigError("no back end measured layers; use --with mapper, yosys-xcup or yosys-xc7")

    names = list(dict.fromkeys(row.part for end in ends for row in end.layers))
    with picture(path, (max(6.0, 1.2 * len(names)), 6), 100) as figure:
        width = 0.8 / len(ends)
        for panel, (title, field) in enumerate((("LUTs", "lut"), ("depth", "depth")), start=1):
            axes = figure.add_subplot(2, 1, panel)
            for number, end in enumerate(ends):
                # Figures that are missing have no bar.
                rows = [row for row in end.layers if getattr(row, field) is not None]
                places = [names.index(row.part) + (number + 0.5) * width - 0.4 for row in rows]
                bars = axes.bar(
                    places, [getattr(row, field) for row in rows], width, label=end.name
                )
                axes.bar_label(bars, fontsize=8)
            axes.set_ylabel(title)
            axes.set_xticks(range(len(names)), names)
            axes.margins(y=0.12)
            if panel == 1:
                axes.legend(fontsize=8)
        figure.suptitle(f"{report.name}: LUTs and depth, part by part")
