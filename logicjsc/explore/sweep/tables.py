"""A sweep's results as Markdown and CSV."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable
from typing import Any, Final

from logicjsc.explore.sweep.definition import CONFIG_AXIS, MEASURES, Measure
from logicjsc.explore.sweep.results import BlockResult, PointResult, Spread

_HEADINGS: Final[dict[str, str]] = {
    "training_loss": "training loss (nats)",
    "validation_loss": "validation loss (nats)",
    "test_loss": "test loss (nats)",
    "validation_accuracy": "validation accuracy %",
    "test_accuracy": "test accuracy %",
}

_SMALL: Final = 1e-2


def heading(key: str) -> str:
    """A measure or setting as a column's heading."""
    if key == CONFIG_AXIS:
        return "network"
    return _HEADINGS.get(key, key.rpartition(".")[2].replace("_", " "))


def show_value(value: Any) -> str:  # noqa: ANN401 - any setting
    """A setting's value as people write it: 1e-4, not 0.0001 or 1e-04."""
    if isinstance(value, float):
        text = f"{value:.0e}" if 0 < abs(value) < _SMALL and _one_digit(value) else f"{value:g}"
        return re.sub(r"e([+-])0*", lambda match: "e" + match[1].replace("+", ""), text)
    return value if isinstance(value, str) else json.dumps(value)


def show_spread(name: Measure, spread: Spread) -> str:
    """Mean and standard deviation, in the measure's unit."""
    if spread.mean is None:
        return "failed"
    if name == "trainable_parameters":
        return f"{spread.mean:,.0f}"
    factor, digits = (100, 2) if name.endswith("accuracy") else (1, 4)
    if name == "best_epoch":
        digits = 1
    text = f"{factor * spread.mean:.{digits}f}"
    if spread.deviation is not None:
        text += f" ± {factor * spread.deviation:.{digits}f}"
    return text


def block_rows(result: BlockResult) -> tuple[list[str], list[list[str]]]:
    """Header and rows of a block's table."""
    block = result.block
    header = [heading(key) for key in (*block.axes, *block.measures)]
    partial = any(len(_failed(point)) for point in result.points)
    if partial:
        header.append("runs")
    rows = []
    for point in result.points:
        row = [show_value(point.values[key]) for key in block.axes]
        row += [show_spread(name, point.spreads[name]) for name in block.measures]
        if partial:
            finished = len(point.runs) - len(_failed(point))
            row.append(f"{finished} of {len(point.runs)}")
        rows.append(row)
    return header, rows


def to_markdown(results: Iterable[BlockResult]) -> str:
    """A heading and a table per block."""
    parts = []
    for result in results:
        header, rows = block_rows(result)
        seeds = sorted({run.seed for point in result.points for run in point.runs})
        lines = [
            f"## {result.block.title}",
            "",
            _row(header),
            _row(["---"] * len(header)),
            *map(_row, rows),
            "",
            f"Seeds: {', '.join(map(str, seeds))}"
            + ("; mean ± standard deviation over seeds." if len(seeds) > 1 else "."),
        ]
        parts.append("\n".join(lines) + "\n")
    return "\n".join(parts)


def points_csv(results: Iterable[BlockResult]) -> str:
    """One line per point: its settings, then mean, deviation and number of runs of each measure."""
    header = ["block", "settings"]
    header += [f"{name}_{part}" for name in MEASURES for part in ("mean", "deviation")]
    rows = []
    for result in results:
        for point in result.points:
            row: list[Any] = [result.block.name, json.dumps(point.values)]
            for name in MEASURES:
                row += [point.spreads[name].mean, point.spreads[name].deviation]
            rows.append([*row, len(point.runs) - len(_failed(point))])
    return _csv([*header, "runs"], rows)


def runs_csv(results: Iterable[BlockResult]) -> str:
    """One line per run: its settings, measures and folder, or why it failed."""
    rows = [
        [
            result.block.name,
            json.dumps(point.values),
            run.seed,
            *(run.values.get(name) for name in MEASURES),
            run.path,
            run.failure,
        ]
        for result in results
        for point in result.points
        for run in point.runs
    ]
    return _csv(["block", "settings", "seed", *MEASURES, "run", "failure"], rows)


def _failed(point: PointResult) -> list[str]:
    return [run.failure for run in point.runs if run.failure]


def _one_digit(value: float) -> bool:
    return float(f"{value:.0e}") == value


def _row(cells: list[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _csv(header: list[str], rows: list[list[Any]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue()
