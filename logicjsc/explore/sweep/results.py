"""What the runs of a sweep reached: mean and spread over seeds."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from logicjsc.explore.sweep.definition import MEASURES, Block, Measure
from logicjsc.explore.sweep.runs import read_metrics
from logicjsc.methods.gradient.rundir import RunDirectory


@dataclass(frozen=True)
class Spread:
    """A measure over seeds.

    Attributes:
        mean: of the finished runs; None if there is none.
        deviation: sample standard deviation; None of fewer than two runs.
        count: finished runs.
    """

    mean: float | None
    deviation: float | None
    count: int

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        """Mean and sample standard deviation of values that may not be finite."""
        if not values:
            return cls(None, None, 0)
        finite = all(math.isfinite(value) for value in values)
        mean = sum(values) / len(values)
        several = finite and len(values) > 1
        return cls(mean, statistics.stdev(values) if several else None, len(values))


@dataclass(frozen=True)
class RunResult:
    """One run of a sweep.

    Attributes:
        seed: its seed.
        path: its run directory.
        values: by measure; empty if it failed.
        failure: why it failed; empty if it did not.
    """

    seed: int
    path: Path
    values: dict[Measure, float]
    failure: str


@dataclass(frozen=True)
class PointResult:
    """One point of a grid: what was chosen, its runs, and the spread of each measure."""

    values: dict[str, Any]
    runs: tuple[RunResult, ...]
    spreads: dict[Measure, Spread]

    @classmethod
    def of(cls, values: dict[str, Any], runs: Sequence[RunResult]) -> PointResult:
        """Put the runs of a point together."""
        finished = [run.values for run in runs if run.values]
        spreads = {name: Spread.of([run[name] for run in finished]) for name in MEASURES}
        return cls(values, tuple(runs), spreads)


@dataclass(frozen=True)
class BlockResult:
    """One block of a sweep and its points."""

    block: Block
    points: tuple[PointResult, ...]


def measure(path: Path) -> dict[Measure, float]:
    """What a finished run reached.

    Validation and test are of the best checkpoint by validation accuracy, the training loss is the
    mean over the batches of the last epoch.

    Raises:
        RunError: its files are damaged.
    """
    run = RunDirectory.open(path)
    result = run.load_result()
    return {
        "trainable_parameters": result["trainable_parameters"],
        "best_epoch": result["best_epoch"],
        "training_loss": read_metrics(run)[-1]["training_loss"],
        "validation_loss": result["validation"]["loss"],
        "test_loss": result["loss"],
        "validation_accuracy": result["validation"]["accuracy"],
        "test_accuracy": result["accuracy"],
    }
