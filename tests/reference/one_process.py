"""Workers of a study in the test's own process, which has imported everything already."""

from logicjsc.core.errors import LogicjscError
from logicjsc.core.executor import Failure, LocalExecutor


def work_in_this_process(monkeypatch):
    """From now on, workers do their work one after the other; what one leaves the next one does."""

    def serve(executor, work, new_task, on_message, **_):
        failures = []
        for _number in range(executor.jobs):
            try:
                work(new_task(), on_message)
            except LogicjscError as error:
                failures.append(Failure(str(error), exit_code=error.exit_code))
        return failures

    monkeypatch.setattr(LocalExecutor, "serve", serve)
