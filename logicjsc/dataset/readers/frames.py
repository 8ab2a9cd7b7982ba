"""Data frames of pandas, polars or pyarrow, and arrays, as tables."""

from __future__ import annotations

from typing import Any

import numpy as np

from logicjsc.core.errors import DataError
from logicjsc.dataset.readers.arrays import arrays_table
from logicjsc.dataset.table import Array, Table, is_numeric, table_of


def is_frame(data: object) -> bool:
    """Whether an object is a data frame: has named columns that can be taken by name."""
    return hasattr(data, "columns") and hasattr(data, "__getitem__")


def frame_table(frame: Any, source: str) -> Table:  # noqa: ANN401 - pandas, polars or the like
    """The table of a data frame.

    Raises:
        DataError: a column has no name, or holds neither numbers nor texts.
    """
    pairs = []
    for place, name in enumerate(frame.columns):
        if name is None:
            raise DataError(f"{source}: column {place + 1} has no name; name it")
        pairs.append((str(name), _values(frame[name], str(name), source)))
    return table_of(pairs, source, type(frame).__module__.partition(".")[0])


def array_table(
    features: Array, target: Array, source: str, feature_names: tuple[str, ...] = ()
) -> Table:
    """The table of arrays of features and target; see `arrays_table`."""
    return arrays_table(
        np.asarray(features), np.asarray(target), source, "numpy", feature_names=feature_names
    )


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
    if all(entry is None or isinstance(entry, (bool, int, float)) for entry in listed):
        return np.array([np.nan if entry is None else float(entry) for entry in listed])
    missing = [entry is None or entry != entry or str(entry) == "<NA>" for entry in listed]  # noqa: PLR0124 - not-a-number
    return np.array(
        [None if gone else str(entry) for entry, gone in zip(listed, missing, strict=True)], object
    )
