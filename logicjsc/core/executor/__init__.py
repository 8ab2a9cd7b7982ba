"""Many independent pieces of work: on this machine's cores, or on a cluster's workers.

Every command with ``--jobs`` goes through `run_tasks` or `Executor.serve`, so that a new kind of
place to work is added here once; see `logicjsc.core.executor.places`.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping
from typing import Any, TypeVar

from logicjsc.core.executor.executor import Executor, Failure, Say
from logicjsc.core.executor.local import LocalExecutor
from logicjsc.core.executor.places import Jobs, executor_of, open_executor

_Key = TypeVar("_Key", bound=Hashable)
_Result = TypeVar("_Result")

__all__ = [
    "Executor",
    "Failure",
    "Jobs",
    "LocalExecutor",
    "Say",
    "executor_of",
    "open_executor",
    "run_tasks",
]


def run_tasks(
    function: Callable[..., _Result],
    tasks: Mapping[_Key, tuple[Any, ...]],
    jobs: Jobs,
    shared: tuple[Any, ...] = (),
) -> Iterator[tuple[_Key, _Result]]:
    """Call a function with each of several tuples of arguments; results come as they are ready.

    Closing the iterator abandons what is left. Each key comes once, and with the same result
    wherever it is worked out.

    Args:
        function: of a module, so that another process finds it.
        tasks: arguments by key, in the order in which they are begun.
        jobs: processes of this machine (with 1 all is done in this one), or an executor.
        shared: first arguments of all calls, sent once to each worker; not to be changed.

    Raises:
        ToolError: a process was killed or the cluster is away for too long; the results that are
            not there yet are lost.
    """
    return executor_of(jobs).run(function, tasks, shared)
