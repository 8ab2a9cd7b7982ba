"""Ending with all that was started, when batch systems say so."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from logicjsc.core.running import stop_programs


@contextmanager
def ending_together() -> Iterator[None]:
    """Have SIGTERM end the programs and processes that this one has started, and then itself."""
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread may say what happens
        return
    before = signal.signal(signal.SIGTERM, _end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _end(number: int, _: FrameType | None) -> None:
    # A process that has not imported this module has no children.
    processes = sys.modules.get("multiprocessing.process")
    if processes is not None:
        for child in processes.active_children():
            child.terminate()  # forked ones have this handler as well
    stop_programs()
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)
