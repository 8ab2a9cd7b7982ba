"""Data frames of pandas, polars or pyarrow, and arrays, as tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from logicjsc.core.errors import DataError
from logicjsc.dataset.readers.arrays import arrays_table, target_columns
from logicjsc.dataset.table import NUMBERED, Array, Table, is_numeric, table_of


def is_frame(data: object) -> bool:
    """Whether an object is a data frame: has named columns that can be taken by name."""
    return hasattr(data, "columns") and hasattr(data, "__getitem__")


def frame_table(frame: Any, source: str) -> Table:  # noqa: ANN401 - pandas, polars or the like
    """The table of a data frame.

    Raises:
        DataError: a column has no name, or holds neither numbers nor texts.
    """
    pairs = []
    # A table of pyarrow's has names of its own; its columns are arrays.
    for place, name in enumerate(getattr(frame, "column_names", frame.columns)):
        if _is_missing(name):
            raise DataError(f"{source}: column {place + 1} has no name; name it")
        pairs.append((str(name), _values(frame[name], str(name), source)))
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
        pairs = [(str(name or NUMBERED), _values(target, "target", "the target"))]
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


def _values(column: Any, name: str, source: str) -> Array:  # noqa: ANN401 - a column of a frame
    values = np.asarray(column.to_numpy())
    if is_numeric(values):
        return values
    if values.dtype.kind in "MmcV":
        raise DataError(
            f"{source}: column {name!r} holds {values.dtype}, neither numbers nor texts; leave it "
            f"out with ignore"
        )
    listed = values.tolist()
    missing = [_is_missing(entry) for entry in listed]
    if all(
        gone or isinstance(entry, (bool, int, float, np.number, np.bool_))
        for entry, gone in zip(listed, missing, strict=True)
    ):
        return np.array(
            [np.nan if gone else float(entry) for entry, gone in zip(listed, missing, strict=True)]
        )
    return np.array(
        [None if gone else str(entry) for entry, gone in zip(listed, missing, strict=True)], object
    )


def _is_missing(entry: object) -> bool:
    # That of pandas is neither equal to itself nor not.
    return entry is None or str(entry) == "<NA>" or (isinstance(entry, float) and entry != entry)  # noqa: PLR0124 - not-a-number
