"""Tasks in processes that never outlive the one that started them, and cannot take others along."""

from __future__ import annotations

import multiprocessing
import os
import signal
import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from logicjsc.core.errors import LogicjscError

if TYPE_CHECKING:
    from multiprocessing.context import SpawnContext, SpawnProcess

_PATIENCE: Final = 5.0
"""Seconds for a process to end by itself: it looks up whenever it has something to say."""

Say: TypeAlias = Callable[[Any], None]
"""Sends a message about the task to the starting process."""

Work: TypeAlias = Callable[[Any, Say], None]
"""What a process does with a task; a function of a module, so that a new process finds it."""


@dataclass(frozen=True)
class Failure:
    """Why a task failed.

    Attributes:
        sentence: for people.
        details: a traceback, if it was no mistake of the user's.
        exit_code: of the error.
    """

    sentence: str
    details: str = ""
    exit_code: int = LogicjscError.exit_code


def run_tasks(
    tasks: Iterable[Any],
    work: Work,
    jobs: int,
    on_message: Callable[[Any, Any], None],
    on_end: Callable[[Any, Failure | None], None],
) -> None:
    """Do all tasks, several at a time; one that fails does not stop the others.

    Args:
        tasks: what to do, in this order; sent to processes, so they must be picklable.
        work: what to do with a task.
        jobs: number of processes.
        on_message: told of a task and a message about it.
        on_end: told of a task that ended, and why it failed if it did.
    """
    waiting = list(tasks)[::-1]
    context = multiprocessing.get_context("spawn")  # a fork of a process with threads may hang
    with _staff() as staff:

        def give(connection: Connection) -> None:
            task = waiting.pop()
            # A process that is gone is noticed when it is listened to.
            with suppress(BrokenPipeError, ConnectionResetError):
                connection.send(task)
            busy[connection] = task

        busy: dict[Connection, Any] = {}
        for _ in range(min(jobs, len(waiting))):
            give(_hire(context, work, staff))
        while busy:
            for ready in wait(list(busy)):
                connection = next(entry for entry in busy if entry is ready)
                try:
                    kind, content = connection.recv()
                except (EOFError, ConnectionResetError):
                    on_end(busy.pop(connection), _dismiss(connection, staff))
                    if waiting:
                        give(_hire(context, work, staff))
                    continue
                if kind == "say":
                    on_message(busy[connection], content)
                    continue
                on_end(busy.pop(connection), content)
                if waiting:
                    give(connection)


def _hire(context: SpawnContext, work: Work, staff: dict[Connection, SpawnProcess]) -> Connection:
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs, work), daemon=True)
    process.start()
    theirs.close()
    staff[ours] = process
    return ours


def _dismiss(connection: Connection, staff: dict[Connection, SpawnProcess]) -> Failure:
    process = staff.pop(connection)
    connection.close()
    process.join()
    code = process.exitcode or 0
    how = f"by {signal.Signals(-code).name}" if code < 0 else f"with exit code {code}"
    return Failure(f"its process was ended {how} (out of memory?)")


@contextmanager
def _staff() -> Iterator[dict[Connection, SpawnProcess]]:
    staff: dict[Connection, SpawnProcess] = {}
    try:
        yield staff
    finally:
        for connection in staff:
            connection.close()
        for process in staff.values():
            process.join(_PATIENCE)
            if process.is_alive():
                process.kill()
                process.join()


def _serve(connection: Connection, work: Work) -> None:
    """Do tasks until the other end is gone, whether it closed the connection or was killed."""
    # Before anything imports torch: processes share the cores already.
    os.environ["OMP_NUM_THREADS"] = "1"
    # Ctrl-C reaches the whole group of processes; the parent decides what to do about it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)

    def say(message: Any) -> None:  # noqa: ANN401 - any message
        connection.send(("say", message))

    try:
        while True:
            task = connection.recv()
            try:
                work(task, say)
                failure = None
            except (BrokenPipeError, ConnectionResetError, EOFError):
                raise
            except LogicjscError as error:
                failure = Failure(str(error), exit_code=error.exit_code)
            except Exception as error:  # noqa: BLE001 - one lost task must not lose the others
                reason = str(error).partition("\n")[0]
                failure = Failure(f"{type(error).__name__}: {reason}", traceback.format_exc())
            connection.send(("end", failure))
    except (EOFError, BrokenPipeError, ConnectionResetError):
        pass
