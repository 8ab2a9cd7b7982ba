"""Standard output and error as people and machines have them: closed, full, or of few characters.

What a terminal cannot show is replaced, and names of files that are no text are written as the
bytes that they are. Errors of standard output say so instead of naming no file. What cannot be
written to standard error is dropped: there is nobody to tell.
"""

from __future__ import annotations

import codecs
import errno
import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final, TextIO

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

_REPLACING: Final = "logicjsc-replace"
_ESCAPES: Final = range(0xDC80, 0xDD00)
"""Stand-ins, in texts, for the bytes of file names that are no UTF-8."""

_INPUT, _OUTPUT, _ERROR = 0, 1, 2


@contextmanager
def guarded_streams() -> Iterator[None]:
    """Standard output and error that cope with anything, while the block runs.

    Raises:
        OutputStreamError: what was printed could not be written.
    """
    codecs.register_error(_REPLACING, _replaced)
    before = sys.stdout, sys.stderr
    _open_closed()
    sys.stdout = _guarded(sys.stdout, _Output)
    sys.stderr = _guarded(sys.stderr, _Error)
    try:
        yield
        sys.stdout.flush()
    finally:
        _forget(sys.stdout)
        _forget(sys.stderr)
        sys.stdout, sys.stderr = before


def _open_closed() -> None:
    """Open what the shell has closed, or files of ours would take its place."""
    for number in (_INPUT, _OUTPUT, _ERROR):
        try:
            os.fstat(number)
        except OSError:
            with suppress(OSError):
                os.open(os.devnull, os.O_RDWR)  # gets the lowest free number
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: PTH123, SIM115


class OutputStreamError(Exception):
    """Standard output cannot be written.

    No `OSError`: libraries catch those of closed pipes, and exit with 1.

    Attributes:
        unread: nobody reads it any more, as behind ``| head``.
    """

    def __init__(self, error: OSError) -> None:
        super().__init__(f"cannot write to standard output: {error.strerror}")
        self.unread = error.errno == errno.EPIPE


class _Output(io.FileIO):
    """Standard output, whose errors say what they are of."""

    def write(self, data: ReadableBuffer, /) -> int:
        try:
            return super().write(data)
        except OSError as error:
            raise OutputStreamError(error) from error


class _Error(io.FileIO):
    """Standard error, which nothing fails for."""

    def write(self, data: ReadableBuffer, /) -> int:
        try:
            return super().write(data)
        except OSError:
            return memoryview(data).nbytes


def _guarded(stream: TextIO, kind: type[io.FileIO]) -> TextIO:
    """A stream that replaces what it cannot show; the process's own is also guarded by kind."""
    if not isinstance(stream, io.TextIOWrapper):
        return stream  # somebody else's, such as a notebook's
    number = {"<stdout>": _OUTPUT, "<stderr>": _ERROR}.get(stream.name)
    if stream not in {sys.__stdout__, sys.__stderr__} or number is None:
        stream.reconfigure(errors=_REPLACING)
        return stream
    stream.flush()
    return io.TextIOWrapper(
        io.BufferedWriter(kind(number, "w", closefd=False)),
        encoding=stream.encoding,
        errors=_REPLACING,
        line_buffering=stream.line_buffering or number == _ERROR,
    )


def _forget(stream: TextIO) -> None:
    """Write what is left of a stream; what cannot be written is not to be tried at the end."""
    try:
        stream.flush()
    except (OutputStreamError, OSError, ValueError):
        with suppress(OSError, ValueError):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, stream.fileno())
            os.close(nowhere)
            stream.flush()


def _replaced(error: UnicodeError) -> tuple[str | bytes, int]:
    """The bytes of a file's name, or a question mark for each other character."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    wide = error.encoding.lower().replace("_", "-").startswith(("utf-16", "utf-32"))
    shown = bytearray()
    for character in error.object[error.start : error.end]:
        code = ord(character)
        shown.append(code - 0xDC00 if code in _ESCAPES and not wide else ord("?"))
    if wide:
        return shown.decode("ascii"), error.end
    return bytes(shown), error.end
