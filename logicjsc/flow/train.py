"""Config to checkpoint."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from logicjsc.config import LoadedConfig
from logicjsc.data import load_splits
from logicjsc.files import write_text
from logicjsc.training.rundir import RunDirectory

if TYPE_CHECKING:
    from logicjsc.training.loop import Trainer
    from logicjsc.training.report import EpochReport, TrainingReport


def train(
    loaded: LoadedConfig,
    path: Path,
    on_epoch: Callable[[EpochReport], None],
    *,
    overwrite: bool = False,
) -> TrainingReport:
    """Train a new run in ``path``, then test its best checkpoint once."""
    from logicjsc.training.loop import Trainer

    # Read and build everything first: a mistake in config or data leaves no run behind.
    splits = load_splits(loaded.config.data)
    trainer = Trainer(RunDirectory(path), loaded.config, splits)
    with trainer.run.locked():
        RunDirectory.create(path, loaded.config, overwrite=overwrite)
        return _fit(trainer, on_epoch)


def resume(path: Path, on_epoch: Callable[[EpochReport], None]) -> TrainingReport:
    """Continue an interrupted run, to the same weights as if it had never stopped."""
    from logicjsc.training.loop import Trainer

    run = RunDirectory.open(path)
    with run.locked():
        config = run.load_config()
        trainer = Trainer(run, config, load_splits(config.data))
        trainer.restore()
        return _fit(trainer, on_epoch)


def _fit(trainer: Trainer, on_epoch: Callable[[EpochReport], None]) -> TrainingReport:
    report = trainer.fit(on_epoch)
    write_text(trainer.run.result, json.dumps(report.to_dict(), indent=2) + "\n")
    return report
