"""From columns of a table to a target: which kind it is, and what each sample's is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from logicjsc.core.errors import DataError
from logicjsc.dataset.config import DataConfig
from logicjsc.dataset.samples import MOST_CLASSES
from logicjsc.dataset.schema import Target, TargetKind
from logicjsc.dataset.table import Array, Table, is_numeric, listed

_FEW: Final = 32
"""Different whole numbers that are classes wherever they come from."""

_PER_CLASS: Final = 5
"""Samples of each class from which on many neighbouring whole numbers are classes, too."""

_TWO: Final = 2

_GUESSES: Final = ("class", "label", "target", "y")


def guess_target(table: Table) -> tuple[str, ...]:
    """The columns that are the target by their name; none where names do not say."""
    for guess in _GUESSES:
        found = [name for name in table.names if name.lower() == guess]
        if len(found) == 1:
            return (found[0],)
    hot = tuple(name for name in table.names if name.startswith("y_"))
    return hot if len(hot) > 1 else ()


def fit_target(table: Table, names: Sequence[str], config: DataConfig) -> Target:
    """The target that some columns are.

    Args:
        table: samples to learn from.
        names: the target's columns.
        config: says the kind, if not ``"auto"``, and which value of a binary target means yes.

    Raises:
        DataError: a column is missing, constant, different in every row, or not of the kind.
    """
    for name in names:
        if name not in table.columns:
            raise DataError(
                f"{table.source} has no column {name!r} to predict (data.target); it has "
                f"{listed(table.names)}"
            )
    columns = [table.columns[name] for name in names]
    column = ", ".join(names)
    if len(names) == 1:
        target = _one(columns[0], column, config, table)
    else:
        target = _several(columns, names, column, config, table.source)
    return replace(target, core=config.core)


def encode_target(table: Table, target: Target, names: Sequence[str]) -> Array:
    """Targets of the samples of a table, as `Samples` holds them.

    Raises:
        DataError: a column is missing, or holds what no training sample had.
    """
    for name in names:
        if name not in table.columns:
            raise DataError(f"{table.source} has no column {name!r} to predict (data.target)")
    columns = [table.columns[name] for name in names]
    if target.kind == "value":
        numbers = [_numbers(*pair, table) for pair in zip(columns, names, strict=True)]
        return np.stack(numbers, axis=1)
    if len(columns) == 1 and target.kind in {"classes", "binary"}:
        return _indices(columns[0], target, table)
    bits = np.stack([_bits(*pair, table) for pair in zip(columns, names, strict=True)], axis=1)
    if target.kind == "labels":
        return bits
    bad = np.flatnonzero(bits.sum(axis=1) != 1)
    if bad.size:
        raise DataError(
            f"{table.source}: {table.place(bad[0])} is of {int(bits[bad[0]].sum())} classes; each "
            f"must be of one"
        )
    return np.asarray(bits.argmax(axis=1))


def present(column: Array) -> Array:
    """Which entries of a column are there, bool ``[rows]``."""
    if column.dtype.kind == "f":
        return ~np.isnan(column)
    if is_numeric(column):
        return np.ones(len(column), np.bool_)
    return np.array([entry is not None for entry in column.tolist()], np.bool_)


def _one(column: Array, name: str, config: DataConfig, table: Table) -> Target:
    source = table.source
    there = present(column)
    if not there.any():
        raise DataError(f"{source}: column {name!r} is empty, so there is nothing to predict")
    values = column[there]
    if not is_numeric(values):
        return _named_classes(values, name, config, source)
    bad = np.flatnonzero(there & ~np.isfinite(column.astype(np.float64)))
    if bad.size:
        raise DataError(f"{source}: column {name!r} is {column[bad[0]]} in {table.place(bad[0])}")
    distinct = np.unique(values)
    whole = bool((distinct == np.round(distinct)).all())
    kind: TargetKind = (
        _kind_of_numbers(distinct, len(values), whole=whole)
        if config.kind == "auto"
        else config.kind
    )
    if len(distinct) == 1:
        raise DataError(
            f"{source}: column {name!r} is {distinct[0]:g} in every row, so there is nothing to "
            f"predict"
        )
    if config.kind == "auto" and whole and len(distinct) == len(values) > _FEW:
        raise DataError(
            f"{source}: column {name!r} has another whole number in every row, as an identifier "
            f"has; choose another data.target, or set data.kind = 'value'"
        )
    given = table.class_names
    if config.kind == "auto" and whole and distinct[0] >= 0 and distinct[-1] < len(given) > 1:
        # The names say how many there are, whichever of them occur.
        kind = "binary" if len(given) == _TWO else "classes"
    if kind == "value":
        return Target("value", (name,), name)
    if kind == "labels":
        _bits(column, name, table)
        return Target("labels", (name,), name)
    if len(given) > 1 and whole:
        _refuse_unnamed(column, name, table)
        names = given
    else:
        names = tuple(_text(value) for value in distinct.tolist())
    return _classes(names, kind, name, config, source)


def _refuse_unnamed(column: Array, name: str, table: Table) -> None:
    """Refuse class numbers for which the file has no name."""
    bad = np.flatnonzero(present(column) & ~((column >= 0) & (column < len(table.class_names))))
    if bad.size:
        raise DataError(
            f"{table.source}: column {name!r} holds {_text(column[bad[0]])} in "
            f"{table.place(bad[0])}, but {len(table.class_names)} classes are named, from 0 on"
        )


def _named_classes(values: Array, name: str, config: DataConfig, source: str) -> Target:
    distinct = sorted(set(values.tolist()))
    if len(distinct) == 1:
        raise DataError(
            f"{source}: column {name!r} is {distinct[0]!r} in every row, so there is nothing to "
            f"predict"
        )
    if len(distinct) == len(values):
        raise DataError(
            f"{source}: column {name!r} has another text in every row, as an identifier has; "
            f"choose another data.target"
        )
    if config.kind in {"value", "labels"}:
        raise DataError(
            f"{source}: column {name!r} holds texts such as {distinct[0]!r}; data.kind = "
            f"{config.kind!r} needs numbers"
        )
    kind: TargetKind = "binary" if len(distinct) == _TWO else "classes"
    return _classes(
        tuple(distinct), kind if config.kind == "auto" else config.kind, name, config, source
    )


def _classes(
    names: tuple[str, ...], kind: TargetKind, column: str, config: DataConfig, source: str
) -> Target:
    if kind == "binary":
        if len(names) != _TWO:
            raise DataError(
                f"{source}: column {column!r} has {len(names)} values; data.kind = 'binary' needs "
                f"two"
            )
        if config.positive:
            if config.positive not in names:
                raise DataError(
                    f"{source}: data.positive = {config.positive!r} is no value of column "
                    f"{column!r}, which has {names[0]!r} and {names[1]!r}"
                )
            names = (names[1 - names.index(config.positive)], config.positive)
    if len(names) > MOST_CLASSES:
        raise DataError(
            f"{source}: column {column!r} has {len(names):,} classes; at most {MOST_CLASSES:,} are "
            f"possible, or set data.kind = 'value' for numbers"
        )
    return Target(kind, names, column)


def _kind_of_numbers(distinct: Array, rows: int, *, whole: bool) -> TargetKind:
    if len(distinct) == _TWO:
        return "binary"
    if not whole:
        return "value"
    span = float(distinct[-1]) - float(distinct[0]) + 1
    dense = span == len(distinct) and rows >= _PER_CLASS * len(distinct)
    return "classes" if len(distinct) <= _FEW or dense else "value"


def _several(
    columns: list[Array], names: Sequence[str], column: str, config: DataConfig, source: str
) -> Target:
    numeric = all(is_numeric(entry) for entry in columns)
    bits = numeric and all(bool(np.isin(entry, (0, 1)).all()) for entry in columns)
    kind: TargetKind
    if config.kind != "auto":
        kind = config.kind
    elif bits:
        one_hot = bool((np.sum([entry != 0 for entry in columns], axis=0) == 1).all())
        kind = "classes" if one_hot else "labels"
    else:
        kind = "value"
    if kind == "binary" or not numeric:
        raise DataError(
            f"{source}: the {len(names)} target columns must be numbers, and data.kind 'labels', "
            f"'value' or 'classes' (one column per class)"
        )
    if kind in {"labels", "classes"} and not bits:
        raise DataError(f"{source}: data.kind = {kind!r} needs target columns of 0 and 1")
    prefix = "y_" if all(name.startswith("y_") for name in names) else ""
    return Target(kind, tuple(name.removeprefix(prefix) for name in names), column)


def _indices(column: Array, target: Target, table: Table) -> Array:
    number = {name: index for index, name in enumerate(target.names)}
    numeric = is_numeric(column)
    distinct, inverse = (
        np.unique(column, return_inverse=True) if numeric else _distinct_texts(column)
    )
    texts = distinct.tolist()
    if numeric and set(table.class_names) == set(target.names):
        _refuse_unnamed(column, target.column, table)
        texts = [table.class_names[int(value)] for value in texts]
    elif numeric:
        texts = [_text(value) for value in texts]
    found = np.array([number.get(text, -1) for text in texts])
    indices = found[inverse]
    bad = np.flatnonzero(indices < 0)
    if bad.size:
        raise DataError(
            f"{table.source}: {target.column!r} is {column[bad[0]]!s} in {table.place(bad[0])}, "
            f"which is none of the training samples' classes, {listed(target.names)}"
        )
    return np.asarray(indices)


def _distinct_texts(column: Array) -> tuple[Array, Array]:
    number = {text: index for index, text in enumerate(dict.fromkeys(column.tolist()))}
    inverse = np.fromiter((number[text] for text in column.tolist()), np.int64, len(column))
    return np.array(list(number), object), inverse


def _numbers(column: Array, name: str, table: Table) -> Array:
    if not is_numeric(column):
        raise DataError(f"{table.source}: target column {name!r} holds texts, not numbers")
    return np.asarray(column, np.float32)


def _bits(column: Array, name: str, table: Table) -> Array:
    if not is_numeric(column):
        raise DataError(f"{table.source}: target column {name!r} holds texts, not 0 and 1")
    bad = np.flatnonzero((column != 0) & (column != 1))
    if bad.size:
        raise DataError(
            f"{table.source}: target column {name!r} holds {column[bad[0]]!s} in "
            f"{table.place(bad[0])}, neither 0 nor 1"
        )
    return np.asarray(column, np.uint8)


def _text(value: float) -> str:
    """A number as a class name: whole numbers without a point."""
    if isinstance(value, bool):
        return str(value)
    return str(int(value)) if float(value).is_integer() else repr(float(value))
