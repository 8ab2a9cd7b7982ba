"""Programs that go on running at one end of a line while this process talks at the other."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from logicjsc.core.errors import ToolNotFoundError
from logicjsc.core.programs import Tool
from logicjsc.core.running import LEADERS
from logicjsc.core.surroundings import environment_of_tools


@contextmanager
def attached(tool: Tool, arguments: Sequence[str | Path], line: int, cwd: Path) -> Iterator[None]:
    """Run a program whose standard input and output are a line, and end it with the context.

    Args:
        tool: the program.
        arguments: its arguments; no shell is involved.
        line: file descriptor of the line.
        cwd: directory to run in.

    Raises:
        ToolNotFoundError: it cannot be started.
    """
    command = [str(tool.path), *tool.arguments, *map(str, arguments)]
    try:
        process = subprocess.Popen(
            command,
            stdin=line,
            stdout=line,
            stderr=subprocess.DEVNULL,
            cwd=cwd,
            env=environment_of_tools(tool.environment),
            start_new_session=True,
        )
    except OSError as error:
        raise ToolNotFoundError(
            f"{tool.name} cannot be started from {tool.path} ({error.strerror}); install it again"
        ) from error
    LEADERS.add(process.pid)
    try:
        yield
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        LEADERS.discard(process.pid)
