"""Parquet, as OpenML gives data set 42468 out beside ARFF."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from logicjsc.core.errors import DataError
from logicjsc.dataset.readers.table import jets_from_columns, not_jets, refuse_size, wanted_columns
from logicjsc.dataset.samples import Array, JetData


def read_parquet(path: Path, source: str) -> JetData:
    """Jets of a Parquet file.

    Raises:
        DataError: pyarrow is not installed, the file is damaged, or its columns or values are
            refused by name.
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
            refuse_size(file.metadata.num_rows, source)
            features, labels = wanted_columns(names, source, others=False)
            table = file.read(columns=[names[place] for place in (*features, *labels)])
            return jets_from_columns(
                names, lambda place: _values(table.column(names[place])), source, others=False
            )
    except DataError:
        raise
    except Exception as error:  # pyarrow raises several trees of errors
        raise not_jets(path, str(error).partition("\n")[0] or type(error).__name__) from error


def _values(column: Any) -> Array:  # noqa: ANN401 - pyarrow ships no types
    """A column as numbers or texts; a missing number is NaN, a missing text is empty."""
    import pyarrow as pa

    kind = column.type
    if pa.types.is_dictionary(kind):
        column, kind = column.cast(kind.value_type), kind.value_type
    if pa.types.is_integer(kind) or pa.types.is_floating(kind):
        return np.asarray(column.to_numpy())
    if pa.types.is_boolean(kind):
        return np.asarray(column.cast(pa.int8()).to_numpy())
    if any(
        test(kind)
        for test in (
            pa.types.is_string,
            pa.types.is_large_string,
            pa.types.is_binary,
            pa.types.is_large_binary,
        )
    ):
        # A dictionary first: there are five texts, and hundreds of thousands of rows.
        coded = column.cast(pa.large_string()).fill_null("").dictionary_encode()
        coded = coded.combine_chunks()
        if not len(coded):
            return np.array([], np.str_)
        texts: Array = np.array(coded.dictionary.to_pylist())
        return np.asarray(texts[coded.indices.to_numpy()])
    raise ValueError(f"a column holds {kind}")
