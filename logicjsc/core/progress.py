"""Progress on standard error: a bar in a terminal, a line now and then without one."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final, TypeAlias

OnProgress: TypeAlias = Callable[[int, int, str], None]
"""Called with steps done, all steps (0: not known), and a remark for people."""

_EVERY: Final = 5.0
"""Seconds between two lines where there is no terminal."""

_FIRST: Final = 2.0
"""Seconds of silence: what ends sooner needs no lines."""


def silent(_done: int, _total: int, _remark: str) -> None:
    """Ignore progress."""


@contextmanager
def shown_progress(description: str, *, shown: bool = True) -> Iterator[OnProgress]:
    """Show progress while the block runs.

    Args:
        description: what is going on.
        shown: false to stay silent even where somebody watches.

    Yields:
        What to call.
    """
    if not shown:
        yield silent
    elif sys.stderr.isatty():
        with _bar(description) as update:
            yield update
    else:
        yield _Lines(description)


class _Lines:
    """Writes a line every few seconds."""

    def __init__(self, description: str) -> None:
        self.description = description
        self._next = time.monotonic() + _FIRST

    def __call__(self, done: int, total: int, remark: str) -> None:
        now = time.monotonic()
        if now < self._next:
            return
        self._next = now + _EVERY
        of = f" {done:,} of {total:,}" if total else ""
        line = f"{self.description}:{of}{', ' if of and remark else ' '}{remark}".rstrip(" :")
        sys.stderr.write(f"{line}\n")
        sys.stderr.flush()


@contextmanager
def _bar(description: str) -> Iterator[OnProgress]:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
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
        TextColumn("{task.fields[count]}"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[remark]}"),
    )
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task(description, total=None, remark="", count="")

        def update(done: int, total: int, remark: str) -> None:
            count = f"{done:,}/{total:,}" if total else ""
            bar.update(task, completed=done, total=total or None, remark=remark, count=count)

        yield update
