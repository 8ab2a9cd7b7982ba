"""Programs that this process has started and that still run."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from typing import Final

LEADERS: Final[set[int]] = set()
"""Leaders of their process groups."""

# A forked child has started none of them.
os.register_at_fork(after_in_child=LEADERS.clear)


def stop_programs() -> None:
    """Kill them all."""
    for leader in tuple(LEADERS):
        with suppress(ProcessLookupError):
            os.killpg(leader, signal.SIGKILL)
