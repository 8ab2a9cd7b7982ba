"""Several processes that do the same work, never outlive this one, and end one by one."""

from __future__ import annotations

import multiprocessing
import os
import signal
import traceback
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection, wait
from typing import Any, Final

from logicjsc.core.errors import LogicjscError
from logicjsc.core.executor.executor import Failure, Say

_PATIENCE: Final = 5.0
"""Seconds for a process to end by itself: it looks up whenever it has something to say."""


def run_workers(
    work: Callable[[Any, Say], None], tasks: Sequence[Any], on_message: Callable[[Any], None]
) -> list[Failure]:
    """Do each task in a process of its own, and wait for all of them.

    Args:
        work: what to do with a task; a function of a module, so that a new process finds it.
        tasks: what to do; picklable.
        on_message: told what processes say.

    Returns:
        Why processes ended early; those that did not are not in it.
    """
    context = multiprocessing.get_context("spawn")  # a fork of a process with threads may hang
    started: dict[Connection, Any] = {}
    failures: list[Failure] = []
    try:
        for task in tasks:
            ours, theirs = context.Pipe()
            process = context.Process(target=_serve, args=(theirs, work, task), daemon=True)
            process.start()
            theirs.close()
            started[ours] = process
        open_ = list(started)
        while open_:
            for connection in wait(open_):
                message = _receive(connection, started)
                if message is None or isinstance(message, Failure):
                    open_.remove(connection)  # type: ignore[arg-type]  # only connections
                    failures += [message] if message else []
                else:
                    on_message(message[0])
    finally:
        for connection in started:
            connection.close()
        for process in started.values():
            process.join(_PATIENCE)
            if process.is_alive():
                process.kill()
                process.join()
    return failures


def _receive(connection: Any, started: dict[Connection, Any]) -> Any:  # noqa: ANN401 - a connection
    """What a process said, in a tuple; None or why, if it has ended."""
    try:
        return connection.recv()
    except (EOFError, ConnectionResetError):
        process = started[connection]
        process.join()
        code = process.exitcode or 0
        how = f"by {signal.Signals(-code).name}" if code < 0 else f"with exit code {code}"
        return Failure(f"its process was ended {how} (out of memory?)")


def _serve(connection: Connection, work: Callable[[Any, Say], None], task: object) -> None:
    """Do a task, unless the other end is gone, whether it closed the connection or was killed."""
    # Before anything imports torch: processes share the cores already.
    os.environ["OMP_NUM_THREADS"] = "1"
    # Ctrl-C reaches the whole group of processes; the parent decides what to do about it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        try:
            work(task, lambda message: connection.send((message,)))
            failure = None
        except (BrokenPipeError, ConnectionResetError):
            raise
        except LogicjscError as error:
            failure = Failure(str(error), exit_code=error.exit_code)
        except Exception as error:  # noqa: BLE001 - said by the parent
            reason = str(error).partition("\n")[0]
            failure = Failure(f"{type(error).__name__}: {reason}", traceback.format_exc())
        connection.send(failure)
    except (BrokenPipeError, ConnectionResetError):
        pass
