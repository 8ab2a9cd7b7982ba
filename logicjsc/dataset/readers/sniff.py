"""What a file is, judged by its first bytes; names lie, above all after a failed download."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import Final, Literal, TypeAlias

from logicjsc.core.errors import DataError
from logicjsc.core.texts import encoding_of

Kind: TypeAlias = Literal[
    "npz",
    "npy",
    "idx",
    "hdf5",
    "parquet",
    "gzip",
    "arff",
    "csv",
    "html",
    "xml",
    "json",
    "pickle",
    "empty",
    "unknown",
]

HEAD: Final = 1 << 16
"""Bytes looked at; the comments in front of an ARFF header may be long."""

SEPARATORS: Final = (",", ";", "\t")

_MAGIC: Final[tuple[tuple[bytes, Kind], ...]] = (
    (b"PK\x03\x04", "npz"),
    (b"PK\x05\x06", "npz"),
    (b"\x93NUMPY", "npy"),
    (b"PAR1", "parquet"),
    (b"\x1f\x8b", "gzip"),
)

_HDF5: Final = b"\x89HDF\r\n\x1a\n"
_HDF5_PLACES: Final = (0, 512, 1024, 2048)
"""An HDF5 file may begin with a block of its user's."""

_IDX: Final = re.compile(rb"\0\0[\x08\x09\x0b-\x0e][\x01-\x04]", re.DOTALL)
_PICKLE: Final = re.compile(rb"\x80[\x02-\x05]")
# Possessive and atomic: a hostile head of many comments must not be tried in many ways.
_HTML: Final = re.compile(
    rb"(?><!--.*?-->\s*)*+<(!doctype\s+html|html|head|body|title)\b", re.DOTALL | re.IGNORECASE
)
_TITLE: Final = re.compile(rb"<title[^>]*>(.*?)</title>", re.DOTALL | re.IGNORECASE)
_ARFF: Final = re.compile(rb"(?>[ \t]*(%[^\n]*)?\r?\n)*+[ \t]*@relation\b", re.IGNORECASE)
_LONGEST_TITLE: Final = 60


def read_head(path: Path) -> bytes:
    """The first bytes of a file.

    Raises:
        DataError: it cannot be read.
    """
    try:
        with path.open("rb") as stream:
            return stream.read(HEAD)
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror or error}") from error


def kind_of(head: bytes) -> Kind:
    """What a file is that begins with ``head``."""
    if not head:
        return "empty"
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            return kind
    if any(head.startswith(_HDF5, place) for place in _HDF5_PLACES):
        return "hdf5"
    if _PICKLE.match(head):
        return "pickle"
    if _IDX.match(head):
        return "idx"
    encoding = encoding_of(head)
    if encoding != "utf-8":
        head = head.decode(encoding, "ignore").encode()
    return _kind_of_text(head.replace(b"\r\n", b"\n").replace(b"\r", b"\n"))


def _kind_of_text(head: bytes) -> Kind:
    text = head.lstrip()
    if _HTML.match(text):
        return "html"
    if text.startswith(b"<"):
        return "xml"
    if text.startswith((b"{", b"[")):
        return "json"
    if _ARFF.match(head):
        return "arff"
    line = text.partition(b"\n")[0].decode("utf-8", "replace")
    # A table has several columns, and nothing but printable characters.
    columns = separator_of(line) in line
    return "csv" if columns and line.rstrip("\r").replace("\t", "").isprintable() else "unknown"


def header_names(line: str) -> list[str]:
    """Names in the first line of a table of text."""
    cells = csv.reader([line.strip("\r\n")], delimiter=separator_of(line), skipinitialspace=True)
    return [name.strip().strip("'") for name in next(cells, [])]


def separator_of(line: str) -> str:
    """The separator that occurs most often in a line."""
    return max(SEPARATORS, key=line.count)


def describe(head: bytes) -> str:
    """A file that holds no samples, in a few words."""
    kind = kind_of(head)
    if kind == "html":
        title = _TITLE.search(head)
        words = " ".join(title[1].decode("utf-8", "replace").split()) if title else ""
        named = f" titled {words[:_LONGEST_TITLE]!r}" if words else ""
        return f"a web page{named}, as a dead link or a login leaves behind"
    return {
        "empty": "an empty file",
        "json": "JSON, as a server's error message is",
        "xml": "an XML document, as a server's error message is",
        "pickle": "a pickle, which is never executed",
        "npz": "a zip archive",
        "npy": "a single array",
        "idx": "an IDX file",
        "hdf5": "an HDF5 file",
        "parquet": "a Parquet file",
        "gzip": "a gzip file",
        "arff": "an ARFF file",
        "csv": "a CSV file",
        "unknown": "of no known format",
    }[kind]
