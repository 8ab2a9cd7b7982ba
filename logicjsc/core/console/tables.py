"""Tables on the terminal."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

_PIPE_WIDTH: Final = 140


def print_table(title: str, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Print a table to standard output; numbers are aligned to the right."""
    table = Table(title=title, title_justify="left", title_style="bold")
    body = [list(row) for row in rows]
    for index, name in enumerate(header):
        numeric = all(isinstance(row[index], (int, float)) for row in body) and bool(body)
        # "fold" keeps every character where the terminal is narrow.
        table.add_column(name, justify="right" if numeric else "left", overflow="fold")
    for row in body:
        table.add_row(*(Text(show(value)) for value in row))
    console = Console()
    if not console.is_terminal and "COLUMNS" not in os.environ:
        # A pipe or file has no width; this is wide enough for every table of ours.
        console = Console(width=_PIPE_WIDTH)
    console.print(table)


def print_facts(title: str, facts: Iterable[tuple[str, Any]]) -> None:
    """Print names and values."""
    print_table(title, ("", "value"), [(name, show(value)) for name, value in facts])


def show(value: Any) -> str:  # noqa: ANN401 - anything a report holds
    """A value as people read it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:,.3f}"
    return str(value)


def percent(fraction: float | None) -> str:
    """A fraction in percent; a dash where there is none."""
    return "-" if fraction is None else f"{100 * fraction:.2f} %"


def metric_facts(metrics: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Rows for what the dictionary of `logicjsc.dataset.metrics.Metrics` holds."""
    facts: list[tuple[str, Any]] = [("samples", metrics["samples"])]
    for key, name in _FRACTIONS.items():
        if metrics.get(key) is not None:
            facts.append((name, _with_interval(metrics, key)))
    core = metrics.get("core")
    for key, (name, show_one) in _BY_NAME.items():
        entries = metrics.get(key) or {}
        if entries:
            texts = ", ".join(f"{label} {show_one(value)}" for label, value in entries.items())
            within = f" within +-{core:g}" if key.startswith("core") else ""
            facts.append((f"{name}{within}", texts))
    squared = metrics["kind"] == "value"
    loss = (
        f"{metrics['loss']:.6g} (mean squared error)" if squared else f"{metrics['loss']:.4f} nats"
    )
    return [*facts, ("loss", loss)]


def _with_interval(metrics: Mapping[str, Any], key: str) -> str:
    """A fraction, and of a working point how far it can be trusted."""
    interval = metrics.get("intervals", {}).get(key)
    if interval is None or key not in _WORKING_POINT:
        return percent(metrics[key])
    low, high = interval
    return f"{percent(metrics[key])} (95 %: {100 * low:.2f} to {100 * high:.2f} %)"


def result_text(metrics: Mapping[str, Any]) -> str:
    """The figure by which metrics are compared, in a few words."""
    if metrics.get("accuracy") is not None:
        return percent(metrics["accuracy"])
    return ", ".join(f"{name} R2 {value:.4f}" for name, value in metrics["r2"].items())


def _area(value: float | None) -> str:
    return "-" if value is None else f"{value:.4f}"


_FRACTIONS: Final = {
    "accuracy": "accuracy",
    "chance": "chance",
    "false_positive_rate": "false-positive rate",
    "true_positive_rate": "true-positive rate",
}
_WORKING_POINT: Final = ("false_positive_rate", "true_positive_rate")
_BY_NAME: Final[dict[str, tuple[str, Callable[[Any], str]]]] = {
    "label_accuracy": ("accuracy by label", percent),
    "rmse": ("root mean squared error", lambda value: f"{value:.5g}"),
    "core_rmse": (
        "root mean squared error",
        lambda value: "-" if value is None else f"{value:.5g}",
    ),
    "core_fraction": ("samples", percent),
    "mae": ("mean absolute error", lambda value: f"{value:.5g}"),
    "r2": ("R2", _area),
    "threshold": ("threshold", lambda value: f"{value:.5g}"),
    "auc": ("AUC", _area),
}
