"""Texts as other people's editors, shells and version control leave them.

A byte order mark and any kind of line end are taken as what they are. Anything that could be read
in more than one way is refused.
"""

from __future__ import annotations

import codecs
from pathlib import Path
from typing import Any, Final

_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # begins like that of UTF-16
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


class NoTextError(ValueError):
    """Bytes that are no text in a known encoding; says why, and what to do."""


def encoding_of(head: bytes) -> str:
    """The encoding that a text's first bytes tell; UTF-8 if they tell none."""
    return next((name for mark, name in _MARKS if head.startswith(mark)), "utf-8")


def decoded(content: bytes) -> str:
    """The text of bytes, with plain line ends.

    Raises:
        NoTextError: it is no text in UTF-8, nor in what its byte order mark says.
    """
    encoding = encoding_of(content)
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        what = encoding.upper().removesuffix("-SIG")
        raise NoTextError(
            f"it is no {what}: {_place(content, error.start, encoding)}; save it as UTF-8"
        ) from error
    if "\0" in text:
        raise NoTextError("it holds NUL characters, as a damaged copy does; save it again as UTF-8")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def read_plain(path: Path) -> str:
    """The text of a file; see `decoded`.

    Raises:
        OSError: it cannot be read.
        NoTextError: it is no text.
    """
    return decoded(path.read_bytes())


def read_json(path: Path) -> Any:  # noqa: ANN401 - anything that JSON can hold
    """What a JSON file holds.

    Raises:
        OSError: it cannot be read.
        ValueError: it is no JSON.
    """
    import json

    try:
        return json.loads(read_plain(path))
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error


def _place(content: bytes, start: int, encoding: str) -> str:
    if not encoding.startswith("utf-8"):
        return f"byte {start} does not fit"
    line = content.count(b"\n", 0, start) + 1
    return f"line {line} holds the byte 0x{content[start]:02x}"
