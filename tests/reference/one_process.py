"""Workers of a study in the test's own process, which has imported everything already."""

from logicjsc.core.errors import LogicjscError
from logicjsc.explore.study import study
from logicjsc.explore.study.processes import Failure


def work_in_this_process(monkeypatch):
    """From now on, workers do their work one after the other; what one leaves the next one does."""

    def run_workers(work, tasks, on_message):
        failures = []
        for task in tasks:
            try:
                work(task, on_message)
            except LogicjscError as error:
                failures.append(Failure(str(error), exit_code=error.exit_code))
        return failures

    monkeypatch.setattr(study, "run_workers", run_workers)
