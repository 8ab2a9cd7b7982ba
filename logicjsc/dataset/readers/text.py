"""Tables of text: CSV with a header line, and ARFF. Both may be gzipped."""

from __future__ import annotations

import csv
import gzip
import io
import re
import warnings
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, TextIO, cast

import numpy as np

from logicjsc.core.texts import encoding_of
from logicjsc.dataset.readers.sniff import header_names, separator_of
from logicjsc.dataset.table import Array, Table, damaged, is_numeric, refuse_rows, table_of

_LARGEST: Final = 1 << 32
"""Bytes of text in a gzip file."""

_BLOCK: Final = 1 << 20
_ATTRIBUTE: Final = re.compile(
    r"""@attribute\s+('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|[^\s{]+)\s*(\{.*|\S+)""", re.IGNORECASE
)
_CONFLICT: Final = ("<<<<<<< ", ">>>>>>> ")
"""What version control writes around lines that it could not merge."""

_DAMAGE: Final = {"\0": "NUL", "\x1a": "end-of-file (Ctrl-Z)"}
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
    first = frame[0]
    if len(names) and not is_numeric(first.to_numpy()):
        marked = first.astype(str).str.startswith(_CONFLICT)
        if marked.any():
            raise damaged(path, "it holds a merge conflict: settle it in version control")
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
            head = stream.read(4)
        if head.startswith(b"\x1f\x8b"):
            _refuse_bomb(path)
            with gzip.open(path, "rb") as packed:
                encoding = encoding_of(packed.read(4))
            # gzip.open is typed as a union; in text mode it gives a text stream.
            with cast("TextIO", gzip.open(path, "rt", encoding=encoding)) as text:
                yield cast("TextIO", _Checked(text, path))
        else:
            with path.open(encoding=encoding_of(head)) as text:
                yield cast("TextIO", _Checked(text, path))
    except UnicodeDecodeError as error:
        raise damaged(path, f"it is no {error.encoding.upper()} text; save it as UTF-8") from error
    except (OSError, EOFError, zlib.error) as error:
        raise damaged(path, error) from error


class _Checked(io.TextIOBase):
    """A text without characters that only damaged copies have."""

    def __init__(self, text: TextIO, path: Path) -> None:
        self._text, self._path = text, path

    def readable(self) -> bool:
        return True

    def read(self, size: int | None = -1, /) -> str:
        return self._checked(self._text.read(-1 if size is None else size))

    def readline(self, size: int = -1, /) -> str:  # type: ignore[override]
        return self._checked(self._text.readline(size))

    def _checked(self, part: str) -> str:
        for character, name in _DAMAGE.items():
            if character in part:
                raise damaged(self._path, f"it holds {name} characters; save it again as UTF-8")
        return part


def _refuse_bomb(path: Path) -> None:
    """Unpack once without keeping anything: checks the checksum, and the size before it hurts."""
    size = 0
    with gzip.open(path, "rb") as stream:
        while block := stream.read(_BLOCK):
            size += len(block)
            if size > _LARGEST:
                raise damaged(path, f"it unpacks to more than {_LARGEST >> 30} GiB")
