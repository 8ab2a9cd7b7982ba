"""A process with workers that never finish, to be killed."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from logicjsc.core.executor import run_tasks


def wait_for_ever(folder: str, number: int) -> None:
    """Leave a file that is named after the process, and sleep."""
    Path(folder, f"{number}-{os.getpid()}").touch()
    time.sleep(3600)


if __name__ == "__main__":
    from reference import long_work

    list(run_tasks(long_work.wait_for_ever, {n: (sys.argv[1], n) for n in range(2)}, jobs=2))
