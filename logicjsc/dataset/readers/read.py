"""One file, whatever its format, as a table."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Final

from logicjsc.core.addresses import is_address, without_secrets
from logicjsc.core.errors import DataError
from logicjsc.dataset.readers.arrays import (
    is_companion,
    read_archive,
    read_arrays_pair,
    read_idx,
)
from logicjsc.dataset.readers.hdf5 import read_hdf5
from logicjsc.dataset.readers.parquet import read_parquet
from logicjsc.dataset.readers.sniff import Kind, describe, kind_of, read_head
from logicjsc.dataset.readers.text import read_arff, read_csv
from logicjsc.dataset.table import Table, damaged

_TEXT_TABLES: Final = (".csv", ".tsv")
_SUFFIXES: Final = frozenset(
    {".npz", ".npy", ".arff", ".h5", ".hdf5", ".z", ".parquet", ".pq", ".csv", ".tsv", ".gz"}
)
_READERS: Final[dict[Kind, Callable[[Path, str], Table]]] = {
    "npz": read_archive,
    "npy": read_arrays_pair,
    "idx": read_idx,
    "hdf5": read_hdf5,
    "parquet": read_parquet,
    "arff": read_arff,
    "csv": read_csv,
}


def read_table(path: Path, source: str | None = None) -> Table:
    """The table of one file in any known format.

    Args:
        path: the file.
        source: what to call it; its path by default.

    Raises:
        DataError: it holds no table, or is damaged.
    """
    head = read_head(path)
    kind = kind_of(head)
    if kind == "gzip":
        kind = _kind_inside(path)
    elif kind == "unknown" and path.suffix.lower() in _TEXT_TABLES:
        kind = "csv"  # of one column, or damaged; the reader says what is missing
    reader = _READERS.get(kind)
    if reader is None:
        raise damaged(path, f"it is {describe(head)}")
    return reader(path, source or str(path))


def holds_samples(path: Path) -> bool:
    """Whether a file in a folder of samples is to be read.

    A name that promises a format is believed, so that a broken file is refused instead of silently
    left out; a file of another name counts if its beginning is that of a table.
    """
    if not path.is_file() or path.name.startswith(".") or is_companion(path):
        return False
    if path.suffix.lower() in _SUFFIXES:
        return True
    return kind_of(read_head(path)) in {"hdf5", "parquet", "arff", "idx"}


def data_files(path: Path) -> list[Path]:
    """The files that ``path`` stands for; an ``X`` array stands for its pair.

    Raises:
        DataError: there are none.
    """
    if path.is_dir():
        try:
            files = [file for file in sorted(path.iterdir()) if holds_samples(file)]
        except OSError as error:
            raise DataError(f"cannot read {path}: {error.strerror or error}") from error
        if not files:
            raise DataError(
                f"{path} holds no files of samples: none in .npz, ARFF, Parquet, CSV, HDF5, IDX or "
                f".npy"
            )
        return files
    if not path.is_file():
        if is_address(str(path)):
            raise DataError(
                f"{without_secrets(str(path))} is an address; download what is there, and name "
                f"the file"
            )
        raise DataError(f"there are no samples at {path}")
    return [path]


def _kind_inside(path: Path) -> Kind:
    try:
        with gzip.open(path, "rb") as stream:
            head = stream.read(1 << 16)
    except (OSError, EOFError, zlib.error) as error:
        raise damaged(path, error) from error
    kind = kind_of(head)
    if kind not in {"arff", "csv", "idx"}:
        raise damaged(path, f"inside it is {describe(head)}; unpack it first")
    return kind
