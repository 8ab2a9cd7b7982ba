"""Tasks one after the other in this process: without processes, whose start takes seconds."""

from collections.abc import Callable, Iterable
from typing import Any

from logicjsc.core.errors import LogicjscError
from logicjsc.explore.sweep.pool import Failure, Work


def run_inline(
    tasks: Iterable[Any],
    work: Work,
    jobs: int,
    on_message: Callable[[Any, Any], None],
    on_end: Callable[[Any, Failure | None], None],
) -> None:
    """Stands in for `logicjsc.explore.sweep.pool.run_tasks`."""
    for task in tasks:
        failure = None
        try:
            work(task, lambda message, task=task: on_message(task, message))
        except LogicjscError as error:
            failure = Failure(str(error), exit_code=error.exit_code)
        on_end(task, failure)
