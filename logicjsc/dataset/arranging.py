"""Columns of tasks that fix theirs: found by name in any order, or refused with what to do."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np

from logicjsc.core.errors import DataError
from logicjsc.dataset.columns import is_number, numbers_of
from logicjsc.dataset.table import Array, Table, is_numeric, listed, refuse_unusable
from logicjsc.dataset.task import tasks_like

_NO_ALIASES: Mapping[str, str] = {}


def plain(name: str) -> str:
    """A column's name without quotes and blanks around it, in small letters."""
    return name.strip().strip("\"'").strip().lower()


def holds_most(table: Table, names: Sequence[str]) -> bool:
    """Whether a table has more than half of some columns, by name."""
    known = {plain(name) for name in table.names}
    return sum(plain(name) in known for name in names) > len(names) / 2


def find_columns(
    table: Table,
    wanted: Sequence[str],
    task: str,
    *,
    left_out: Collection[str] = (),
    aliases: Mapping[str, str] = _NO_ALIASES,
) -> dict[str, str]:
    """What the file calls each wanted column.

    Args:
        table: of a file.
        wanted: columns that must be there, in the task's words.
        task: name of the task, for messages.
        left_out: further columns that may be there and are not used.
        aliases: other names of wanted columns, in small letters.

    Raises:
        DataError: a column is missing, there twice, not expected, or holds nothing usable.
    """
    known = {plain(name): name for name in wanted}
    others = {plain(name) for name in left_out}
    found = [(name, known.get(aliases.get(plain(name), plain(name)))) for name in table.names]
    given = {own: name for name, own in found if own is not None}
    absent = [name for name in wanted if name not in given]
    if absent:
        raise other_samples(
            table, f"no column {absent[0]!r}, which those of task {task!r} have", task
        )
    for name, own in found:
        if own is None and plain(name) not in others:
            raise DataError(
                f"{table.source} has a column {name!r}, which samples of task {task!r} do not "
                f"have; remove it, or name what is predicted with data.target (--target)"
            )
        if own is not None and given[own] != name:
            raise DataError(f"{table.source} has column {own!r} twice; remove one")
    refuse_unusable(table, given.values())
    return given


def other_samples(table: Table, what: str, task: str) -> DataError:
    """The error for a table that holds something else than samples of a task.

    Args:
        table: of a file.
        what: what it holds instead, and what the task takes.
        task: name of the task.
    """
    others = [name for name in tasks_like(table) if name != task]
    advice = (
        "if these are other samples, leave data.task empty and name what is predicted with "
        "data.target (--target)"
    )
    if others:
        advice = f"it looks like samples of task {others[0]!r}: set data.task = {others[0]!r}"
    return DataError(f"{table.source} has {what}; it has {listed(table.names)}; {advice}")


def task_numbers(table: Table, name: str, task: str) -> Array:
    """A column of numbers, finite in float32.

    Raises:
        DataError: it holds texts, or a number that is missing or not finite; names the row.
    """
    column = table.columns[name]
    if not is_numeric(column):
        for row, text in enumerate(column.tolist()):
            if text is not None and not is_number(text):
                raise DataError(
                    f"{table.source}: column {name!r} holds {text!r} in {table.place(row)}, which "
                    f"is no number; samples of task {task!r} have numbers there"
                )
        column = numbers_of(table, name)
    with np.errstate(over="ignore"):  # what leaves float32 is refused here
        bad = np.flatnonzero(~np.isfinite(column.astype(np.float32)))
    if bad.size:
        raise DataError(
            f"{table.source}: column {name!r} is {column[bad[0]]} in {table.place(bad[0])}; "
            f"{bad.size:,} values are missing or beyond float32, and samples of task {task!r} "
            f"have all of them"
        )
    return column


def class_indices(
    table: Table, name: str, classes: Sequence[str], aliases: Mapping[str, str] = _NO_ALIASES
) -> Array:
    """Class indices of a column of class names, int64 ``[rows]``; small letters will do.

    Args:
        table: of a file.
        name: its column.
        classes: names of the classes in order.
        aliases: other names of classes, in small letters.

    Raises:
        DataError: an entry is no class; names the row.
    """
    number = {plain(entry): index for index, entry in enumerate(classes)}
    number |= {other: number[plain(entry)] for other, entry in aliases.items()}
    entries = table.columns[name].tolist()
    known = {entry: number.get(plain(str(entry)), -1) for entry in dict.fromkeys(entries)}
    indices = np.array([known[entry] for entry in entries], np.int64)
    bad = np.flatnonzero(indices < 0)
    if bad.size:
        entry = entries[bad[0]]
        raise DataError(
            f"{table.source}: column {name!r} is {'empty' if entry is None else repr(entry)} in "
            f"{table.place(bad[0])}, which is none of the classes {', '.join(classes)}"
        )
    return indices
