"""Config to checkpoint."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from logicjsc.core.files import write_text
from logicjsc.dataset import load_dataset
from logicjsc.methods.gradient.loading import LoadedConfig
from logicjsc.methods.gradient.rundir import RunDirectory

if TYPE_CHECKING:
    from logicjsc.methods.gradient.loop import Trainer
    from logicjsc.methods.gradient.processes import Processes
    from logicjsc.methods.gradient.report import EpochReport, TrainingReport


def train(
    loaded: LoadedConfig,
    path: Path,
    on_epoch: Callable[[EpochReport], None],
    *,
    overwrite: bool = False,
) -> TrainingReport:
    """Train a new run in ``path``, then test its best checkpoint once."""
    from logicjsc.methods.gradient.loop import Trainer
    from logicjsc.methods.gradient.processes import from_first, joined

    with joined(loaded.config.training.device) as processes:
        # Read and build everything first: a mistake in config or data leaves no run behind.
        splits = load_dataset(loaded.config.data)
        trainer = Trainer(RunDirectory(path), loaded.config, splits, processes)
        trainer.begin()
        with _locked(trainer.run, processes):
            from_first(
                lambda: RunDirectory.create(path, loaded.config, overwrite=overwrite), processes
            )
            return _fit(trainer, on_epoch)


def resume(path: Path, on_epoch: Callable[[EpochReport], None]) -> TrainingReport:
    """Continue an interrupted run, to the same weights as if it had never stopped."""
    from logicjsc.methods.gradient.loop import Trainer
    from logicjsc.methods.gradient.processes import joined

    run = RunDirectory.open(path)
    device = run.load_config().training.device
    with joined(device) as processes, _locked(run, processes):
        config = run.load_config()
        trainer = Trainer(run, config, load_dataset(config.data), processes)
        trainer.restore()
        return _fit(trainer, on_epoch)


@contextmanager
def _locked(run: RunDirectory, processes: Processes) -> Iterator[None]:
    """Keep others out of a run; the first of several processes holds the lock for all."""
    with ExitStack() as stack:
        from logicjsc.methods.gradient.processes import from_first

        def lock() -> None:
            stack.enter_context(run.locked())

        from_first(lock, processes)
        yield


def _fit(trainer: Trainer, on_epoch: Callable[[EpochReport], None]) -> TrainingReport:
    report = trainer.fit(on_epoch)
    if trainer.processes.is_first:
        write_text(trainer.run.result, json.dumps(report.to_dict(), indent=2) + "\n")
    return report
