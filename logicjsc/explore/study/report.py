"""What a study found: all trials, the front of those that nothing beats, and a grid's blocks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from logicjsc.explore.study.definition import Study
from logicjsc.explore.study.ledger import (
    ERROR,
    MEASURED,
    RETRIES,
    RETRY_OF,
    RUN,
    SURPLUS,
    is_hopeless,
    places,
)
from logicjsc.explore.study.results import (
    DIRECTIONS,
    BlockResult,
    Measure,
    Objective,
    PointResult,
    RunResult,
)
from logicjsc.methods.loading import LoadedConfig

if TYPE_CHECKING:
    from optuna import Study as OptunaStudy
    from optuna.trial import FrozenTrial


@dataclass(frozen=True)
class TrialRow:
    """One trial.

    Attributes:
        number: its number, by which it is exported.
        state: ``complete``, ``pruned``, ``failed`` (not tried again), ``running`` or ``waiting``.
        settings: what was chosen in a search.
        values: objectives; empty unless it is complete.
        measured: what its run reached.
        run: name of its run's folder in ``runs``; empty before it has one.
        retry_of: number of the trial that was lost and that it repeats, if any.
        error: why it failed.
    """

    number: int
    state: str
    settings: dict[str, Any]
    values: dict[Objective, float]
    measured: dict[Measure, float]
    run: str
    retry_of: int | None
    error: str


@dataclass(frozen=True)
class StudyReport:
    """What a study found.

    Attributes:
        study: its name.
        folder: its folder on this machine.
        storage: its storage, without password.
        objectives: what was searched for.
        lost: trials whose worker died or gave them up; each was repeated as another trial.
        trials: all that count, by number.
        front: numbers of trials that no other equals or beats in everything.
        blocks: results of a grid.
        configs: settings of trials, by number.
        files: tables and pictures written.
        ended: why processes of this machine ended early, if any did.
        note: why there is no picture, if so.
    """

    study: str
    folder: Path
    storage: str
    objectives: tuple[Objective, ...]
    lost: int
    trials: tuple[TrialRow, ...]
    front: tuple[int, ...]
    blocks: tuple[BlockResult, ...] = ()
    configs: dict[int, LoadedConfig] = field(default_factory=dict)
    files: tuple[Path, ...] = ()
    ended: tuple[str, ...] = ()
    note: str = ""

    def states(self) -> dict[str, int]:
        """Number of trials by state."""
        states = [row.state for row in self.trials]
        return {state: states.count(state) for state in sorted(set(states))}

    def row(self, number: int) -> TrialRow | None:
        """A trial by number."""
        return next((row for row in self.trials if row.number == number), None)

    @property
    def front_rows(self) -> list[TrialRow]:
        """The trials on the front, the best first."""
        return [row for row in map(self.row, self.front) if row is not None]

    def to_dict(self) -> dict[str, Any]:
        """For ``--json``."""
        return {
            "study": self.study,
            "folder": str(self.folder),
            "storage": self.storage,
            "objectives": {name: DIRECTIONS[name] for name in self.objectives},
            "states": self.states(),
            "lost": self.lost,
            "front": list(self.front),
            "trials": [asdict(row) for row in self.trials],
            "blocks": [_block_dict(result) for result in self.blocks],
            "files": [str(file) for file in self.files],
            "ended": list(self.ended),
            "note": self.note,
        }


def make_report(study: Study, opened: OptunaStudy, folder: Path, storage: str) -> StudyReport:
    """Sort out the trials of a study."""
    trials = opened.get_trials()
    lasting = [_lasting(of_place) for of_place in places(trials).values()]
    counted = sorted(filter(_counts, lasting), key=lambda trial: trial.number)
    rows = {trial.number: _row(study, trial) for trial in counted}
    configs: dict[int, LoadedConfig] = {}
    blocks: tuple[BlockResult, ...] = ()
    if study.is_grid:
        # The places of a grid are its entries, in their order.
        pairs = list(zip(study.entries, lasting, strict=False))
        configs = {trial.number: entry for entry, trial in pairs if trial.number in rows}
        blocks = _blocks(study, {entry.to_toml(): rows.get(trial.number) for entry, trial in pairs})
    else:
        configs = {number: study.config(row.settings) for number, row in rows.items() if row.run}
    best = {trial.number for trial in opened.best_trials}
    lost = [trial for trial in trials if trial.state.name == "FAIL" and _is_lost(trial)]
    return StudyReport(
        study=study.name,
        folder=folder,
        storage=storage,
        objectives=study.settings.objectives,
        lost=len(lost),
        trials=tuple(rows.values()),
        front=tuple(row.number for row in _by_costs(rows.values()) if row.number in best),
        blocks=blocks,
        configs=configs,
    )


def _by_costs(rows: Any) -> list[TrialRow]:  # noqa: ANN401 - rows
    """Complete rows, the best first; of those with equal values the first alone."""
    ordered = sorted((row for row in rows if row.values), key=lambda row: (_costs(row), row.number))
    return list({_costs(row): row for row in reversed(ordered)}.values())[::-1]


def _lasting(of_place: Sequence[FrozenTrial]) -> FrozenTrial:
    """The trial that says what became of a place: one that has ended, else the last."""
    ended = [trial for trial in of_place if trial.state.name in {"COMPLETE", "PRUNED"}]
    return ended[0] if ended else of_place[-1]


def _blocks(study: Study, rows: dict[str, TrialRow | None]) -> tuple[BlockResult, ...]:
    results = []
    for block in study.blocks:
        points = []
        for point in block.points:
            runs = []
            for run in point.runs:
                row = rows.get(run.config.to_toml())
                failure = "" if row is None else row.error
                if row is None or not (row.measured or failure):
                    failure = "it was not done" if row is None else f"it is {row.state}"
                runs.append(
                    RunResult(
                        run.seed,
                        "" if row is None else row.run,
                        {} if row is None else row.measured,
                        failure,
                    )
                )
            points.append(PointResult.of(point.values, runs))
        results.append(BlockResult(block, tuple(points)))
    return tuple(results)


def _is_lost(trial: FrozenTrial) -> bool:
    return SURPLUS not in trial.user_attrs and not is_hopeless(trial)


def _counts(trial: FrozenTrial) -> bool:
    return trial.state.name != "FAIL" or is_hopeless(trial)


def _row(study: Study, trial: FrozenTrial) -> TrialRow:
    attributes = trial.user_attrs
    state = "failed" if trial.state.name == "FAIL" else trial.state.name.lower()
    values = trial.values if state == "complete" else []
    error = attributes.get(ERROR, "") if state == "failed" else ""
    if state == "failed" and not error:
        error = f"its worker died {attributes.get(RETRIES, 0) + 1} times (out of memory?)"
    return TrialRow(
        number=trial.number,
        state=state,
        settings=study.chosen(trial.params),
        values=dict(zip(study.settings.objectives, values, strict=False)),
        measured=attributes.get(MEASURED, {}) if state == "complete" else {},
        run=attributes.get(RUN, ""),
        retry_of=attributes.get(RETRY_OF),
        error=error,
    )


def _costs(row: TrialRow) -> tuple[float, ...]:
    """Objectives as costs: less is better."""
    return tuple(
        -value if DIRECTIONS[name] == "maximize" else value for name, value in row.values.items()
    )


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
                        "run": run.run,
                        **run.values,
                        **({"failure": run.failure} if run.failure else {}),
                    }
                    for run in point.runs
                ],
            }
            for point in result.points
        ],
    }
