"""Files that are whole or absent, archives of arrays, and the files that ship with logicjsc."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from logicjsc.core.errors import OutputError
from logicjsc.core.surroundings import usable_cache
from logicjsc.core.temporary import clean, is_of_writing, temporary_beside
from logicjsc.core.trust import PRIVATE_FILE, make_private

if TYPE_CHECKING:
    import numpy.typing as npt

_PACKAGE = Path(__file__).parent.parent
_NEW_FILE: Final = 0o666
_NEW_FOLDER: Final = 0o777
_AT_CWD: Final = -100
_EXCHANGE: Final = 2


def is_plain_name(name: object) -> bool:
    """Whether something is the name of a file in a folder, and leads nowhere else."""
    return isinstance(name, str) and name not in {"", ".."} and Path(name).name == name


def shipped(*parts: str) -> Path:
    """Path of a file that ships with logicjsc, such as ``shipped("hw", "rtl")``.

    A wheel carries these files inside the package; an editable install reads the checkout.
    """
    packed = _PACKAGE / "_shipped"
    root = packed if packed.is_dir() else _PACKAGE.parent
    return root.joinpath(*parts)


def cache_directory() -> Path:
    """``$LOGICJSC_CACHE``, else the place that the platform has for caches of ``logicjsc``.

    Where neither can be had, or where others could change what lies there, it is a temporary
    folder of this user's alone; see `logicjsc.core.surroundings.usable_cache`.
    """
    return usable_cache()


def sha256_of(path: Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def read_arrays(path: Path) -> dict[str, npt.NDArray[Any]]:
    """Every array of an ``.npz`` archive, read without executing anything.

    Raises:
        OSError: the file cannot be read.
        ValueError: it is no archive of plain arrays, or is damaged.
    """
    import numpy as np

    try:
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
            # Arrays that end early or late in their member escape the checksum while loading.
            damaged = archive.zip.testzip()
    except OSError:
        raise
    except Exception as error:  # zipfile, zlib, tokenize and numpy raise a dozen kinds
        raise ValueError(str(error) or type(error).__name__) from error
    if damaged is not None:
        raise ValueError(f"bad checksum of {damaged}")
    for name, array in arrays.items():
        if not isinstance(array, np.ndarray):  # numpy hands out the bytes of anything else
            raise ValueError(f"{name} is no array")  # noqa: TRY004 - the file's fault
    return arrays


@contextmanager
def atomic_file(target: Path, *, private: bool = False) -> Iterator[Path]:
    """Yield a temporary path beside ``target``; rename it into place if the block succeeds.

    Args:
        target: the file.
        private: whether it, and folders made for it, are for their owner alone, whatever the
            umask says.

    Raises:
        OutputError: ``target`` cannot be written.
    """
    with _told_of(target):
        if private:
            make_private(target.parent)
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
        mode = PRIVATE_FILE if private else _NEW_FILE
        with temporary_beside(target, mode) as temporary:
            yield temporary
            temporary.replace(target)


def write_text(target: Path, text: str, *, private: bool = False) -> None:
    """Write a text file atomically; see `atomic_file`."""
    with atomic_file(target, private=private) as temporary:
        temporary.write_text(text, encoding="utf-8")


@contextmanager
def atomic_directory(target: Path, marker: str) -> Iterator[Path]:
    """Yield an empty temporary directory; swap it with ``target`` if the block succeeds.

    An existing ``target`` is replaced only if it holds ``marker``, the file by which a directory
    written by logicjsc is known (or is empty).

    Raises:
        OutputError: ``target`` exists and is not ours, or cannot be written.
    """
    with _told_of(target):
        refuse_foreign_directory(target, marker)
        target.parent.mkdir(parents=True, exist_ok=True)
        with temporary_beside(target, _NEW_FOLDER, folder=True) as temporary:
            try:
                yield temporary
            except OutputError as error:  # of a file in it, which is to be called by its later name
                raise OutputError(str(error).replace(str(temporary), str(target))) from error
            if target.exists():
                _swap(temporary, target)
            else:
                temporary.replace(target)


def refuse_foreign_directory(target: Path, marker: str) -> None:
    """Refuse to write into a place that exists and does not hold ``marker``.

    Raises:
        OutputError: ``target`` is a file, or a directory with other contents.
    """
    if not target.exists():
        return
    if not target.is_dir():
        raise OutputError(f"{target} exists and is not a directory; choose another output")
    clean(target)  # what a killed process left there is nobody's work
    if any(target.iterdir()) and not (target / marker).is_file():
        raise OutputError(
            f"{target} exists and was not written by logicjsc (it has no {marker}); "
            "choose another output or remove it"
        )


@contextmanager
def _told_of(target: Path) -> Iterator[None]:
    """Errors of writing to a place, or of making the folders above it, as sentences."""
    try:
        yield
    except IsADirectoryError as error:
        raise OutputError(f"cannot write {target}: it is a directory") from error
    except OSError as error:
        above = isinstance(error.filename, str) and target.is_relative_to(error.filename)
        if not above and not is_of_writing(error, target.parent):
            raise
        raise OutputError(f"cannot write {target}: {error.strerror or error}") from error
    except UnicodeEncodeError as error:
        raise OutputError(f"cannot write {target}: {error}") from error


def _swap(one: Path, other: Path) -> None:
    """Exchange two folders, at once where the system can: nothing is ever missing."""
    import ctypes

    with suppress(AttributeError):
        rename = ctypes.CDLL(None).renameat2
        names = os.fsencode(one), os.fsencode(other)
        if rename(_AT_CWD, names[0], _AT_CWD, names[1], _EXCHANGE) == 0:
            return
    aside = one.with_name(f"{one.name}.old")
    other.replace(aside)
    one.replace(other)
    aside.replace(one)
