"""Tables of images to samples: 28 x 28 pixels of 8 bits, whatever the file calls them.

Files name pixels in one of five ways: by row and column (arrays and IDX files), ``1x1`` to
``28x28``, ``pixel1`` to ``pixel784`` (OpenML), ``pixel0`` to ``pixel783``, and not at all.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Final

import numpy as np

from logicjsc.core.errors import DataError
from logicjsc.dataset.arranging import other_samples, plain, task_numbers
from logicjsc.dataset.readers.arrays import names_of
from logicjsc.dataset.samples import Samples
from logicjsc.dataset.schema import Column, Schema, Target
from logicjsc.dataset.table import Array, Table

TASK: Final = "mnist"
SIDE: Final = 28
PIXELS: Final = SIDE * SIDE
BRIGHTEST: Final = 255
FEATURE_NAMES: Final = names_of((SIDE, SIDE))
CLASS_NAMES: Final = tuple(map(str, range(10)))
SCHEMA: Final = Schema(
    tuple(Column(name, "word", 0, BRIGHTEST) for name in FEATURE_NAMES),
    Target("classes", CLASS_NAMES, "digit"),
)

_LABELS: Final = ("y", "digit", "label", "class", "target")
_ROW_NUMBERS: Final = ("index", "unnamed: 0", "id")
_BY_PLACE: Final = re.compile(r"pixel_r(\d+)_c(\d+)(?:_k(\d+))?")
_NAMED: Final = (
    FEATURE_NAMES,
    tuple(f"{row}x{column}" for row in range(1, SIDE + 1) for column in range(1, SIDE + 1)),
    tuple(f"pixel{place}" for place in range(1, PIXELS + 1)),
    tuple(f"pixel{place}" for place in range(PIXELS)),
    tuple(f"x{place}" for place in range(PIXELS)),
)


def arrange(table: Table) -> Samples:
    """Digits of a table, pixels row by row.

    Raises:
        DataError: its images are of another size or in colour, a pixel is no whole number from 0
            to 255, or a label is no digit.
    """
    label, pixels = _columns(table)
    names = _in_order(table, pixels)
    features = np.stack([_pixel(table, name) for name in names], axis=1)
    return Samples(features, _digits(table, label), SCHEMA, table.source)


def recognises(table: Table) -> bool:
    """Whether a table holds a label and as many pixels as the images of the task have."""
    names = {plain(name) for name in table.names}
    return any(names.issuperset(known) for known in _NAMED) and bool(names.intersection(_LABELS))


def _columns(table: Table) -> tuple[str, list[str]]:
    """The column of the label, and all others but row numbers."""
    labels = [name for name in table.names if plain(name) in _LABELS]
    if len(labels) != 1:
        found = "no column of labels" if not labels else f"two columns of labels, {labels[:2]}"
        raise other_samples(
            table, f"{found}, and task {TASK!r} takes one of {', '.join(_LABELS)}", TASK
        )
    others = [name for name in table.names if name != labels[0]]
    return labels[0], [name for name in others if plain(name) not in _ROW_NUMBERS]


def _in_order(table: Table, names: Sequence[str]) -> list[str]:
    """The file's names of the pixels, row by row."""
    given = {plain(name): name for name in names}
    for known in _NAMED:
        if len(names) == PIXELS and given.keys() == set(known):
            return [given[name] for name in known]
    raise other_samples(
        table, f"{_described(given)}, and task {TASK!r} takes images of {SIDE} x {SIDE}", TASK
    )


def _described(names: Sequence[str] | dict[str, str]) -> str:
    """What columns other than those of the task are."""
    places = [_BY_PLACE.fullmatch(name) for name in names]
    if names and all(places):
        sizes = [
            1 + max(int(place[group] or 0) for place in places if place) for group in (1, 2, 3)
        ]
        shown = f"images of {sizes[0]} x {sizes[1]} pixels"
        return f"{shown} in {sizes[2]} colours" if sizes[2] > 1 else shown
    side = math.isqrt(len(names))
    square = f", images of {side} x {side} pixels" if side * side == len(names) > 1 else ""
    return f"{len(names):,} columns that are not its pixels{square}"


def _pixel(table: Table, name: str) -> Array:
    column = task_numbers(table, name, TASK)
    if column.dtype == np.uint8:
        return column
    bad = np.flatnonzero((column < 0) | (column > BRIGHTEST) | (column != np.round(column)))
    if bad.size:
        raise DataError(
            f"{table.source}: pixel {name!r} is {column[bad[0]]} in {table.place(bad[0])}; pixels "
            f"are whole numbers from 0 to {BRIGHTEST}, so scale them first"
        )
    return column.astype(np.uint8)


def _digits(table: Table, name: str) -> Array:
    column = task_numbers(table, name, TASK)
    bad = np.flatnonzero(~np.isin(column, range(len(CLASS_NAMES))))
    if bad.size:
        raise DataError(
            f"{table.source}: column {name!r} is {column[bad[0]]} in {table.place(bad[0])}; it "
            f"holds digits, 0 to 9"
        )
    return column.astype(np.uint8)
