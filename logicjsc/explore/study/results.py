"""What finished runs reached: measures, objectives, and the spread over seeds."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias, get_args

from logicjsc.core.errors import ConfigError, TrainingError
from logicjsc.core.run import Run
from logicjsc.methods.method import find_method
from logicjsc.methods.result import Recorded

if TYPE_CHECKING:
    from logicjsc.explore.study.definition import StudySettings
    from logicjsc.explore.study.grid import Block
    from logicjsc.netlist import Netlist

Objective: TypeAlias = Literal["accuracy", "loss", "luts", "latency"]

DIRECTIONS: Final[dict[Objective, Literal["maximize", "minimize"]]] = {
    "accuracy": "maximize",
    "loss": "minimize",
    "luts": "minimize",
    "latency": "minimize",
}

Measure: TypeAlias = Literal[
    "trainable_parameters",
    "luts",
    "best_step",
    "seconds",
    "training_loss",
    "validation_loss",
    "test_loss",
    "validation_accuracy",
    "test_accuracy",
]

MEASURES: Final[tuple[Measure, ...]] = get_args(Measure)
DEFAULT_MEASURES: Final[tuple[Measure, ...]] = MEASURES[4:]


@dataclass(frozen=True)
class Spread:
    """A measure over seeds.

    Attributes:
        mean: of the finished runs; None if there is none, or the method has no such measure.
        deviation: sample standard deviation; None of fewer than two runs.
        count: runs that have it.
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
    """One run of a grid.

    Attributes:
        seed: its seed.
        run: name of its run's folder.
        values: by measure; empty if it failed.
        failure: why it failed; empty if it did not.
    """

    seed: int
    run: str
    values: Mapping[Measure, float]
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
        spreads = {
            name: Spread.of([run.values[name] for run in runs if name in run.values])
            for name in MEASURES
        }
        return cls(values, tuple(runs), spreads)


@dataclass(frozen=True)
class BlockResult:
    """One block of a grid and its points."""

    block: Block
    points: tuple[PointResult, ...]


def measures_of(path: Path) -> dict[Measure, float]:
    """What a finished run reached, as far as its method has such a measure.

    Validation and test are of the network that was kept, the training loss is the mean over the
    batches of the last epoch.

    Raises:
        RunError: the run is not finished, or its files are damaged.
    """
    recorded = Recorded.of(Run.open(path))
    best, values = recorded.best, recorded.values
    found = {
        **{key: best["sizes"].get(key) for key in ("trainable_parameters", "luts")},
        "best_step": best["step"],
        "seconds": values["seconds"],
        "training_loss": values["details"].get("training_loss"),
        **{
            f"{part}_{key}": best[part].get(key)
            for part in ("validation", "test")
            for key in ("loss", "accuracy")
        },
    }
    return {name: found[name] for name in MEASURES if found.get(name) is not None}


def objectives_of(path: Path, settings: StudySettings) -> list[float]:
    """The objectives of a finished run, in their order.

    Raises:
        ConfigError: the run has no such figure.
        LogicjscError: it has no netlist, or cannot be read.
    """
    run = Run.open(path)
    validation = Recorded.of(run).best["validation"]
    found: list[float] = []
    netlist: Netlist | None = None
    for objective in settings.objectives:
        if objective in {"accuracy", "loss"}:
            if objective not in validation:
                raise ConfigError(
                    f"{path} predicts values, which have no {objective}; use objectives = "
                    f'["loss", ...]'
                )
            found.append(_finite(validation[objective], objective, path))
            continue
        if netlist is None:
            netlist = find_method(run.header().method).netlist(run)
        found.append(
            _luts(netlist, settings) if objective == "luts" else _latency(netlist, settings)
        )
    return found


def _finite(value: float, name: str, path: Path) -> float:
    if not math.isfinite(value):
        raise TrainingError(f"the validation {name} of {path} is {value}, no finite number")
    return value


def _luts(netlist: Netlist, settings: StudySettings) -> int:
    if settings.estimate == "map":
        from logicjsc.map.mapper import map_netlist
        from logicjsc.netlist.passes import simplify

        return map_netlist(simplify(netlist, "low")[0], effort="low", jobs=1).luts
    from logicjsc.map.estimate import estimate_luts

    return estimate_luts(netlist)


def _latency(netlist: Netlist, settings: StudySettings) -> int:
    """Clock cycles of the circuit that ``export-verilog`` would write."""
    from logicjsc.emit.ends.argmax_verilog import argmax_levels
    from logicjsc.emit.verilog import CircuitOptions

    options = CircuitOptions(pipeline=settings.pipeline, argmax=settings.argmax)
    cycles = len(options.network.ranks_after(netlist.depth))
    if settings.argmax and netlist.decoder is not None and netlist.decoder.kind == "classes":
        return cycles + len(options.ranks_in_argmax(argmax_levels(netlist)))
    return cycles + int(settings.argmax and settings.pipeline > 0)
