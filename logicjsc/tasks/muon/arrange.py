"""Tables of tracks to samples: 350 bits and an angle, whatever a file of arrays calls the bits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from logicjsc.core.errors import DataError
from logicjsc.dataset.arranging import other_samples, plain, task_numbers
from logicjsc.dataset.readers.arrays import names_of
from logicjsc.dataset.samples import Array, Samples
from logicjsc.dataset.schema import Column, Schema, Target
from logicjsc.dataset.table import Table
from logicjsc.tasks.muon.geometry import CORE, LAYERS, STRIPS

TASK: Final = "muon"
ANGLE: Final = "angle"
FEATURE_NAMES: Final = tuple(
    f"layer{layer}_strip{strip:02}" for layer in range(LAYERS) for strip in range(STRIPS)
)
SCHEMA: Final = Schema(
    tuple(Column(name, "bit") for name in FEATURE_NAMES),
    Target("value", (ANGLE,), ANGLE, CORE),
)

_TARGETS: Final = (ANGLE, "y")
_NAMED: Final = (
    FEATURE_NAMES,
    names_of((LAYERS, STRIPS)),
    tuple(f"x{place}" for place in range(LAYERS * STRIPS)),
)


def arrange(table: Table) -> Samples:
    """Tracks of a table, strips layer by layer.

    Raises:
        DataError: it has other columns, a strip that is neither 0 nor 1, or an angle that is no
            finite number.
    """
    targets = [name for name in table.names if plain(name) in _TARGETS]
    names = _in_order([name for name in table.names if name not in targets])
    if len(targets) != 1 or not names:
        raise other_samples(
            table,
            f"other columns than a column {ANGLE!r} and {LAYERS} x {STRIPS} strips, which those of "
            f"task {TASK!r} have",
            TASK,
        )
    hits = np.stack([_strip(table, name) for name in names], axis=1)
    return Samples(hits, task_numbers(table, targets[0], TASK), SCHEMA, table.source)


def recognises(table: Table) -> bool:
    """Whether a table has all strips of the detector, and an angle."""
    names = [name for name in table.names if plain(name) not in _TARGETS]
    return len(names) < len(table.names) and bool(_in_order(names))


def _in_order(names: Sequence[str]) -> list[str]:
    """The file's names of the strips, layer by layer; none if these are no strips."""
    given = {plain(name): name for name in names}
    for known in _NAMED:
        if len(names) == len(known) and given.keys() == set(known):
            return [given[name] for name in known]
    return []


def _strip(table: Table, name: str) -> Array:
    column = task_numbers(table, name, TASK)
    bad = np.flatnonzero((column != 0) & (column != 1))
    if bad.size:
        raise DataError(
            f"{table.source}: strip {name!r} is {column[bad[0]]} in {table.place(bad[0])}; a strip "
            f"answers, 1, or does not, 0"
        )
    return column.astype(np.uint8)
