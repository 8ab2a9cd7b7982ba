"""A study's results as tables, Markdown and CSV."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable
from typing import Any, Final

from logicjsc.core.markdown import markdown_table
from logicjsc.explore.study.grid import CONFIG_AXIS
from logicjsc.explore.study.report import StudyReport, TrialRow
from logicjsc.explore.study.results import (
    MEASURES,
    BlockResult,
    Measure,
    Objective,
    PointResult,
    Spread,
)

_HEADINGS: Final[dict[str, str]] = {
    "training_loss": "training loss",
    "validation_loss": "validation loss",
    "test_loss": "test loss",
    "validation_accuracy": "validation accuracy %",
    "test_accuracy": "test accuracy %",
    "luts": "LUTs",
}
_OBJECTIVES: Final[dict[Objective, str]] = {
    "accuracy": "validation accuracy %",
    "loss": "validation loss",
    "luts": "estimated LUTs",
    "latency": "latency (cycles)",
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


def show_spread(name: Measure, spread: Spread, *, failed: bool = False) -> str:
    """Mean and standard deviation, in the measure's unit."""
    if spread.mean is None:
        return "failed" if failed else "-"
    if name in {"trainable_parameters", "luts"}:
        return f"{spread.mean:,.0f}"
    factor, digits = (100, 2) if name.endswith("accuracy") else (1, 4)
    if name in {"best_step", "seconds"}:
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
        failed = len(_failed(point)) == len(point.runs)
        row = [show_value(point.values[key]) for key in block.axes]
        row += [show_spread(name, point.spreads[name], failed=failed) for name in block.measures]
        if partial:
            row.append(f"{len(point.runs) - len(_failed(point))} of {len(point.runs)}")
        rows.append(row)
    return header, rows


def front_rows(report: StudyReport, rows: Iterable[TrialRow]) -> tuple[list[str], list[list[str]]]:
    """Header and rows of a table of trials of a search."""
    rows = list(rows)
    keys = list(dict.fromkeys(key for row in rows for key in row.settings))
    header = ["trial", *map(objective_heading, report.objectives), *map(heading, keys)]
    body = [
        [
            str(row.number),
            *(show_objective(name, row.values[name]) for name in report.objectives),
            *(show_value(row.settings[key]) if key in row.settings else "" for key in keys),
        ]
        for row in rows
    ]
    return header, body


def objective_heading(name: Objective) -> str:
    """An objective and its unit."""
    return _OBJECTIVES[name]


def show_objective(name: Objective, value: float) -> str:
    """An objective's value in its unit."""
    if name == "loss":
        return f"{value:.4f}"
    return f"{100 * value:.2f}" if name == "accuracy" else f"{value:,.0f}"


def to_markdown(report: StudyReport) -> str:
    """A table per block of a grid, or the front of a search."""
    if report.blocks:
        return "\n".join(map(_block_markdown, report.blocks))
    states = ", ".join(f"{count} {state}" for state, count in report.states().items())
    lines = [
        f"## {report.study}",
        "",
        *markdown_table(*front_rows(report, report.front_rows)),
        "",
        f"The trials that no other equals or beats in everything; trials: {states or 'none'}.",
    ]
    return "\n".join(lines) + "\n"


def trials_csv(report: StudyReport) -> str:
    """One line per trial."""
    keys = list(dict.fromkeys(key for row in report.trials for key in row.settings))
    header = ["trial", "state", "front", *report.objectives, *keys, "run", "error"]
    rows = [
        [
            row.number,
            row.state,
            int(row.number in report.front),
            *(row.values.get(name) for name in report.objectives),
            *(row.settings.get(key) for key in keys),
            row.run,
            row.error,
        ]
        for row in report.trials
    ]
    return _csv(header, rows)


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
            run.run,
            run.failure,
        ]
        for result in results
        for point in result.points
        for run in point.runs
    ]
    return _csv(["block", "settings", "seed", *MEASURES, "run", "failure"], rows)


def _block_markdown(result: BlockResult) -> str:
    seeds = sorted({run.seed for point in result.points for run in point.runs})
    lines = [
        f"## {result.block.title}",
        "",
        *markdown_table(*block_rows(result)),
        "",
        f"Seeds: {', '.join(map(str, seeds))}"
        + ("; mean ± standard deviation over seeds." if len(seeds) > 1 else "."),
    ]
    return "\n".join(lines) + "\n"


def _failed(point: PointResult) -> list[str]:
    return [run.failure for run in point.runs if run.failure]


def _one_digit(value: float) -> bool:
    return float(f"{value:.0e}") == value


def _csv(header: list[str], rows: list[list[Any]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue()
