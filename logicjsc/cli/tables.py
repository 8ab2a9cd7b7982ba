"""Tables on the terminal."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
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


def percent(part: float) -> str:
    """A part of one, in percent."""
    return f"{100 * part:.2f} %"


def metric_facts(metrics: dict[str, Any]) -> list[tuple[str, Any]]:
    """Rows for accuracy, loss and AUC of a report's dictionary."""
    areas = (
        f"{name} {'-' if area is None else f'{area:.4f}'}" for name, area in metrics["auc"].items()
    )
    return [
        ("jets", metrics["jets"]),
        ("accuracy", percent(metrics["accuracy"])),
        ("loss", f"{metrics['loss']:.4f} nats"),
        ("AUC by class", ", ".join(areas)),
    ]
