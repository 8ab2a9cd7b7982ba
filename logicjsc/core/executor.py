"""Many independent pieces of work, several at a time."""

from __future__ import annotations

import os
import threading
import time
import warnings
from collections.abc import Callable, Hashable, Iterator, Mapping
from functools import cache
from typing import Any, Final, TypeVar

from logicjsc.core.errors import ToolFailedError

_Key = TypeVar("_Key", bound=Hashable)
_Result = TypeVar("_Result")

_SECONDS_BETWEEN_LOOKS: Final = 0.5


def run_tasks(
    function: Callable[..., _Result],
    tasks: Mapping[_Key, tuple[Any, ...]],
    jobs: int,
) -> Iterator[tuple[_Key, _Result]]:
    """Call a function with each of several tuples of arguments; results come as they are ready.

    Closing the iterator abandons what is left.

    Args:
        function: of a module, so that another process finds it.
        tasks: arguments by key, in the order in which they are begun.
        jobs: processes; with 1 all is done in this one.

    Raises:
        ToolFailedError: a process was killed; the results that are not there yet are lost.
    """
    if jobs == 1 or len(tasks) <= 1:
        for key, arguments in tasks.items():
            yield key, function(*arguments)
        return
    from joblib import Parallel, delayed
    from joblib.externals.loky.process_executor import TerminatedWorkerError

    calls = (delayed(_keyed)(function, key, arguments) for key, arguments in tasks.items())
    parallel = Parallel(n_jobs=min(jobs, len(tasks)), return_as="generator_unordered", batch_size=1)
    results = parallel(calls)
    try:
        for result in results:  # noqa: UP028 - closing must come to the end below
            yield result
    except TerminatedWorkerError as error:
        raise ToolFailedError(
            f"one of {min(jobs, len(tasks))} processes was killed; if memory ran out, allow fewer "
            f"at once with --jobs"
        ) from error
    finally:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that work is abandoned, which is what closing is for
            results.close()


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
