"""Tables of text: CSV with a header line, and ARFF. Both may be gzipped."""

from __future__ import annotations

import csv
import gzip
import re
import warnings
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, TextIO, cast

import numpy as np

from logicjsc.dataset.readers.sniff import header_names, separator_of
from logicjsc.dataset.table import Array, Table, damaged, is_numeric, refuse_rows, table_of

_LARGEST: Final = 1 << 32
"""Bytes of text in a gzip file."""

_BLOCK: Final = 1 << 20
_ATTRIBUTE: Final = re.compile(
    r"""@attribute\s+('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|[^\s{]+)\s*(\{.*|\S+)""", re.IGNORECASE
)
MISSING_TEXTS: Final = frozenset({"", "?", "na", "n/a", "nan", "null", "none"})
"""What stands for a missing number in tables of text, in lower case."""


def read_arff(path: Path, source: str) -> Table:
    """The table of an ARFF file.

    Raises:
        DataError: it is damaged.
    """
    with _text(path) as stream:
        names = _arff_names(stream, path)
        columns = _columns(stream, path, names, separator=",", quote="'", comment="%")
    return table_of(columns, source, "ARFF")


def read_csv(path: Path, source: str) -> Table:
    """The table of a file with a header line, separated by commas, semicolons or tabs.

    Raises:
        DataError: it is damaged, or has no header line.
    """
    with _text(path) as stream:
        header = ""
        while not header.strip():
            header = stream.readline()
            if not header:
                raise damaged(path, "it has no header line")
        try:
            names = header_names(header)
        except csv.Error as error:
            raise damaged(path, error) from error
        if all(_is_number(name) for name in names):
            raise damaged(path, "its first line holds numbers; it must name the columns")
        separator = separator_of(header)
        columns = _columns(stream, path, names, separator=separator, quote='"', comment=None)
    return table_of(columns, source, "CSV")


def number_in(text: str) -> float:
    """The number that a text is.

    Raises:
        ValueError: it is none; nor is one with underscores, which Python would accept.
    """
    if "_" in text:
        raise ValueError(text)
    return float(text)


def numbers_in(texts: Array) -> Array | None:
    """A column of texts as float64 if all of them are numbers or missing; else None."""
    values: dict[Any, float] = {}
    for text in dict.fromkeys(texts.tolist()):
        word = "" if text is None else str(text).strip()
        if word.lower() in MISSING_TEXTS:
            values[text] = np.nan
            continue
        try:
            values[text] = number_in(word)
        except ValueError:
            return None
    return np.array([values[text] for text in texts.tolist()], np.float64)


def _columns(
    stream: TextIO,
    path: Path,
    names: Sequence[str],
    *,
    separator: str,
    quote: str,
    comment: str | None,
) -> list[tuple[str, Array]]:
    """The rows below a header; one cell per name in each."""
    import pandas as pd

    with warnings.catch_warnings():
        # Longer rows than the header would lose their last cells.
        warnings.simplefilter("error", pd.errors.ParserWarning)
        try:
            frame = pd.read_csv(
                stream,
                sep=separator,
                header=None,
                names=range(len(names)),
                index_col=False,
                quotechar=quote,
                comment=comment,
                skipinitialspace=True,
                keep_default_na=False,
                na_values=[""],
                low_memory=False,
            )
        except (ValueError, pd.errors.ParserWarning) as error:
            raise damaged(path, str(error).partition("\n")[0].strip(" .")) from error
    refuse_rows(len(frame), str(path))
    return [(name, _column(frame[place])) for place, name in enumerate(names)]


def _column(series: Any) -> Array:  # noqa: ANN401 - a pandas Series
    values: Array = series.to_numpy()
    if is_numeric(values):
        return values
    missing = series.isna().to_numpy()
    texts = np.array([str(value) for value in series.tolist()], object)
    texts[missing] = None
    numbers = numbers_in(texts)
    return texts if numbers is None or missing.all() else numbers


def _is_number(text: str) -> bool:
    try:
        number_in(text)
    except ValueError:
        return False
    return True


def _arff_names(stream: TextIO, path: Path) -> list[str]:
    """Names of the attributes, up to the line ``@data``."""
    names: list[str] = []
    for line in stream:
        text = line.strip()
        if not text or text.startswith("%") or text.lower().startswith("@relation"):
            continue
        if text.lower() == "@data":
            return names
        found = _ATTRIBUTE.match(text)
        if found is None:
            raise damaged(path, f"{text[:40]!r} is no line of an ARFF header")
        names.append(found[1].strip("\"'"))
    raise damaged(path, "it ends before @data")


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
        raise damaged(path, error) from error


def _refuse_bomb(path: Path) -> None:
    """Unpack once without keeping anything: checks the checksum, and the size before it hurts."""
    size = 0
    with gzip.open(path, "rb") as stream:
        while block := stream.read(_BLOCK):
            size += len(block)
            if size > _LARGEST:
                raise damaged(path, f"it unpacks to more than {_LARGEST >> 30} GiB")
