"""What a search found: all trials, and the front of those that nothing beats."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from logicjsc.explore.search.definition import DIRECTIONS, Objective, Search
from logicjsc.explore.search.ledger import ERROR, RETRIES, RETRY_OF, RUN, SURPLUS, is_hopeless
from logicjsc.explore.sweep.tables import heading, show_value

if TYPE_CHECKING:
    from optuna.trial import FrozenTrial


@dataclass(frozen=True)
class TrialRow:
    """One trial.

    Attributes:
        number: its number, by which it is exported.
        state: ``complete``, ``pruned``, ``failed`` (not tried again), ``running`` or ``waiting``.
        settings: what was chosen.
        values: by objective; empty unless it is complete.
        run: name of its run directory in ``trials``; empty before it has one.
        retry_of: number of the trial that was lost and that it repeats, if any.
        error: why it failed.
    """

    number: int
    state: str
    settings: dict[str, Any]
    values: dict[Objective, float]
    run: str
    retry_of: int | None
    error: str


@dataclass(frozen=True)
class SearchReport:
    """What a search found.

    Attributes:
        search: its name.
        folder: its folder on this machine.
        storage: its storage, without password.
        objectives: what was searched for.
        lost: trials whose worker died or gave them up; each was repeated as another trial.
        trials: all that count, by number.
        front: numbers of trials that no other equals or beats in everything.
        files: tables and picture written.
        ended: why processes of this machine ended early, if any did.
        note: why there is no picture, if so.
    """

    search: str
    folder: Path
    storage: str
    objectives: tuple[Objective, ...]
    lost: int
    trials: tuple[TrialRow, ...]
    front: tuple[int, ...]
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

    def to_dict(self) -> dict[str, Any]:
        """For ``--json``."""
        return {
            "search": self.search,
            "folder": str(self.folder),
            "storage": self.storage,
            "objectives": {name: DIRECTIONS[name] for name in self.objectives},
            "states": self.states(),
            "lost": self.lost,
            "front": list(self.front),
            "trials": [asdict(row) for row in self.trials],
            "files": [str(file) for file in self.files],
            "ended": list(self.ended),
            "note": self.note,
        }


def make_report(
    search: Search, trials: Sequence[FrozenTrial], folder: Path, storage: str
) -> SearchReport:
    """Sort out the trials of a study."""
    objectives = search.settings.objectives
    rows = [_row(search, trial) for trial in trials if _counts(trial)]
    lost = sum(trial.state.name == "FAIL" and SURPLUS not in trial.user_attrs for trial in trials)
    hopeless = sum(row.state == "failed" for row in rows)
    complete = [row for row in rows if row.values]
    return SearchReport(
        search=search.name,
        folder=folder,
        storage=storage,
        objectives=objectives,
        lost=lost - hopeless,
        trials=tuple(rows),
        front=tuple(row.number for row in pareto_front(complete)),
    )


def pareto_front(rows: Iterable[TrialRow]) -> list[TrialRow]:
    """Rows that no other row equals or beats in all objectives; of equal ones the first."""
    front: list[TrialRow] = []
    for row in sorted(rows, key=lambda row: (_costs(row), row.number)):
        # Sorted by costs, only a row before another can dominate it.
        if not any(
            all(a <= b for a, b in zip(_costs(other), _costs(row), strict=True)) for other in front
        ):
            front.append(row)
    return front


def table(report: SearchReport, rows: Iterable[TrialRow]) -> tuple[list[str], list[list[str]]]:
    """Header and rows of a table of trials."""
    rows = list(rows)
    keys = list(dict.fromkeys(key for row in rows for key in row.settings))
    header = ["trial", *map(objective_heading, report.objectives), *map(heading, keys)]
    body = [
        [
            str(row.number),
            *(show_objective(name, row.values[name]) for name in report.objectives),
            *(show_value(row.settings[key]) if key in row.settings else "" for key in keys),
        ]
        for row in rows
    ]
    return header, body


def objective_heading(name: Objective) -> str:
    """An objective and its unit."""
    return {
        "accuracy": "validation accuracy %",
        "luts": "estimated LUTs",
        "latency": "latency (cycles)",
    }[name]


def show_objective(name: Objective, value: float) -> str:
    """An objective's value in its unit."""
    return f"{100 * value:.2f}" if name == "accuracy" else f"{value:,.0f}"


def to_markdown(report: SearchReport) -> str:
    """The front as a table, and how many trials there were."""
    header, rows = table(report, filter(None, map(report.row, report.front)))
    states = ", ".join(f"{count} {state}" for state, count in report.states().items())
    lines = [
        f"## {report.search}",
        "",
        "| " + " | ".join(header) + " |",
        "| " + " | ".join("---" for _ in header) + " |",
        *("| " + " | ".join(row) + " |" for row in rows),
        "",
        f"The trials that no other equals or beats in everything; trials: {states or 'none'}.",
    ]
    return "\n".join(lines) + "\n"


def to_csv(report: SearchReport) -> str:
    """One line per trial."""
    keys = list(dict.fromkeys(key for row in report.trials for key in row.settings))
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["trial", "state", "front", *report.objectives, *keys, "run", "error"])
    for row in report.trials:
        writer.writerow(
            [
                row.number,
                row.state,
                int(row.number in report.front),
                *(row.values.get(name) for name in report.objectives),
                *(row.settings.get(key) for key in keys),
                row.run,
                row.error,
            ]
        )
    return text.getvalue()


def _counts(trial: FrozenTrial) -> bool:
    return trial.state.name != "FAIL" or is_hopeless(trial)


def _row(search: Search, trial: FrozenTrial) -> TrialRow:
    attributes = trial.user_attrs
    state = "failed" if trial.state.name == "FAIL" else trial.state.name.lower()
    values = trial.values if state == "complete" else []
    error = attributes.get(ERROR, "")
    if state == "failed" and not error:
        error = f"its worker died {attributes[RETRIES] + 1} times (out of memory?)"
    return TrialRow(
        number=trial.number,
        state=state,
        settings=search.chosen(trial.params),
        values=dict(zip(search.settings.objectives, values, strict=False)),
        run=attributes.get(RUN, ""),
        retry_of=attributes.get(RETRY_OF),
        error=error,
    )


def _costs(row: TrialRow) -> tuple[float, ...]:
    """Objectives as costs: less is better."""
    return tuple(
        -value if DIRECTIONS[name] == "maximize" else value for name, value in row.values.items()
    )
