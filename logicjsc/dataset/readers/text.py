"""Tables of text: ARFF, as OpenML gives data set 42468 out, and CSV. Both may be gzipped."""

from __future__ import annotations

import gzip
import re
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, TextIO, cast

import numpy as np

from logicjsc.dataset.readers.sniff import header_names, separator_of
from logicjsc.dataset.readers.table import jets_from_columns, not_jets, wanted_columns
from logicjsc.dataset.samples import JetData

_LARGEST: Final = 1 << 31
"""Bytes of text in a gzip file; OpenML's table has a tenth of that."""

_BLOCK: Final = 1 << 20
_ATTRIBUTE: Final = re.compile(
    r"""@attribute\s+('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|[^\s{]+)\s*(\{.*|\S+)""", re.IGNORECASE
)
_NUMBERS: Final = frozenset({"numeric", "real", "integer"})
_WIDEST_TEXT: Final = 16
"""Characters of a text cell that are kept; class names have one, quoted bytes four."""


def read_arff(path: Path, source: str) -> JetData:
    """Jets of an ARFF file.

    Raises:
        DataError: it is damaged, or its columns or values are refused by name.
    """
    with _text(path) as stream:
        names, numeric = _arff_header(stream, path)
        wanted_columns(names, source, others=False)
        return _rows(stream, path, source, names=names, numeric=numeric, separator=",", quote=None)


def read_csv(path: Path, source: str) -> JetData:
    """Jets of a table with a header line, separated by commas, semicolons or tabs.

    Raises:
        DataError: it is damaged, or its columns or values are refused by name.
    """
    with _text(path) as stream:
        header = ""
        while not header.strip():
            header = stream.readline()
            if not header:
                raise not_jets(path, "it has no header line")
        names = header_names(header)
        features, labels = wanted_columns(names, source, others=False)
        numbers = {*features, *(labels if len(labels) > 1 else ())}
        numeric = [place in numbers for place in range(len(names))]
        separator = separator_of(header)
        return _rows(
            stream, path, source, names=names, numeric=numeric, separator=separator, quote='"'
        )


def _rows(
    stream: TextIO,
    path: Path,
    source: str,
    *,
    names: list[str],
    numeric: list[bool],
    separator: str,
    quote: str | None,
) -> JetData:
    """The rows below a header; one cell per name in each."""
    kinds = [
        (f"{place}", np.float64 if number else f"U{_WIDEST_TEXT}")
        for place, number in enumerate(numeric)
    ]
    with warnings.catch_warnings():
        # No rows are refused with the other unusable tables.
        warnings.filterwarnings("ignore", "loadtxt: input contained no data")
        try:
            cells = np.loadtxt(
                stream,
                dtype=kinds,
                delimiter=separator,
                comments=None if quote else "%",
                quotechar=quote,
                ndmin=1,
            )
        except ValueError as error:
            raise not_jets(path, str(error).partition(";")[0].rstrip(".")) from error
    return jets_from_columns(names, lambda place: cells[f"{place}"], source, others=False)


def _arff_header(stream: TextIO, path: Path) -> tuple[list[str], list[bool]]:
    """Names of the attributes and whether each is a number, up to the line ``@data``."""
    names: list[str] = []
    numeric: list[bool] = []
    for line in stream:
        text = line.strip()
        if not text or text.startswith("%") or text.lower().startswith("@relation"):
            continue
        if text.lower() == "@data":
            return names, numeric
        found = _ATTRIBUTE.match(text)
        if found is None:
            raise not_jets(path, f"{text[:40]!r} is no line of an ARFF header")
        names.append(found[1].strip("\"'"))
        numeric.append(found[2].lower() in _NUMBERS)
    raise not_jets(path, "it ends before @data")


@contextmanager
def _text(path: Path) -> Iterator[TextIO]:
    """The file's text, unpacked if need be; errors of reading it become ours."""
    try:
        with path.open("rb") as stream:
            packed = stream.read(2) == b"\x1f\x8b"
        if packed:
            _refuse_bomb(path)
            # gzip.open is typed as a union; in text mode it gives a text stream.
            with cast("TextIO", gzip.open(path, "rt", encoding="utf-8-sig")) as text:
                yield text
        else:
            with path.open(encoding="utf-8-sig") as text:
                yield text
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise not_jets(path, error) from error


def _refuse_bomb(path: Path) -> None:
    """Unpack once without keeping anything: checks the checksum, and the size before it hurts."""
    size = 0
    with gzip.open(path, "rb") as stream:
        while block := stream.read(_BLOCK):
            size += len(block)
            if size > _LARGEST:
                raise not_jets(path, f"it unpacks to more than {_LARGEST >> 30} GiB")
