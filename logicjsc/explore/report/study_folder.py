"""A study as its folder tells it: the tables that ``logicjsc study`` left there."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from logicjsc.core.errors import RunError
from logicjsc.core.texts import read_plain
from logicjsc.explore.report.elements import Commands, Element, Note, Plot, Section, Table
from logicjsc.explore.report.figures import axes, points
from logicjsc.explore.report.short import Short
from logicjsc.explore.study.results import DIRECTIONS
from logicjsc.explore.study.tables import objective_heading

_TRIALS: Final = "trials.csv"
_NEEDED: Final = ("trial", "state", "front", "run", "error")
_AXES: Final = 2

Row = Mapping[str, str]


@dataclass(frozen=True)
class StudyFolder:
    """A study.

    Attributes:
        path: its folder.
        trials: lines of ``trials.csv``.
        points: lines of ``results.csv``, which only grids have.
    """

    path: Path
    trials: tuple[Row, ...]
    points: tuple[Row, ...]

    @classmethod
    def read(cls, path: Path) -> StudyFolder:
        """Read a study's folder.

        Raises:
            RunError: there are no tables in it yet, or they are damaged.
        """
        if not (path / _TRIALS).is_file():
            raise RunError(
                f"{path} has no {_TRIALS}: the study has not ended; logicjsc study goes on with it "
                f"and writes its tables"
            )
        results = path / "results.csv"
        trials = _read(path / _TRIALS, _NEEDED)
        return cls(path, trials, _read(results, ("block",)) if results.is_file() else ())

    @property
    def name(self) -> str:
        """Name of the folder."""
        return self.path.resolve().name

    @property
    def front(self) -> list[Row]:
        """Trials that no other equals or beats in everything."""
        return [row for row in self.trials if row["front"] == "1"]

    @property
    def objectives(self) -> list[Any]:
        """What was searched for."""
        return [name for name in DIRECTIONS if self.trials and name in self.trials[0]]

    def short(self) -> Short:
        """The short form."""
        states = dict(sorted(Counter(row["state"] for row in self.trials).items()))
        values = {
            "path": str(self.path),
            "kind": "study",
            "states": states,
            "front": [dict(row) for row in self.front],
        }
        shown = ", ".join(f"{count} {state}" for state, count in states.items())
        rows = [("trials", shown or "none yet")]
        rows += [(f"trial {row['trial']}", self._reached(row)) for row in self.front]
        return Short(f"study {self.name}", tuple(rows), values)

    def sections(self) -> list[Section]:
        """The sections of its page."""
        if not self.trials:
            nothing = Note("Missing: no trial has been made yet.", missing=True)
            return [Section("trials", "Trials", (nothing, self._again()))]
        found = [Section("front", "Trials that no other beats", tuple(self._front()))]
        if self.points:
            found.append(Section("points", "Points of the grid", (_table("Points", self.points),)))
        trials = _table("Trials", self.trials)
        found.append(Section("trials", "All trials", (trials,)))
        return [*found, Section("commands", "Making it again", (self._again(),))]

    def _front(self) -> list[Element]:
        elements: list[Element] = [_table("Front", self.front)]
        names = self.objectives[:_AXES]
        complete = [row for row in self.trials if all(row[name] for name in names)]
        if len(names) < _AXES or not complete:
            return elements
        traces = []
        for title, front in (("others", "0"), ("front", "1")):
            rows = [row for row in complete if row["front"] == front]
            values = [[_number(row[name], self.path) for row in rows] for name in names]
            texts = [f"trial {row['trial']}: {self._reached(row)}" for row in rows]
            traces.append(points(title, values[1], values[0], texts))
        layout = axes(objective_heading(names[1]), names[0])
        return [Plot("Trials", traces, layout, height=460), *elements]

    def _reached(self, row: Row) -> str:
        return ", ".join(f"{name} {row[name]}" for name in self.objectives)

    def _again(self) -> Commands:
        return Commands((f"logicjsc study {self.name}",))


def _read(path: Path, needed: Sequence[str]) -> tuple[Row, ...]:
    """Lines of a table with a header.

    Raises:
        RunError: it cannot be read, or is no such table.
    """
    try:
        reader = csv.DictReader(io.StringIO(read_plain(path)), strict=True)
        rows = tuple(reader)
    except OSError as error:
        raise RunError(f"cannot read {path}: {error.strerror}") from error
    except (ValueError, csv.Error) as error:
        raise RunError(f"{path} is damaged ({error}); logicjsc study writes it again") from error
    header = reader.fieldnames or ()
    # Longer lines have their surplus under None, shorter ones None in the places they lack.
    uneven = any(None in row or None in row.values() for row in rows)
    if uneven or any(name not in header for name in needed):
        raise RunError(f"{path} is damaged; logicjsc study writes it again")
    return rows


def _table(title: str, rows: Sequence[Row]) -> Table:
    header = list(rows[0]) if rows else []
    return Table(title, header, [list(row.values()) for row in rows])


def _number(text: str, path: Path) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise RunError(
            f"{path / _TRIALS} is damaged: {text!r} is no number; logicjsc study writes it again"
        ) from error
