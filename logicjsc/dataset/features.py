"""Features of samples whose targets are not known: what a finished network is asked."""

from __future__ import annotations

from typing import Any

import numpy as np

from logicjsc.core.errors import DataError
from logicjsc.dataset.columns import encode_columns, numbers_of
from logicjsc.dataset.readers.frames import frame_table, is_frame
from logicjsc.dataset.samples import Array
from logicjsc.dataset.schema import Column
from logicjsc.dataset.table import listed, refuse_unusable

_MATRIX = 2


def features_of(
    data: Any,  # noqa: ANN401 - a data frame or an array
    names: tuple[str, ...],
    columns: tuple[Column, ...] = (),
) -> Array:
    """Raw features, float32 ``[samples, features]``.

    Args:
        data: a data frame with the columns that a network was made for, or with its features, or an
            array ``[samples, features]``.
        names: of the features.
        columns: the columns that the features were read from, if they are known.

    Raises:
        DataError: columns are missing or cannot be read, their number differs, or one is not
            finite.
    """
    if is_frame(data):
        table = frame_table(data, "the data frame")
        refuse_unusable(table, (*names, *(column.name for column in columns or ())))
        if columns and all(column.name in table.columns for column in columns):
            return _finite(encode_columns(table, columns), names)
        absent = [name for name in names if name not in table.columns]
        if absent:
            raise DataError(f"the data frame lacks {listed(absent)}, which the network reads")
        parts = [numbers_of(table, name) for name in names]
        return _finite(np.stack(parts, axis=1), names)
    array = np.asarray(data)
    if array.dtype.kind not in "biuf":
        raise DataError(f"features must be numbers, not {array.dtype}")
    if array.ndim != _MATRIX or array.shape[1] != len(names):
        raise DataError(
            f"features have shape {list(array.shape)}, the network takes [samples, {len(names)}]: "
            f"{listed(names)}"
        )
    return _finite(array, names)


def _finite(features: Array, names: tuple[str, ...]) -> Array:
    with np.errstate(over="ignore"):  # too large for float32: refused below
        rounded = np.asarray(features, np.float32)
    bad = np.argwhere(~np.isfinite(rounded))
    if len(bad):
        row, column = bad[0]
        raise DataError(
            f"feature {names[column]!r} of sample {row} is {features[row, column]}; features must "
            f"be finite float32 numbers"
        )
    return rounded
