"""What people should know although nothing failed, said once on standard error."""

from __future__ import annotations

import sys
from contextlib import suppress
from typing import Final

_SAID: Final[set[str]] = set()


def say_once(text: str) -> None:
    """Say something that this process has not said yet."""
    if text in _SAID:
        return
    _SAID.add(text)
    # Nothing is to fail because nobody can be told.
    with suppress(OSError, ValueError, AttributeError):
        sys.stderr.write(f"note: {text}\n")
        sys.stderr.flush()
