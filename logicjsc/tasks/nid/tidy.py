"""Tables of UNSW-NB15 to tables of the task: what gives the answer away is left out by name.

Two targets are in the published tables, and each gives the other away: ``label`` says whether a
flow is an attack, ``attack_cat`` which one. Categories stay texts, because their bits are fitted to
the training samples.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from logicjsc.core.errors import DataError
from logicjsc.dataset.arranging import class_indices, find_columns, holds_most, task_numbers
from logicjsc.dataset.table import Array, Table, is_numeric, texts_of
from logicjsc.tasks.nid.names import (
    ATTACK,
    ATTACK_ALIASES,
    ATTACK_NAMES,
    FEATURE_KINDS,
    FEATURE_NAMES,
    LABEL,
    LABEL_NAMES,
    ROW_NUMBERS,
)

TASK: Final = "nid"
ATTACKS_TASK: Final = "nid-attacks"


def tidy_labels(table: Table) -> Table:
    """The 42 features and ``label``, 0 of a normal flow and 1 of an attack.

    Raises:
        DataError: a column is missing, repeated or unknown, or holds what does not belong there.
    """
    given = find_columns(table, (*FEATURE_NAMES, LABEL), TASK, left_out=(*ROW_NUMBERS, ATTACK))
    labels = {LABEL: _labels(table, given[LABEL])}
    return replace(_features(table, given, TASK, labels), class_names=LABEL_NAMES)


def tidy_attacks(table: Table) -> Table:
    """The 42 features and ``attack_cat``, an index of ten classes, of which Normal is the first.

    Raises:
        DataError: a column is missing, repeated or unknown, or holds what does not belong there.
    """
    given = find_columns(
        table, (*FEATURE_NAMES, ATTACK), ATTACKS_TASK, left_out=(*ROW_NUMBERS, LABEL)
    )
    attacks = {ATTACK: class_indices(table, given[ATTACK], ATTACK_NAMES, ATTACK_ALIASES)}
    return replace(_features(table, given, ATTACKS_TASK, attacks), class_names=ATTACK_NAMES)


def recognises(table: Table) -> bool:
    """Whether a table has most of the columns of UNSW-NB15."""
    return holds_most(table, FEATURE_NAMES)


def _features(table: Table, given: dict[str, str], task: str, target: dict[str, Array]) -> Table:
    """A table of the features and a target, in the task's order and words."""
    columns = {
        name: texts_of(table.columns[given[name]])
        if kind == "category"
        else task_numbers(table, given[name], task)
        for name, kind in FEATURE_KINDS.items()
    }
    return replace(table, columns={**columns, **target}, kinds=FEATURE_KINDS)


def _labels(table: Table, name: str) -> Array:
    column = table.columns[name]
    known = np.isin(column, (0, 1)) if is_numeric(column) else np.zeros(len(column), np.bool_)
    bad = np.flatnonzero(~known)
    if bad.size:
        raise DataError(
            f"{table.source}: column {name!r} is {column[bad[0]]} in {table.place(bad[0])}; it is "
            f"0 of a normal flow and 1 of an attack"
        )
    return column.astype(np.int64)
