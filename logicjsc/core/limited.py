"""A function in a process of its own, with limits on memory and time.

For what may take more of either than the machine has: the process is stopped, this one goes on.
"""

from __future__ import annotations

import os
import pickle
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeVar

from logicjsc.core.errors import LogicjscError, ToolFailedError
from logicjsc.core.programs import Tool
from logicjsc.core.temporary import temporary_folder

_Result = TypeVar("_Result")

_CHILD: Final = "from logicjsc.core.limited import child; child()"

_CALL, _ANSWER = "call", "answer"


def run_limited(
    function: Callable[..., _Result], arguments: tuple[Any, ...], seconds: float, memory: int
) -> _Result:
    """Call a function in a process of its own.

    Args:
        function: of a module, so that the other process finds it.
        arguments: what can be pickled.
        seconds: wall-clock time after which the process is killed.
        memory: bytes of data that it may hold (Linux only).

    Returns:
        What the function returned.

    Raises:
        LogicjscError: what the function raised.
        MemoryError: the function ran out of the memory that it was given.
        ToolTimeoutError: the time was over.
        ToolFailedError: the process ended otherwise.
    """
    # The other process must find the modules that this one has.
    paths = os.pathsep.join(path or str(Path.cwd()) for path in sys.path)
    program = Tool("a process with limits", Path(sys.executable), "", {"PYTHONPATH": paths})
    with temporary_folder("limited") as place:
        call = (function.__module__, function.__qualname__, arguments)
        (place / _CALL).write_bytes(pickle.dumps(call))
        program.run(["-c", _CHILD, place], timeout=seconds, memory=memory)
        try:
            kind, answer = pickle.loads((place / _ANSWER).read_bytes())  # noqa: S301 - our own
        except (OSError, EOFError, pickle.UnpicklingError) as error:
            raise ToolFailedError("a process with limits ended without an answer") from error
    if kind == "raised":
        raise answer
    result: _Result = answer
    return result


def child() -> None:
    """What the other process does: read the call, make it, write the answer."""
    import importlib

    folder = Path(sys.argv[-1])
    module, name, arguments = pickle.loads((folder / _CALL).read_bytes())  # noqa: S301 - our own
    function: Any = importlib.import_module(module)
    for part in name.split("."):
        function = getattr(function, part)
    try:
        answer = ("returned", function(*arguments))
    except (LogicjscError, MemoryError) as error:
        answer = ("raised", error)
    (folder / _ANSWER).write_bytes(pickle.dumps(answer))
