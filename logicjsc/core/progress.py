"""Progress bars on standard error, with the time left; silent where nobody watches."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol


class Update(Protocol):
    """Tells a bar how far things are."""

    def __call__(self, done: int, remark: str = "", total: int | None = None) -> None:
        """Show the steps done and a remark behind the bar; ``total`` once it becomes known."""


@contextmanager
def progress_bar(
    description: str, total: int | None = None, *, shown: bool = True
) -> Iterator[Update]:
    """Show a bar while the block runs.

    Args:
        description: what is going on.
        total: steps until it is done, if known.
        shown: false to stay silent even where somebody watches.

    Yields:
        A function of the steps done and a remark to show behind the bar.
    """
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        SpinnerColumn,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        *((MofNCompleteColumn(),) if total is not None else ()),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[remark]}"),
    )
    console = Console(stderr=True)
    with Progress(*columns, console=console, disable=not (shown and console.is_terminal)) as bar:
        task = bar.add_task(description, total=total, remark="")

        def update(done: int, remark: str = "", total: int | None = None) -> None:
            bar.update(task, completed=done, remark=remark, total=total)

        yield update
