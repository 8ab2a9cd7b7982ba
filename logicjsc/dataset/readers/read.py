"""One file of jets, whatever its format."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from logicjsc.dataset.readers.archive import read_archive
from logicjsc.dataset.readers.arrays import is_companion, read_arrays_pair
from logicjsc.dataset.readers.hdf5 import read_hdf5
from logicjsc.dataset.readers.parquet import read_parquet
from logicjsc.dataset.readers.sniff import Kind, describe, kind_of, read_head
from logicjsc.dataset.readers.table import known_suffix, not_jets
from logicjsc.dataset.readers.text import read_arff, read_csv
from logicjsc.dataset.samples import JetData

_TEXT_TABLES: Final = (".csv", ".tsv")
_READABLE: Final = ("npz", "npy", "hdf5", "parquet", "arff", "csv")
_TITLES: Final[dict[Kind, str]] = {
    "npz": "npz",
    "npy": "npy",
    "hdf5": "HDF5",
    "parquet": "Parquet",
    "arff": "ARFF",
    "csv": "CSV",
}


@dataclass(frozen=True)
class ReadJets:
    """What a file held.

    Attributes:
        jets: its jets, without repetitions where the format is known for them (HDF5 tables).
        kind: format.
        rows: rows in the file, repeated ones included.
    """

    jets: JetData
    kind: str
    rows: int


def read_file(path: Path, source: str | None = None) -> ReadJets:
    """Jets of one file in any known format.

    Args:
        path: the file.
        source: what to call it; its path by default.

    Raises:
        DataError: it is not a file of jets, is damaged, or its contents are refused by name.
    """
    name = source or str(path)
    head = read_head(path)
    kind = kind_of(head)
    if kind == "gzip":
        kind = _kind_inside(path)
    elif kind == "unknown" and path.suffix.lower() in _TEXT_TABLES:
        kind = "csv"  # its header names no feature; the reader says which are missing
    rows = 0
    if kind == "npz":
        jets = read_archive(path, name)
    elif kind == "npy":
        jets = read_arrays_pair(path, name)
    elif kind == "hdf5":
        jets, rows = read_hdf5(path, name)
    elif kind == "parquet":
        jets = read_parquet(path, name)
    elif kind == "arff":
        jets = read_arff(path, name)
    elif kind == "csv":
        jets = read_csv(path, name)
    else:
        raise not_jets(path, f"it is {describe(head)}")
    return ReadJets(jets, _TITLES[kind], rows or len(jets))


def holds_jets(path: Path) -> bool:
    """Whether a file in a folder of jets is to be read.

    A name that promises a format is believed, so that a broken file is refused instead of silently
    left out; a table of text or a file of another name counts if its beginning is one of jets.
    """
    if not path.is_file() or path.name.startswith(".") or is_companion(path):
        return False
    suffix = path.suffix.lower()
    if known_suffix(path) and suffix not in _TEXT_TABLES:
        return True
    kind = kind_of(read_head(path))
    if suffix in _TEXT_TABLES:
        return kind not in {"unknown", "empty"}
    return kind in {"hdf5", "parquet", "arff", "csv"}


def _kind_inside(path: Path) -> Kind:
    import gzip
    import zlib

    try:
        with gzip.open(path, "rb") as stream:
            head = stream.read(1 << 16)
    except (OSError, EOFError, zlib.error) as error:
        raise not_jets(path, error) from error
    kind = kind_of(head)
    if kind not in {"arff", "csv"}:
        raise not_jets(path, f"inside it is {describe(head)}; unpack it first")
    return kind
