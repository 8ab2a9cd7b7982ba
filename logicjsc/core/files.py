"""Files that are whole or absent, archives of arrays, and the files that ship with logicjsc."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from logicjsc.core.errors import OutputError

if TYPE_CHECKING:
    import numpy.typing as npt

_PACKAGE = Path(__file__).parent.parent


def shipped(*parts: str) -> Path:
    """Path of a file that ships with logicjsc, such as ``shipped("hw", "rtl")``.

    A wheel carries these files inside the package; an editable install reads the checkout.
    """
    packed = _PACKAGE / "_shipped"
    root = packed if packed.is_dir() else _PACKAGE.parent
    return root.joinpath(*parts)


def cache_directory() -> Path:
    """``$LOGICJSC_CACHE``, else the place that the platform has for caches of ``logicjsc``."""
    import platformdirs

    return Path(os.environ.get("LOGICJSC_CACHE") or platformdirs.user_cache_dir("logicjsc"))


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
def atomic_file(target: Path) -> Iterator[Path]:
    """Yield a temporary path beside ``target``; rename it into place if the block succeeds.

    Raises:
        OutputError: ``target`` cannot be written.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    except OSError as error:
        raise OutputError(f"cannot write {target}: {error.strerror}") from error
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        # mkstemp makes private files; artefacts get the permissions of any other new file.
        temporary.chmod(0o666 & ~_umask())
        temporary.replace(target)
    except IsADirectoryError as error:
        raise OutputError(f"cannot write {target}: it is a directory") from error
    finally:
        temporary.unlink(missing_ok=True)


def write_text(target: Path, text: str) -> None:
    """Write a text file atomically."""
    with atomic_file(target) as temporary:
        temporary.write_text(text, encoding="utf-8")


@contextmanager
def atomic_directory(target: Path, marker: str) -> Iterator[Path]:
    """Yield an empty temporary directory; swap it with ``target`` if the block succeeds.

    An existing ``target`` is replaced only if it holds ``marker``, the file by which a directory
    written by logicjsc is known (or is empty).

    Raises:
        OutputError: ``target`` exists and is not ours, or cannot be written.
    """
    refuse_foreign_directory(target, marker)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    except OSError as error:
        raise OutputError(f"cannot write {target}: {error.strerror}") from error
    try:
        yield temporary
        temporary.chmod(0o777 & ~_umask())
        if target.exists():
            previous = Path(tempfile.mkdtemp(prefix=f".{target.name}.old.", dir=target.parent))
            target.replace(previous)
            temporary.replace(target)
            shutil.rmtree(previous)
        else:
            temporary.replace(target)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def refuse_foreign_directory(target: Path, marker: str) -> None:
    """Refuse to write into a place that exists and does not hold ``marker``.

    Raises:
        OutputError: ``target`` is a file, or a directory with other contents.
    """
    if not target.exists():
        return
    if not target.is_dir():
        raise OutputError(f"{target} exists and is not a directory; choose another output")
    if any(target.iterdir()) and not (target / marker).is_file():
        raise OutputError(
            f"{target} exists and was not written by logicjsc (it has no {marker}); "
            "choose another output or remove it"
        )


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
