"""Work on this machine: in this process, or in several of its own."""

from __future__ import annotations

import os
import threading
import time
import warnings
from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, TypeVar

from logicjsc.core.errors import ToolFailedError
from logicjsc.core.executor.executor import Executor, Failure, nothing
from logicjsc.core.executor.processes import run_workers

_Key = TypeVar("_Key", bound=Hashable)
_Result = TypeVar("_Result")

_SECONDS_BETWEEN_LOOKS: Final = 0.5


@dataclass(frozen=True)
class LocalExecutor(Executor):
    """Processes of this machine; with one, all is done in this process.

    Attributes:
        jobs: how many.
    """

    jobs: int

    @property
    def name(self) -> str:
        """See `Executor.name`."""
        return f"local:{self.jobs}"

    @property
    def is_local(self) -> bool:
        """See `Executor.is_local`."""
        return True

    @property
    def is_alone(self) -> bool:
        """See `Executor.is_alone`."""
        return self.jobs == 1

    def run(
        self,
        function: Callable[..., _Result],
        tasks: Mapping[_Key, tuple[Any, ...]],
        shared: tuple[Any, ...] = (),
    ) -> Iterator[tuple[_Key, _Result]]:
        """See `Executor.run`; large arrays in ``shared`` are files that all processes read."""
        if self.is_alone or len(tasks) <= 1:
            for key, arguments in tasks.items():
                yield key, function(*shared, *arguments)
            return
        from joblib import Parallel, delayed
        from joblib.externals.loky.process_executor import TerminatedWorkerError

        processes = min(self.jobs, len(tasks))
        calls = (
            delayed(_keyed)(function, key, (*shared, *arguments))
            for key, arguments in tasks.items()
        )
        parallel = Parallel(n_jobs=processes, return_as="generator_unordered", batch_size=1)
        results = parallel(calls)
        try:
            for result in results:  # noqa: UP028 - closing must come to the end below
                yield result
        except TerminatedWorkerError as error:
            raise ToolFailedError(
                f"one of {processes} processes was killed; if memory ran out, allow fewer at once "
                f"with --jobs"
            ) from error
        finally:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # work is abandoned, which is what closing is for
                results.close()

    def serve(
        self,
        work: Callable[..., None],
        new_task: Callable[[], Any],
        on_message: Callable[[Any], None],
        *,
        most: int,  # noqa: ARG002 - of a cluster, which may be large
        shared: Callable[[], tuple[Any, ...]] = nothing,  # noqa: ARG002 - of other machines
    ) -> list[Failure]:
        """See `Executor.serve`; each worker is a process."""
        return run_workers(work, [new_task() for _ in range(self.jobs)], on_message)


def _keyed(
    function: Callable[..., _Result], key: _Key, arguments: tuple[Any, ...]
) -> tuple[_Key, _Result]:
    _end_with_parent()
    return key, function(*arguments)


@cache
def _end_with_parent() -> None:
    """From now on, end this process soon after the one that started it, however that ended.

    A process that is killed cannot tell its workers to stop: they would wait for work for minutes,
    and keep the killed one's output pipes open.
    """
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(_SECONDS_BETWEEN_LOOKS)
        os._exit(1)

    threading.Thread(target=watch, daemon=True, name="end with parent").start()
