"""Processes that make parts, and that never outlive the one that started them."""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import TYPE_CHECKING, Final

from logicjsc.core.errors import LogicjscError, ToolFailedError
from logicjsc.tasks.jets.generator.shards import Part

if TYPE_CHECKING:
    from multiprocessing.context import SpawnProcess

_PATIENCE: Final = 10.0
"""Seconds for a process to end by itself: it looks up after each batch of events."""


def make_parts(
    parts: Sequence[tuple[Part, Path]],
    seed: int,
    jobs: int,
    on_jets: Callable[[int], None],
    on_part: Callable[[Part], None],
) -> None:
    """Make parts and write each to its path, several at a time.

    Args:
        parts: what to make, in this order.
        seed: of the run.
        jobs: number of processes.
        on_jets: told of jets as they are made.
        on_part: told of each part when its file is in place.

    Raises:
        LogicjscError: a part could not be made or written; the others are abandoned.
    """
    waiting = list(reversed(parts))
    with _processes(min(jobs, len(parts)), seed) as connections:
        busy: dict[Connection, Part] = {}

        def give(connection: Connection) -> None:
            if waiting:
                busy[connection] = waiting[-1][0]
                connection.send(waiting.pop())
            else:
                busy.pop(connection, None)

        for connection in connections:
            give(connection)
        while busy:
            for ready in wait(list(busy)):
                connection = next(entry for entry in busy if entry is ready)
                message = _receive(connection, busy[connection])
                if isinstance(message, LogicjscError):
                    raise message
                if isinstance(message, int):
                    on_jets(message)
                else:
                    on_part(busy[connection])
                    give(connection)


def _receive(connection: Connection, part: Part) -> int | LogicjscError | None:
    try:
        message: int | LogicjscError | None = connection.recv()
    except (EOFError, ConnectionResetError):
        raise ToolFailedError(
            f"the process making {part.class_name} jets ended without a word (out of memory?); run "
            "the same command again, it goes on where it stopped"
        ) from None
    return message


@contextmanager
def _processes(count: int, seed: int) -> Iterator[list[Connection]]:
    # Not forked: a copy of a parent with threads may never wake up.
    context = multiprocessing.get_context("spawn")
    # The compiler takes more memory than PYTHIA: together they would pass 400 MB in every process.
    compiler = context.Process(target=_compile, daemon=True)
    compiler.start()
    compiler.join()
    started: list[tuple[SpawnProcess, Connection]] = []
    try:
        for _ in range(count):
            ours, theirs = context.Pipe()
            process = context.Process(target=_work, args=(theirs, seed), daemon=True)
            process.start()
            theirs.close()
            started.append((process, ours))
        yield [connection for _, connection in started]
    finally:
        for _, connection in started:
            connection.close()
        for process, _ in started:
            process.join(_PATIENCE)
            if process.is_alive():
                process.kill()
                process.join()


def _compile() -> None:
    """Compile what processes call, for them to load from numba's cache."""
    from logicjsc.tasks.jets.generator.jets import compile_features

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    compile_features()


def _work(connection: Connection, seed: int) -> None:
    """Make parts until the other end is gone, whether it closed the connection or was killed."""
    from logicjsc.tasks.jets.generator.shards import make_part, write_part

    # Ctrl-C reaches the whole group of processes; the parent decides what to do about it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        while True:
            part, path = connection.recv()
            try:
                features, tried = make_part(part, seed, connection.send)
                write_part(path, features, tried)
            except LogicjscError as error:
                connection.send(error)
            else:
                connection.send(None)
    except (EOFError, BrokenPipeError, ConnectionResetError):
        pass
