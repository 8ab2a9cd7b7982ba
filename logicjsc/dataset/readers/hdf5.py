"""HDF5: the table ``t_allpar_new`` of LogicNets and hls4ml, and the jet-constituent files.

Nothing outside the file is read: links and arrays that lead to other files are refused.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import numpy as np

from logicjsc.core.errors import DataError
from logicjsc.dataset.readers.table import jets_from_columns, not_jets, refuse_size, wanted_columns
from logicjsc.dataset.samples import Array, JetData

_TABLE: Final = "t_allpar_new"
_MATRIX: Final = "jets"
_MATRIX_NAMES: Final = "jetFeatureNames"
_MOST_COLUMNS: Final = 1000
_SHOWN: Final = 10


def read_hdf5(path: Path, source: str) -> tuple[JetData, int]:
    """Jets of an HDF5 file without repetitions, and how many rows there were.

    Raises:
        DataError: h5py is not installed, the file is damaged or holds no known table, or its
            columns or values are refused by name.
    """
    try:
        import h5py
    except ImportError as error:
        raise DataError(
            f"{source} is an HDF5 file, which needs h5py; pip install logicjsc[formats]"
        ) from error
    try:
        with h5py.File(path, "r", locking=False) as file:
            if _TABLE in file:
                jets = _read_table(_dataset(file, _TABLE, source), source)
                return _without_repetitions(jets), len(jets)
            if _MATRIX in file and _MATRIX_NAMES in file:
                jets = _read_matrix(file, source)
                return jets, len(jets)
            found = ", ".join(map(str, list(file)[:_SHOWN])) or "nothing"
    except DataError:
        raise
    except Exception as error:  # the HDF5 library's failures arrive as many kinds
        raise not_jets(path, str(error).partition("\n")[0] or type(error).__name__) from error
    raise DataError(
        f"{source} holds neither {_TABLE} nor {_MATRIX} with {_MATRIX_NAMES}; it holds {found}"
    )


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
    refuse_size(dataset.shape[0], f"{source}: {name}")
    return dataset


def _read_table(dataset: Any, source: str) -> JetData:  # noqa: ANN401 - h5py ships no types
    names = dataset.dtype.names
    if not names or len(dataset.shape) != 1:
        raise DataError(f"{source}: {_TABLE} is not a table with named columns")
    features, labels = wanted_columns(names, source, others=True)
    for place in (*features, *labels):
        if dataset.dtype[place].hasobject or dataset.dtype[place].shape:
            raise DataError(f"{source}: column {names[place]!r} holds objects, not numbers")
    # Only what is needed: the published table has more than a hundred columns.
    table = dataset.fields([names[place] for place in (*features, *labels)])[()]
    return jets_from_columns(names, lambda place: table[names[place]], source, others=True)


def _read_matrix(file: Any, source: str) -> JetData:  # noqa: ANN401 - h5py ships no types
    matrix = _dataset(file, _MATRIX, source)
    names = _names(_dataset(file, _MATRIX_NAMES, source), source)
    if matrix.dtype.kind not in "fiu" or matrix.shape[1:] != (len(names),):
        raise DataError(
            f"{source}: {_MATRIX} must hold numbers in the {len(names)} columns that "
            f"{_MATRIX_NAMES} names, not {matrix.dtype} of shape {list(matrix.shape)}"
        )
    values = matrix[()]
    return jets_from_columns(names, lambda place: values[:, place], source, others=True)


def _names(dataset: Any, source: str) -> list[str]:  # noqa: ANN401 - h5py ships no types
    import h5py

    texts = dataset.dtype.kind in "SU" or h5py.check_string_dtype(dataset.dtype) is not None
    if not texts or len(dataset.shape) != 1 or dataset.shape[0] > _MOST_COLUMNS:
        raise DataError(f"{source}: {_MATRIX_NAMES} must be a list of texts")
    return [
        name.decode("utf-8", "replace") if isinstance(name, bytes) else str(name)
        for name in dataset[()].tolist()
    ]


def _without_repetitions(jets: JetData) -> JetData:
    """The first of equal rows, in the order of the file."""
    rows: Array = np.concatenate([jets.features, jets.labels[:, None].astype(np.float32)], axis=1)
    rows += 0.0  # the two zeros are equal as numbers, and differ as bytes
    _, first = np.unique(rows.view(f"V{rows.shape[1] * rows.itemsize}"), return_index=True)
    repeated = len(jets) - len(first)
    if not repeated:
        return jets
    kept = jets.take(np.sort(first), jets.split)
    return JetData(
        kept.features,
        kept.labels,
        source=f"{jets.source} ({repeated:,} repeated jets dropped)",
    )
