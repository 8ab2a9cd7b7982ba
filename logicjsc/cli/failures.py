"""Whatever goes wrong, as one sentence and an exit code.

======  ==================================================
code    meaning
======  ==================================================
0       success
1       a verification found a difference, and nothing else
2       a mistake in what was given, or a place that cannot be read or written
3       an external tool is missing or failed
70      something unforeseen, which is a mistake in logicjsc
130     interrupted (128 + SIGINT)
141     nobody reads the output any more (128 + SIGPIPE)
======  ==================================================
"""

from __future__ import annotations

import os
import re
import traceback
from dataclasses import dataclass
from typing import Final

import click

from logicjsc.core.addresses import without_secrets
from logicjsc.core.console.options import process_number
from logicjsc.core.console.streams import OutputStreamError
from logicjsc.core.errors import LogicjscError

MISTAKE: Final = 2
UNFORESEEN: Final = 70
INTERRUPTED: Final = 130
UNREAD: Final = 141

_NO_SPACE: Final = re.compile(
    r"inline_container|PytorchStreamWriter|No space left on device|disk is full|File too large",
    re.IGNORECASE,
)
"""How libraries that raise errors of no kind say that a file cannot be written."""

_NO_MEMORY: Final = re.compile(
    r"can't allocate memory|not enough memory|out of memory|bad_alloc|bad allocation",
    re.IGNORECASE,
)
_MEMORY_ADVICE: Final = "use fewer --jobs, smaller batches or fewer samples"


@dataclass(frozen=True)
class Failure:
    """How a command ends.

    Attributes:
        sentence: what is said; empty to say nothing.
        code: exit code.
    """

    sentence: str
    code: int


def failure_of(error: BaseException) -> Failure:
    """What an error that nobody caught means to the user."""
    for known in (error, *_causes(error)):
        found = _known(known)
        if found is not None:
            return found
    where = traceback.extract_tb(error.__traceback__)
    place = f" at {where[-1].name}, line {where[-1].lineno}" if where else ""
    reason = f"{type(error).__name__}: {_line(str(error))}".rstrip(": ")
    return Failure(f"error{_process()}: unforeseen: {reason}{place}; please report it", UNFORESEEN)


def report(error: BaseException) -> int:
    """Say what an error means on standard error; the exit code."""
    failure = failure_of(error)
    if failure.code == UNFORESEEN:
        click.echo(without_secrets("".join(traceback.format_exception(error))), err=True)
    if failure.sentence:
        click.echo(failure.sentence, err=True)
    return failure.code


def _known(error: BaseException) -> Failure | None:
    if isinstance(error, LogicjscError):
        return Failure(f"error{_process()}: {_line(str(error))}", error.exit_code)
    if isinstance(error, KeyboardInterrupt | click.Abort):
        return Failure("interrupted", INTERRUPTED)
    sentence = ""
    if isinstance(error, OutputStreamError):
        if error.unread:
            return Failure("", UNREAD)
        sentence = str(error)
    elif isinstance(error, OSError):
        sentence = _of_system(error)
    elif isinstance(error, UnicodeError):
        sentence = f"a name or text is in another encoding than UTF-8: {error}"
    elif isinstance(error, MemoryError) or _says(error, _NO_MEMORY):
        sentence = f"there is not enough memory; {_MEMORY_ADVICE}"
    elif _says(error, _NO_SPACE):
        sentence = f"a file cannot be written; is the disk full? ({_line(str(error))})"
    return Failure(f"error{_process()}: {_line(sentence)}", MISTAKE) if sentence else None


def _of_system(error: OSError) -> str:
    """A sentence that names the file, if the system named any."""
    reason = error.strerror or str(error) or type(error).__name__
    if error.filename is not None:
        names = [error.filename] if error.filename2 is None else [error.filename, error.filename2]
        shown = " and ".join(_name(name) for name in names)
        return f"cannot read or write {shown}: {reason}"
    if _working_folder_is_gone():
        return "the working folder was removed; change to another one"
    return f"a file, folder or connection cannot be used: {reason}"


def _name(name: object) -> str:
    return os.fsdecode(name) if isinstance(name, str | bytes | os.PathLike) else str(name)


def _working_folder_is_gone() -> bool:
    try:
        os.getcwd()  # noqa: PTH109 - the same, by its own name
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return False


def _says(error: BaseException, pattern: re.Pattern[str]) -> bool:
    return isinstance(error, Exception) and pattern.search(str(error)) is not None


def _causes(error: BaseException) -> list[BaseException]:
    """What an error came of, the nearest first."""
    found: list[BaseException] = []
    while error.__cause__ is not None and error.__cause__ not in found:
        error = error.__cause__
        found.append(error)
    return found


def _line(text: str) -> str:
    """On one line, without secrets."""
    return without_secrets(" ".join(text.split()))


def _process() -> str:
    number = process_number()
    return f" in process {number}" if number else ""
