"""Features of samples whose targets are not known: what a finished network is asked."""

from __future__ import annotations

from typing import Any

import numpy as np

from logicjsc.core.errors import DataError
from logicjsc.dataset.columns import encode_columns, numbers_of
from logicjsc.dataset.readers.frames import frame_table, is_frame
from logicjsc.dataset.samples import Array
from logicjsc.dataset.schema import Column, Schema, Target
from logicjsc.dataset.table import listed, refuse_unusable
from logicjsc.dataset.values import checked_features


def features_of(
    data: Any,  # noqa: ANN401 - a data frame or an array
    names: tuple[str, ...],
    columns: tuple[Column, ...] = (),
) -> Array:
    """Raw features, float32 ``[samples, features]``.

    Args:
        data: a data frame with the columns that a network was made for, or with its features, or an
            array ``[samples, features]``. Columns of a frame are taken by name, in any order.
        names: of the features.
        columns: the columns that the features were read from, if they are known.

    Raises:
        DataError: columns are missing or cannot be read, their number differs, or a value is not
            finite or, of a bit, neither 0 nor 1.
    """
    bits = _bits(columns, names)
    if is_frame(data):
        table = frame_table(data, "the data frame")
        refuse_unusable(table, (*names, *(column.name for column in columns or ())))
        if columns and all(column.name in table.columns for column in columns):
            return checked_features(encode_columns(table, columns), names, bits)
        absent = [name for name in names if name not in table.columns]
        if absent:
            raise DataError(f"the data frame lacks {listed(absent)}, which the network reads")
        parts = [numbers_of(table, name) for name in names]
        return checked_features(np.stack(parts, axis=1), names, bits)
    return checked_features(data, names, bits)


def _bits(columns: tuple[Column, ...], names: tuple[str, ...]) -> list[int]:
    """Places of the features that are bits, as far as it is known what features are."""
    if not columns:
        return []
    schema = Schema(columns, Target("value", ("y",)))
    if schema.feature_names != names:
        return []
    return [place for place, kind in enumerate(schema.feature_kinds) if kind == "bit"]
