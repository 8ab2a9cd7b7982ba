"""All runs of a sweep, and what is written about them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from logicjsc.core.errors import OutputError, RunError, ToolNotFoundError
from logicjsc.core.files import refuse_foreign_directory, write_text
from logicjsc.dataset import load_dataset
from logicjsc.dataset.config import DataConfig
from logicjsc.explore.sweep.definition import Sweep
from logicjsc.explore.sweep.plot import plot_block
from logicjsc.explore.sweep.pool import Failure, Say, run_tasks
from logicjsc.explore.sweep.results import BlockResult, PointResult, RunResult, measure
from logicjsc.explore.sweep.runs import epochs_done, is_finished, run_digest, train_once
from logicjsc.explore.sweep.tables import points_csv, runs_csv, to_markdown
from logicjsc.methods.gradient.config import Config
from logicjsc.methods.gradient.loading import LoadedConfig

if TYPE_CHECKING:
    from logicjsc.methods.gradient.report import EpochReport

MARKER: Final = "sweep.txt"
"""The file by which a sweep's folder is known."""

OnProgress: TypeAlias = Callable[[int, str, int], None]
"""Told of steps done, a remark, and steps in all."""


@dataclass(frozen=True)
class Task:
    """A run to bring to its end.

    Attributes:
        config: all its settings.
        path: its run directory.
        steps_per_epoch: its share of the work.
    """

    config: LoadedConfig
    path: Path
    steps_per_epoch: int

    @property
    def steps(self) -> int:
        """Steps of the whole run."""
        return self.steps_per_epoch * self.config.config.training.epochs


@dataclass(frozen=True)
class SweepReport:
    """What a sweep reached.

    Attributes:
        name: the sweep's name.
        out: folder of runs and results.
        trained: runs trained or continued now.
        found: runs that were finished before.
        failures: why runs failed, by run directory.
        blocks: results.
        files: tables and pictures written.
        note: why there are no pictures, if so.
    """

    name: str
    out: Path
    trained: int
    found: int
    failures: dict[Path, Failure]
    blocks: tuple[BlockResult, ...]
    files: tuple[Path, ...]
    note: str

    def to_dict(self) -> dict[str, Any]:
        """For ``--json``."""
        return {
            "sweep": self.name,
            "out": str(self.out),
            "trained": self.trained,
            "found": self.found,
            "failed": [
                {"run": str(path), "failure": failure.sentence}
                for path, failure in self.failures.items()
            ],
            "blocks": [_block_dict(result) for result in self.blocks],
            "files": [str(file) for file in self.files],
            "note": self.note,
        }


def run_sweep(sweep: Sweep, out: Path, jobs: int, on_progress: OnProgress) -> SweepReport:
    """Bring every run of a sweep to its end, then write tables and pictures into ``out``.

    Runs are named by the digest of their settings and jets, so what is finished is found again and
    what was interrupted goes on; equal points of several blocks are trained once.

    Raises:
        OutputError: ``out`` is not a sweep's folder, or cannot be written.
        RunError: another process works in it.
        DataError: the jets of a point cannot be read.
    """
    from filelock import FileLock, Timeout

    refuse_foreign_directory(out, MARKER)
    places = _Places(out)
    tasks = _tasks(sweep, places)  # reads the jets: a mistake leaves no folder behind
    write_text(out / MARKER, f"{sweep.name}: runs and results of logicjsc sweep\n")
    try:
        with ExitStack() as stack:
            try:
                stack.enter_context(FileLock(out / ".lock", timeout=0))
            except Timeout as error:
                raise RunError(
                    f"another logicjsc sweep works in {out}; wait for it or choose another --out"
                ) from error
            pending = [task for task in tasks if not is_finished(task.path)]
            failures = _train(pending, len(tasks), jobs, on_progress)
            blocks = tuple(_collect(sweep, places, failures))
            files, note = _write(blocks, out)
    except PermissionError as error:
        raise OutputError(f"cannot write {out}: {error.strerror}") from error
    trained = sum(task.path not in failures for task in pending)
    found = len(tasks) - len(pending)
    return SweepReport(sweep.name, out, trained, found, failures, blocks, files, note)


