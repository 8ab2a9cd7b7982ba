"""Progress bars on standard error, with the time left; silent where nobody watches."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def progress_bar(
    description: str, total: int | None = None, *, shown: bool = True
) -> Iterator[Callable[[int, str], None]]:
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

        def update(done: int, remark: str = "") -> None:
            bar.update(task, completed=done, remark=remark)

        yield update
