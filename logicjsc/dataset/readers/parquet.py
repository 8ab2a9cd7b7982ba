"""Parquet files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from logicjsc.core.errors import DataError
from logicjsc.dataset.table import (
    Array,
    Table,
    damaged,
    refuse_columns,
    refuse_rows,
    table_of,
    unusable,
)


def read_parquet(path: Path, source: str) -> Table:
    """The table of a Parquet file.

    Raises:
        DataError: pyarrow is not installed, or the file is damaged.
    """
    try:
        import pyarrow.parquet
    except ImportError as error:
        raise DataError(
            f"{source} is a Parquet file, which needs pyarrow; pip install logicjsc[formats]"
        ) from error
    try:
        with pyarrow.parquet.ParquetFile(path, page_checksum_verification=True) as file:
            names = list(file.schema_arrow.names)
            refuse_rows(file.metadata.num_rows, source)
            refuse_columns(len(names), source)
            table = file.read()
            columns = [
                (name, arrow_values(table.column(place))) for place, name in enumerate(names)
            ]
    except DataError:
        raise
    except Exception as error:  # pyarrow raises several trees of errors
        raise damaged(path, str(error).partition("\n")[0] or type(error).__name__) from error
    return table_of(
        [(name, column) for name, column in columns if name != "__index_level_0__"],
        source,
        "Parquet",
    )


def arrow_values(column: Any) -> Array:  # noqa: ANN401 - pyarrow ships no types
    """A column as numbers or texts; a missing number is NaN, a missing text is None."""
    import pyarrow as pa

    kind = column.type
    if pa.types.is_dictionary(kind):
        column, kind = column.cast(kind.value_type), kind.value_type
    if pa.types.is_decimal(kind):
        column, kind = column.cast(pa.float64()), pa.float64()
    if pa.types.is_boolean(kind) and column.null_count:
        column, kind = column.cast(pa.int8()), pa.int8()
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_boolean(kind):
        return np.asarray(column.to_numpy())
    if any(
        test(kind)
        for test in (
            pa.types.is_string,
            pa.types.is_large_string,
            pa.types.is_string_view,
            pa.types.is_binary,
            pa.types.is_large_binary,
        )
    ):
        # A dictionary first: there are few texts, and hundreds of thousands of rows.
        coded = column.cast(pa.large_string()).dictionary_encode().combine_chunks()
        if not len(coded):
            return np.array([], object)
        texts = np.array([*coded.dictionary.to_pylist(), None], object)
        return np.asarray(texts[coded.indices.fill_null(len(texts) - 1).to_numpy()])
    return unusable(len(column), str(kind))
