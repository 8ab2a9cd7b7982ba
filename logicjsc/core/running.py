"""Programs that this process has started and that still run."""

from __future__ import annotations

import os
import select
import signal
import subprocess
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


def wait_for(process: subprocess.Popen[bytes], timeout: float) -> int:
    """How a process ended, as soon as it has.

    `subprocess.Popen.wait` with a time limit looks every 50 ms; Linux can say at once.

    Raises:
        subprocess.TimeoutExpired: it did not end within ``timeout`` seconds.
    """
    if not hasattr(os, "pidfd_open"):
        return process.wait(timeout)
    try:
        descriptor = os.pidfd_open(process.pid)
    except OSError:  # too many files are open, or the kernel is older than 5.3
        return process.wait(timeout)
    try:
        end = select.poll()
        end.register(descriptor, select.POLLIN)
        end.poll(timeout * 1000)
    finally:
        os.close(descriptor)
    return process.wait(0)
