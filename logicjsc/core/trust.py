"""What may be executed or loaded: files that nobody else could have put there or changed.

A file is trusted if it and every folder and link on the way to it belong to root or to the user,
if nobody else may write to any of them (but into folders of root's with the sticky bit, such as
``/tmp``, where others cannot touch what is not theirs), and if its bytes have the digest that was
written beside it when it was made.
"""

from __future__ import annotations

import errno
import hashlib
import os
import stat
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

PRIVATE_FOLDER: Final = 0o700
PRIVATE_FILE: Final = 0o600

_OTHERS_WRITE: Final = stat.S_IWGRP | stat.S_IWOTH
_NOT_THERE: Final = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG})
_MOST_LINKS: Final = 40
"""As many symbolic links as Linux follows."""

_DIGESTS: Final[dict[tuple[int, ...], str]] = {}
"""Digests of files that this process has read: that of a large one takes a while."""

_SETTLED_NS: Final = 100_000_000
"""Age at which a further change gets another time, however coarse the file system's clock."""


def why_unsafe(path: Path, *, group: bool = False) -> str | None:
    """Why somebody else could change what lies at a path; None if nobody can.

    What does not exist yet is judged by the folders above it.

    Args:
        path: the file or folder.
        group: whether others of a group may write, as those who work on one thing do.
    """
    forbidden = stat.S_IWOTH if group else _OTHERS_WRITE
    try:
        for place, found in _way_to(path):
            reason = _why_others_write(place, found, forbidden)
            if reason is not None:
                return reason
    except OSError as error:
        return f"{error.filename or path} cannot be looked at ({error.strerror})"
    return None


def why_not_ours(file: Path) -> str | None:
    """Why a file must not be executed or loaded; None if it may.

    Args:
        file: sealed by `seal` when it was made.
    """
    reason = why_unsafe(file)
    if reason is not None:
        return reason
    note = _seal_of(file)
    reason = why_unsafe(note)
    if reason is not None:
        return reason
    try:
        if note.read_bytes() != _seal_text(file):
            return f"{file} is not as it was made"
    except FileNotFoundError:
        return f"{file} has no digest beside it"
    except OSError as error:
        return f"{file} cannot be read ({error.strerror})"
    return None


def seal(file: Path) -> None:
    """Write a file's digest beside it, for `why_not_ours`.

    Raises:
        OSError: it cannot be written.
    """
    note = _seal_of(file)
    with suppress(FileNotFoundError):
        note.unlink()
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
    with os.fdopen(os.open(note, flags, PRIVATE_FILE), "wb") as stream:
        stream.write(_seal_text(file))


def make_private(folder: Path) -> None:
    """Make a folder, and those above it that are missing, for their owner alone.

    Raises:
        OSError: it cannot be made.
    """
    for place in (*reversed(folder.parents), folder):
        if not place.is_dir():
            # Another process may do the same.
            with suppress(FileExistsError):
                place.mkdir(mode=PRIVATE_FOLDER)
    if not folder.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(folder))


def _seal_of(file: Path) -> Path:
    return file.with_name(f"{file.name}.sha256")


def _seal_text(file: Path) -> bytes:
    """Digest and name, so that files cannot be exchanged for each other."""
    with file.open("rb") as stream:
        found = os.fstat(stream.fileno())
        # Every change of a file's bytes sets the time of its last change, which nobody can choose.
        identity = (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)
        digest = _DIGESTS.get(identity)
        if digest is None:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
            if time.time_ns() - found.st_ctime_ns > _SETTLED_NS:
                _DIGESTS[identity] = digest
    return f"{digest}  ".encode() + os.fsencode(file.name) + b"\n"


def _way_to(path: Path) -> Iterator[tuple[Path, os.stat_result]]:
    """Everything on the way to a path as far as it exists, links and what they lead to."""
    current = Path(os.sep)
    left = list(path.absolute().parts[1:])
    links = 0
    yield current, os.lstat(current)
    while left:
        name = left.pop(0)
        if name == os.pardir:
            current = current.parent
            continue
        place = current / name
        try:
            found = os.lstat(place)
        except OSError as error:
            if error.errno in _NOT_THERE:
                return
            raise
        yield place, found
        if not stat.S_ISLNK(found.st_mode):
            current = place
            continue
        links += 1
        if links > _MOST_LINKS:
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(path))
        target = Path(os.readlink(place))  # noqa: PTH115 - one step, as it is written
        if target.is_absolute():
            current = Path(os.sep)
        left = [part for part in target.parts if part != os.sep] + left


def _why_others_write(place: Path, found: os.stat_result, forbidden: int) -> str | None:
    if found.st_uid not in {0, os.geteuid()}:
        return f"{place} belongs to user {found.st_uid}"
    if stat.S_ISLNK(found.st_mode) or not found.st_mode & forbidden:
        return None
    if stat.S_ISDIR(found.st_mode) and found.st_mode & stat.S_ISVTX and found.st_uid == 0:
        return None
    return f"others may write to {place}"
