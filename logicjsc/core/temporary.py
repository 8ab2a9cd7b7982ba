"""Temporary files and folders, which are removed even after a process was killed.

Each is locked by the process that made it for as long as that lives. What carries a name of ours,
belongs to this user and can be locked was left behind, and is removed when another process first
looks at its folder. The system releases the locks of a process however it ends, also for processes
of other containers, whose numbers mean nothing here.
"""

from __future__ import annotations

import atexit
import errno
import fcntl
import os
import re
import secrets
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Final

from logicjsc.core.errors import OutputError
from logicjsc.core.trust import PRIVATE_FOLDER, why_unsafe

_NAME: Final = re.compile(r"\.?logicjsc-[a-z]+-[0-9a-f]{16}\.tmp")
_PLAIN: Final = re.compile(r"[A-Za-z0-9_./+-]{1,100}")
_OTHER_PLACES: Final = (Path("/tmp"), Path("/var/tmp"))  # noqa: S108 - checked, and private below
_PRIVATE: Final = "LOGICJSC_PRIVATE"
"""Environment variable that tells processes of ours where this one's private folder is."""

_ADVICE: Final = "; set TMPDIR to another one"
_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EIO})
_CLEANED: Final[set[Path]] = set()


def temporary_base() -> Path:
    """The folder for temporary folders.

    It is the system's, unless its name has characters that external programs trip over, such as
    spaces; then it is another one if there is any.

    Raises:
        OSError: nothing can be written anywhere.
    """
    given = Path(tempfile.gettempdir())
    for base in (given, *_OTHER_PLACES):
        if _PLAIN.fullmatch(str(base)) and os.access(base, os.W_OK | os.X_OK):
            return base
    return given


@contextmanager
def temporary_folder(purpose: str, base: Path | None = None) -> Iterator[Path]:
    """An empty folder of this user's alone, removed in the end.

    Args:
        purpose: a word of small letters, for people who find it.
        base: where to; by default `temporary_base`.

    Raises:
        OutputError: what belongs into it cannot be written.
    """
    advice = "" if base else _ADVICE
    base = base or temporary_base()
    try:
        clean(base)
        path, handle = _locked_new(base, f"logicjsc-{purpose}", PRIVATE_FOLDER, folder=True)
    except OSError as error:
        raise OutputError(_unwritable(base, error) + advice) from error
    try:
        yield path
    except OSError as error:
        # A name that is too long is no fault of the folder.
        if is_of_writing(error, path) and (error.errno is None or error.errno in _FULL):
            raise OutputError(_unwritable(base, error) + advice) from error
        raise
    finally:
        shutil.rmtree(path, ignore_errors=True)
        os.close(handle)


@contextmanager
def temporary_beside(target: Path, mode: int, *, folder: bool = False) -> Iterator[Path]:
    """An empty file or folder beside a place, which is renamed or removed in the end.

    Args:
        target: the place; its own name may be as long as names can be.
        mode: permissions, less the umask.
        folder: whether to make a folder.

    Raises:
        OSError: it cannot be made.
    """
    clean(target.parent)
    path, handle = _locked_new(target.parent, ".logicjsc-new", mode, folder=folder)
    try:
        yield path
    finally:
        if folder:
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
        os.close(handle)


@contextmanager
def plain_path(folder: Path) -> Iterator[Path]:
    """A folder's path, or a link to it if the path is no UTF-8, which some libraries refuse."""
    try:
        str(folder).encode()
    except UnicodeEncodeError:
        folder.mkdir(parents=True, exist_ok=True)
        with temporary_folder("link") as place:
            link = place / "folder"
            link.symlink_to(folder.absolute(), target_is_directory=True)
            yield link
    else:
        yield folder


def private_folder() -> Path:
    """A folder of this process and those that it starts, removed when it ends.

    Raises:
        OutputError: none can be made.
    """
    given = os.environ.get(_PRIVATE)
    if given and Path(given).is_dir() and why_unsafe(Path(given)) is None:
        return Path(given)
    path = _own_folder()
    os.environ[_PRIVATE] = str(path)
    return path


def clean(folder: Path) -> None:
    """Remove what killed processes left in a folder; done once by each process."""
    if folder in _CLEANED:
        return
    _CLEANED.add(folder)
    try:
        with os.scandir(folder) as entries:
            names = [entry.name for entry in entries if _NAME.fullmatch(entry.name)]
    except OSError:
        return
    for name in names:
        with suppress(OSError):
            _remove_if_left(folder / name)


def is_of_writing(error: OSError, place: Path) -> bool:
    """Whether an error came of writing to a place, and not of anything else."""
    if error.filename is None:
        # Of an open file, which does not tell its name; numpy counts instead of giving a number.
        return error.errno is None or error.errno in _FULL
    if not isinstance(error.filename, str | bytes):
        return False
    return Path(os.fsdecode(error.filename)).is_relative_to(place)


@cache
def _own_folder() -> Path:
    bases = (temporary_base(), *_OTHER_PLACES)
    base = next((base for base in bases if why_unsafe(base) is None), bases[0])
    try:
        clean(base)
        path, _ = _locked_new(base, "logicjsc-private", PRIVATE_FOLDER, folder=True)
    except OSError as error:
        raise OutputError(_unwritable(base, error) + _ADVICE) from error
    atexit.register(_remove_at_exit, path, os.getpid())
    return path


def _remove_at_exit(path: Path, owner: int) -> None:
    if os.getpid() == owner:
        shutil.rmtree(path, ignore_errors=True)


def _locked_new(base: Path, prefix: str, mode: int, *, folder: bool) -> tuple[Path, int]:
    """Something new with a lock on it, and what holds the lock."""
    if not base.is_dir():
        base.mkdir(parents=True, exist_ok=True)
    while True:
        path = base / f"{prefix}-{secrets.token_hex(8)}.tmp"
        if folder:
            path.mkdir(mode=mode)
            try:
                handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
            except FileNotFoundError:
                continue  # somebody cleaned up before it was opened
        else:
            flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
            handle = os.open(path, flags, mode)
        # Without locks, as on some file systems, nothing is ever taken for left behind.
        with suppress(OSError):
            fcntl.flock(handle, fcntl.LOCK_EX)
        if _is_at(path, handle):
            return path, handle
        os.close(handle)  # somebody cleaned up before it was locked


def _remove_if_left(path: Path) -> None:
    """Remove a file or folder of this user's that nobody holds a lock on.

    Raises:
        OSError: it cannot be looked at, or is in use.
    """
    found = os.lstat(path)
    is_folder = stat.S_ISDIR(found.st_mode)
    if found.st_uid != os.geteuid() or not (is_folder or stat.S_ISREG(found.st_mode)):
        return
    kind = os.O_RDONLY | os.O_DIRECTORY if is_folder else os.O_RDWR
    handle = os.open(path, kind | os.O_NOFOLLOW)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if not _is_at(path, handle):
            return
        if is_folder:
            shutil.rmtree(path)
        else:
            path.unlink()
    finally:
        os.close(handle)


def _is_at(path: Path, handle: int) -> bool:
    """Whether an open file or folder is still the one of that name."""
    try:
        return os.path.samestat(os.lstat(path), os.fstat(handle))
    except FileNotFoundError:
        return False


def _unwritable(base: Path, error: OSError) -> str:
    # Numpy counts what it could not write instead of saying why.
    reason = error.strerror or "not everything could be written; it may be full"
    return f"cannot write to the temporary folder {base}: {reason}"
