"""How often something may be done that costs time."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

_SHARE: Final = 0.1


class Interval:
    """Something costly that may take a tenth of the time at most."""

    def __init__(self) -> None:
        self._cost = 0.0
        self._done = -float("inf")

    def is_due(self) -> bool:
        """Whether it may be done again."""
        return time.perf_counter() - self._done >= self._cost / _SHARE

    @contextmanager
    def timed(self) -> Iterator[None]:
        """Wraps doing it."""
        started = time.perf_counter()
        yield
        self._done = time.perf_counter()
        self._cost = self._done - started
