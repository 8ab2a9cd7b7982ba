"""Data frames of pandas, polars or pyarrow, and arrays, as tables."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

import numpy as np

from logicjsc.core.errors import DataError
from logicjsc.dataset.readers.arrays import arrays_table, target_columns
from logicjsc.dataset.readers.parquet import arrow_values
from logicjsc.dataset.table import NUMBERED, Array, Table, is_numeric, table_of, unusable

_NUMBERS: Final = (bool, int, float, np.number, np.bool_, Decimal, Fraction)


def is_frame(data: object) -> bool:
    """Whether an object is a data frame: has named columns that can be taken by name."""
    return hasattr(data, "columns") and hasattr(data, "__getitem__")


def frame_table(frame: Any, source: str) -> Table:  # noqa: ANN401 - pandas, polars or the like
    """The table of a data frame.

    Raises:
        DataError: a column has no name, or holds bytes that are no text.
    """
    pairs = []
    # A table of pyarrow's has names of its own; its columns are arrays.
    for place, name in enumerate(getattr(frame, "column_names", frame.columns)):
        if _is_missing(name):
            raise DataError(f"{source}: column {place + 1} has no name; name it")
        pairs.append((str(name), _values(frame[name], source, str(name))))
    return table_of(pairs, source, type(frame).__module__.partition(".")[0])


def target_pairs(target: Any, table: Table) -> list[tuple[str, Array]]:  # noqa: ANN401 - as above
    """Named columns of a target that comes apart from its features, under names that are free.

    Raises:
        DataError: there are other numbers of targets than of samples.
    """
    if is_frame(target):
        pairs = list(frame_table(target, "the target").columns.items())
    elif hasattr(target, "to_numpy"):
        name = getattr(target, "name", None)
        pairs = [(str(name or NUMBERED), _values(target, "the target", str(name or NUMBERED)))]
    else:
        pairs = target_columns(np.asarray(target))
    for _, values in pairs:
        if len(values) != len(table):
            raise DataError(
                f"{table.source} has {len(table)} samples of features, but {len(values)} of the "
                f"target"
            )
    return [(_free(name, table.names), values) for name, values in pairs]


def array_table(
    features: Array, target: Array, source: str, feature_names: tuple[str, ...] = ()
) -> Table:
    """The table of arrays of features and target; see `arrays_table`."""
    return arrays_table(
        np.asarray(features), np.asarray(target), source, "numpy", feature_names=feature_names
    )


def _free(name: str, taken: Sequence[str]) -> str:
    while name in taken:
        name = f"target_{name}"
    return name


def _values(column: Any, source: str, name: str) -> Array:  # noqa: ANN401 - of a frame
    if type(column).__module__.startswith("pyarrow"):
        try:
            return arrow_values(column)  # its own numbers and texts lose what is missing
        except ValueError as error:
            raise DataError(f"{source}: column {name!r} cannot be read ({error})") from error
    values = np.asarray(column.to_numpy())
    if is_numeric(values) and values.ndim == 1 and not _is_nested(column):
        return values
    if values.dtype.kind in "MmcV" or _is_nested(column):
        return unusable(len(values), str(getattr(column, "dtype", values.dtype)))
    listed = values.tolist()
    missing = [_is_missing(entry) for entry in listed]
    there = [entry for entry, gone in zip(listed, missing, strict=True) if not gone]
    odd = next((entry for entry in there if not _is_plain(entry)), None)
    if odd is not None:
        return unusable(len(values), f"entries of type {type(odd).__name__}")
    if all(isinstance(entry, _NUMBERS) for entry in there):
        return np.array(
            [np.nan if gone else float(entry) for entry, gone in zip(listed, missing, strict=True)]
        )
    try:
        texts = [
            None if gone else entry.decode() if isinstance(entry, bytes) else str(entry)
            for entry, gone in zip(listed, missing, strict=True)
        ]
    except UnicodeDecodeError as error:
        raise DataError(
            f"{source}: column {name!r} holds bytes that are no UTF-8; decode them first"
        ) from error
    return np.array(texts, object)


def _is_nested(column: Any) -> bool:  # noqa: ANN401 - as above
    """Whether a column of polars holds lists or structures."""
    is_nested = getattr(getattr(column, "dtype", None), "is_nested", None)
    return bool(is_nested()) if callable(is_nested) else False


def _is_plain(entry: object) -> bool:
    """Whether an entry is a number or a text, or an interval, which ``pandas.cut`` makes."""
    return isinstance(entry, (*_NUMBERS, str, bytes)) or type(entry).__name__ == "Interval"


def _is_missing(entry: object) -> bool:
    # That of pandas is neither equal to itself nor not.
    return entry is None or str(entry) == "<NA>" or (isinstance(entry, float) and entry != entry)  # noqa: PLR0124 - not-a-number
