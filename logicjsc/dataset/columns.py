"""From columns of a table to features: kinds, categories, missing numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np

from logicjsc.core.errors import DataError
from logicjsc.dataset.config import DataConfig, names_in
from logicjsc.dataset.readers.text import MISSING_TEXTS, number_in
from logicjsc.dataset.schema import MOST_WORD_BITS, Column, ColumnKind
from logicjsc.dataset.table import Array, Table, is_numeric, listed
from logicjsc.dataset.targets import present

MOST_CATEGORIES: Final = 1024

_MISSING: Final = "(missing)"
"""Category of a missing text, where missing values are not refused."""

_PIXEL: Final = "pixel_"
"""What the names of pixels begin with."""

_MOSTLY: Final = 0.5
_HIGHEST_WORD: Final = 1 << MOST_WORD_BITS
_LOWEST_WORD: Final = -(1 << (MOST_WORD_BITS - 1))


def kinds_of(table: Table, names: Sequence[str], config: DataConfig) -> dict[str, ColumnKind]:
    """What each feature column holds: what the settings say, its task, or what it looks like.

    Raises:
        DataError: the settings name a column that is not there, or one twice.
    """
    chosen: dict[str, ColumnKind] = {}
    asked: tuple[tuple[str, ColumnKind], ...] = (
        ("numbers", "number"),
        ("words", "word"),
        ("bits", "bit"),
        ("categories", "category"),
    )
    for key, kind in asked:
        for name in names_in(getattr(config, key)):
            if name not in names:
                raise DataError(
                    f"data.{key} names {name!r}, which is no feature of {table.source}; it has "
                    f"{listed(names)}"
                )
            if name in chosen:
                raise DataError(f"column {name!r} stands in data.{key} and as a {chosen[name]}")
            chosen[name] = kind
    chosen = {name: table.kinds[name] for name in names if name in table.kinds} | chosen
    kinds = {name: chosen[name] if name in chosen else _kind(table, name) for name in names}
    # Pixels are alike: that some were never brighter than 1 in these images makes them no bits.
    pixels = [name for name in names if name.startswith(_PIXEL) and name not in chosen]
    if any(not np.isin(table.columns[name], (0, 1)).all() for name in pixels):
        kinds |= {
            name: "number" if table.columns[name].dtype.kind == "f" else "word"
            for name in pixels
            if kinds[name] == "bit"
        }
    return kinds


def fit_column(table: Table, name: str, kind: ColumnKind, config: DataConfig) -> Column:
    """What a column of a table of training samples becomes.

    Raises:
        DataError: it is not of its kind, or has too many categories.
    """
    source = table.source
    if kind == "category":
        values = sorted({_category(entry) for entry in table.columns[name].tolist()})
        if len(values) > MOST_CATEGORIES:
            raise DataError(
                f"{source}: column {name!r} has {len(values):,} different texts; at most "
                f"{MOST_CATEGORIES:,} make categories. If it identifies samples, leave it out with "
                f"data.ignore"
            )
        return Column(name, kind, values=tuple(values), coding=config.category_code)
    numbers = numbers_of(table, name)
    finite = numbers[~np.isnan(numbers)]
    if not finite.size:
        raise DataError(f"{source}: column {name!r} is empty; leave it out with data.ignore")
    fill = None
    if config.missing == "mean":
        mean = float(finite.mean(dtype=np.float64))
        fill = mean if kind == "number" else float(np.round(mean))
    if kind != "word":
        return Column(name, kind, fill=fill)
    lowest, highest = int(finite.min()), int(finite.max())
    if (finite != np.round(finite)).any() or not _fits(lowest, highest):
        raise DataError(
            f"{source}: column {name!r} is no word: it must hold whole numbers of at most "
            f"{MOST_WORD_BITS} bits, and holds {lowest} to {highest}"
        )
    return Column(name, kind, lowest, highest, fill=fill)


def encode_columns(table: Table, columns: Sequence[Column]) -> Array:
    """Features of the samples of a table, float32 ``[samples, features]``.

    A category that no training sample had is no category: all its bits are 0.

    Args:
        table: the samples.
        columns: what its columns become.

    Raises:
        DataError: a column is missing, or holds texts where numbers are needed.
    """
    parts: list[Array] = []
    for column in columns:
        if column.name not in table.columns:
            raise DataError(
                f"{table.source} has no column {column.name!r}; it has {listed(table.names)}"
            )
        values = table.columns[column.name]
        if column.kind == "category":
            parts.append(_coded(values, column))
            continue
        numbers = numbers_of(table, column.name)
        if column.fill is not None:
            numbers = np.where(np.isnan(numbers), column.fill, numbers)
        with np.errstate(over="ignore"):  # Samples names what is not finite
            parts.append(numbers.astype(np.float32)[:, None])
    return np.concatenate(parts, axis=1) if parts else np.empty((len(table), 0), np.float32)


def numbers_of(table: Table, name: str) -> Array:
    """A column as numbers, in its own type if it is one of numbers.

    Raises:
        DataError: it holds texts; the message names the first row.
    """
    column = table.columns[name]
    if is_numeric(column):
        return column
    for row, text in enumerate(column.tolist()):
        if text is not None and not is_number(text):
            raise DataError(
                f"{table.source}: column {name!r} holds {text!r} in {table.place(row)}, which is "
                f"no number; mend it, or name the column in data.categories or data.ignore"
            )
    return np.array(
        [
            np.nan if text is None or _is_missing(text) else number_in(text)
            for text in column.tolist()
        ]
    )


def missing_rows(table: Table, names: Sequence[str]) -> Array:
    """Rows in which some of the columns lack a value, ascending."""
    there = np.ones(len(table), np.bool_)
    for name in names:
        there &= present(table.columns[name])
    return np.flatnonzero(~there)


def refuse_missing(table: Table, names: Sequence[str], *, advice: str) -> None:
    """Refuse the first missing value of some columns.

    Raises:
        DataError: names row and column.
    """
    for name in names:
        absent = np.flatnonzero(~present(table.columns[name]))
        if absent.size:
            raise DataError(
                f"{table.source}: column {name!r} has no value in {table.place(absent[0])}; "
                f"{absent.size:,} values are missing; {advice}"
            )


def refuse_infinite(table: Table, names: Sequence[str]) -> None:
    """Refuse the first number of some columns that float32 does not hold; missing ones are fine.

    Raises:
        DataError: names row and column.
    """
    for name in names:
        column = table.columns[name]
        if column.dtype.kind != "f":
            continue
        with np.errstate(over="ignore"):
            bad = np.flatnonzero(np.isinf(column.astype(np.float32)))
        if bad.size:
            raise DataError(
                f"{table.source}: column {name!r} is {column[bad[0]]} in {table.place(bad[0])} "
                f"({bad.size:,} values are infinite or beyond float32); mend it, or leave the "
                f"column out with data.ignore"
            )


def is_number(text: str) -> bool:
    """Whether a text is a number or stands for a missing one."""
    try:
        number_in(text)
    except ValueError:
        return _is_missing(text)
    return True


def _is_missing(text: str) -> bool:
    return text.strip().lower() in MISSING_TEXTS


def _kind(table: Table, name: str) -> ColumnKind:
    column = table.columns[name]
    if not is_numeric(column):
        texts = [text for text in column.tolist() if text is not None]
        if not texts:
            raise DataError(
                f"{table.source}: column {name!r} is empty; leave it out with data.ignore"
            )
        numbers = sum(is_number(text) for text in texts)
        if numbers > _MOSTLY * len(texts):
            numbers_of(table, name)  # says where the text stands
        return "category"
    if column.dtype.kind == "b":
        return "bit"
    finite = column[np.isfinite(column)] if column.dtype.kind == "f" else column
    if len(finite) == len(column) and np.isin(finite, (0, 1)).all() and np.ptp(finite):
        return "bit"
    if column.dtype.kind in "iu" and _fits(int(column.min()), int(column.max())):
        return "word"
    return "number"


def _fits(lowest: int, highest: int) -> bool:
    unsigned = lowest >= 0 and highest < _HIGHEST_WORD
    return unsigned or (lowest >= _LOWEST_WORD and highest < -_LOWEST_WORD)


def _category(entry: object) -> str:
    """What an entry is called; whole numbers alike whether others of their column are whole."""
    if entry is None or (isinstance(entry, float) and math.isnan(entry)):
        return _MISSING
    return str(int(entry)) if isinstance(entry, float) and entry.is_integer() else str(entry)


def _coded(values: Array, column: Column) -> Array:
    number = {value: index for index, value in enumerate(column.values)}
    entries = values.tolist()
    indices = np.fromiter((number.get(_category(e), -1) for e in entries), np.int64, len(entries))
    if column.coding == "one-hot":
        matches: Array = indices[:, None] == np.arange(len(column.values))
        return matches.astype(np.float32)
    bits = np.arange(len(column.features))
    return ((indices + 1)[:, None] >> bits & 1).astype(np.float32)