class _Places:
    """Where runs go, by their settings and jets; every source of jets is read once."""

    def __init__(self, out: Path) -> None:
        self._folder = out / "runs"
        self._jets: dict[DataConfig, tuple[str, int]] = {}

    def path(self, config: Config) -> Path:
        """Run directory of a config."""
        return self._folder / run_digest(config, self._of(config.data)[0])

    def task(self, loaded: LoadedConfig) -> Task:
        """The training of a config."""
        config = loaded.config
        jets = self._of(config.data)[1]
        return Task(loaded, self.path(config), max(1, jets // config.training.batch_size))

    def _of(self, data: DataConfig) -> tuple[str, int]:
        """Fingerprint and number of training jets."""
        if data not in self._jets:
            splits = load_dataset(data)
            self._jets[data] = (splits.fingerprint(), len(splits.train))
        return self._jets[data]


def _tasks(sweep: Sweep, places: _Places) -> list[Task]:
    """Every training once, whichever blocks it stands in."""
    tasks = (
        places.task(run.config)
        for block in sweep.blocks
        for point in block.points
        for run in point.runs
    )
    return list({task.path: task for task in tasks}.values())


def _train(
    pending: list[Task], total: int, jobs: int, on_progress: OnProgress
) -> dict[Path, Failure]:
    """Train what is not finished; the longest runs come first, so that no core idles at the end."""
    failures: dict[Path, Failure] = {}
    steps = {task.path: epochs_done(task.path) * task.steps_per_epoch for task in pending}
    whole = sum(task.steps for task in pending)
    ended = total - len(pending)

    def show() -> None:
        remark = f"{ended} of {total} runs" + (f", {len(failures)} failed" if failures else "")
        on_progress(sum(steps.values()), remark, whole)

    def on_message(task: Task, epoch: int) -> None:
        steps[task.path] = epoch * task.steps_per_epoch
        show()

    def on_end(task: Task, failure: Failure | None) -> None:
        nonlocal ended
        ended += 1
        steps[task.path] = task.steps
        if failure is not None:
            failures[task.path] = failure
            if failure.details:
                write_text(task.path.with_name(f"{task.path.name}.log"), failure.details)
        show()

    show()
    run_tasks(sorted(pending, key=lambda task: -task.steps), _work, jobs, on_message, on_end)
    return failures


def _work(task: Task, say: Say) -> None:
    """In a process of the pool."""

    def on_epoch(report: EpochReport) -> None:
        say(report.epoch)

    train_once(task.config, task.path, on_epoch)


def _collect(sweep: Sweep, places: _Places, failures: dict[Path, Failure]) -> list[BlockResult]:
    results = []
    for block in sweep.blocks:
        points = []
        for point in block.points:
            runs = []
            for run in point.runs:
                path = places.path(run.config.config)
                failure = failures[path].sentence if path in failures else ""
                values = {} if failure else measure(path)
                runs.append(RunResult(run.seed, path, values, failure))
            points.append(PointResult.of(point.values, runs))
        results.append(BlockResult(block, tuple(points)))
    return results


def _write(blocks: tuple[BlockResult, ...], out: Path) -> tuple[tuple[Path, ...], str]:
    texts = {
        out / "results.md": to_markdown(blocks),
        out / "results.csv": points_csv(blocks),
        out / "runs.csv": runs_csv(blocks),
    }
    for file, text in texts.items():
        write_text(file, text)
    pictures = {out / f"{result.block.name}.png": result for result in blocks}
    try:
        for file, result in pictures.items():
            plot_block(result, file)
    except ToolNotFoundError as error:
        return tuple(texts), f"no pictures: {error}"
    return (*texts, *pictures), ""


def _block_dict(result: BlockResult) -> dict[str, Any]:
    return {
        "name": result.block.name,
        "title": result.block.title,
        "points": [
            {
                "settings": point.values,
                **{name: asdict(spread) for name, spread in point.spreads.items()},
                "runs": [
                    {
                        "seed": run.seed,
                        "run": str(run.path),
                        **run.values,
                        **({"failure": run.failure} if run.failure else {}),
                    }
                    for run in point.runs
                ],
            }
            for point in result.points
        ],
    }
