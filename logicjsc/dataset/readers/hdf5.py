"""HDF5: a table of named columns, a matrix with names beside it, or features and a target.

Nothing outside the file is read: links and arrays that lead to other files are refused.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any, Final

import numpy as np

from logicjsc.core.errors import DataError
from logicjsc.dataset.readers.arrays import arrays_table
from logicjsc.dataset.table import (
    Array,
    Table,
    damaged,
    refuse_columns,
    refuse_rows,
    table_of,
    texts_of,
)

_MOST_MEMBERS: Final = 10_000
_SHOWN: Final = 10
_MATRIX: Final = 2


def read_hdf5(path: Path, source: str) -> Table:
    """The table of an HDF5 file.

    Raises:
        DataError: h5py is not installed, or the file is damaged or holds no table.
    """
    try:
        import h5py
    except ImportError as error:
        raise DataError(
            f"{source} is an HDF5 file, which needs h5py; pip install logicjsc[formats]"
        ) from error
    try:
        with h5py.File(path, "r", locking=False) as file:
            return _read(file, source)
    except DataError:
        raise
    except Exception as error:  # the HDF5 library's failures arrive as many kinds
        raise damaged(path, str(error).partition("\n")[0] or type(error).__name__) from error


def _read(file: Any, source: str) -> Table:  # noqa: ANN401 - h5py ships no types
    members = list(file)[:_MOST_MEMBERS]
    tables = [name for name in members if _is_dataset(file, name) and file[name].dtype.names]
    if len(tables) == 1:
        return _read_table(_dataset(file, tables[0], source), source)
    if len(tables) > 1:
        raise DataError(
            f"{source} holds {len(tables)} tables, {', '.join(tables[:_SHOWN])}; keep one in a file"
        )
    for name in members:
        names = _names_beside(file, name, members)
        if names is not None:
            return _read_matrix(file, name, names, source)
    if "X" in members and "y" in members:
        features, target = (_dataset(file, name, source) for name in ("X", "y"))
        for dataset in (features, target):
            refuse_columns(math.prod(dataset.shape[1:]), source)
        return arrays_table(features[()], _values(target), source, "HDF5")
    columns = [name for name in members if _is_dataset(file, name) and file[name].ndim == 1]
    if len(columns) > 1 and len({file[name].shape for name in columns}) == 1:
        return table_of(
            [(name, _values(_dataset(file, name, source))) for name in columns], source, "HDF5"
        )
    found = ", ".join(map(str, members[:_SHOWN])) or "nothing"
    raise DataError(
        f"{source} holds no table of named columns, no matrix with names beside it, and no X and "
        f"y; it holds {found}"
    )


def _is_dataset(file: Any, name: str) -> bool:  # noqa: ANN401 - h5py ships no types
    import h5py

    link = file.get(name, getlink=True)
    if not isinstance(link, h5py.HardLink):
        # Named as if it were one, so that reading it says what is wrong with it.
        return False
    return isinstance(file[name], h5py.Dataset)


def _dataset(file: Any, name: str, source: str) -> Any:  # noqa: ANN401 - h5py ships no types
    import h5py

    if not isinstance(file.get(name, getlink=True), h5py.HardLink):
        raise DataError(f"{source}: {name} leads elsewhere; only arrays inside the file are read")
    dataset = file[name]
    if not isinstance(dataset, h5py.Dataset):
        raise DataError(f"{source}: {name} is a {type(dataset).__name__.lower()}, not an array")
    if dataset.external or dataset.is_virtual:
        raise DataError(f"{source}: {name} lies in other files; only arrays inside are read")
    if not dataset.shape:
        raise DataError(f"{source}: {name} holds no rows")
    refuse_rows(dataset.shape[0], f"{source}: {name}")
    return dataset


def _read_table(dataset: Any, source: str) -> Table:  # noqa: ANN401 - h5py ships no types
    names = dataset.dtype.names
    refuse_columns(len(names), source)
    if len(dataset.shape) != 1:
        raise DataError(f"{source}: {dataset.name} is not a table with named columns")
    plain = [
        name
        for name in names
        if not dataset.dtype[name].shape and not dataset.dtype[name].hasobject
    ]
    if not plain:
        raise DataError(f"{source}: the columns of {dataset.name} hold objects, not numbers")
    table = dataset.fields(plain)[()]
    columns = [
        (name, table[name] if table[name].dtype.kind in "fiub" else texts_of(table[name]))
        for name in plain
    ]
    return table_of(columns, source, "HDF5 table")


def _names_beside(file: Any, matrix: str, members: list[str]) -> str | None:  # noqa: ANN401 - h5py ships no types
    """The list of texts that has a name for each column of a matrix."""
    if not _is_dataset(file, matrix) or file[matrix].ndim != _MATRIX:
        return None
    for name in members:
        if _is_dataset(file, name) and file[name].shape == file[matrix].shape[1:]:
            import h5py

            dtype = file[name].dtype
            if dtype.kind in "SU" or h5py.check_string_dtype(dtype) is not None:
                return name
    return None


def _read_matrix(file: Any, name: str, names: str, source: str) -> Table:  # noqa: ANN401 - h5py ships no types
    matrix = _dataset(file, name, source)
    refuse_columns(matrix.shape[1], source)
    if matrix.dtype.kind not in "fiub":
        raise DataError(f"{source}: {name} must hold numbers, not {matrix.dtype}")
    titles = [
        title.decode("utf-8", "replace") if isinstance(title, bytes) else str(title)
        for title in _dataset(file, names, source)[()].tolist()
    ]
    values = matrix[()]
    return table_of(
        [(title, values[:, place]) for place, title in enumerate(titles)], source, "HDF5"
    )


def _values(dataset: Any) -> Array:  # noqa: ANN401 - h5py ships no types
    import h5py

    if h5py.check_string_dtype(dataset.dtype) is not None:
        return np.array(dataset.asstr()[()], object)
    values: Array = dataset[()]
    return values if values.dtype.kind in "fiub" else texts_of(values)
