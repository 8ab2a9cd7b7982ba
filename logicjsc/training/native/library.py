"""The compiled training step: built once per machine and compiler, kept in the cache."""

from __future__ import annotations

import ctypes
import hashlib
import platform
import tempfile
from functools import cache
from pathlib import Path
from typing import Final

from logicjsc.errors import OutputError
from logicjsc.files import cache_directory
from logicjsc.tools import Tool, find_cxx

_FOLDER: Final = Path(__file__).parent
_FLAGS: Final = ("-std=c++17", "-O3", "-march=native", "-shared", "-fPIC", "-pthread", "-Wno-psabi")
_TIMEOUT: Final = 300.0


@cache
def load_library() -> ctypes.CDLL:
    """The library, compiled if the cache does not hold it.

    Raises:
        ToolError: there is no C++ compiler, or it fails.
        OutputError: the cache cannot be written, or nothing in it may be executed.
    """
    path = _compile(find_cxx(), cache_directory().absolute() / "training")
    try:
        library = ctypes.CDLL(str(path))
    except OSError as error:
        raise OutputError(
            f"{path} cannot be loaded ({error}); remove it, or set LOGICJSC_CACHE to a directory "
            f"whose files may be executed"
        ) from error
    library.logicjsc_train.restype = ctypes.c_int64
    library.logicjsc_statistics.restype = ctypes.c_int64
    library.logicjsc_evaluate.restype = ctypes.c_int64
    return library


def _compile(cxx: Tool, folder: Path) -> Path:
    sources = {path.name: path.read_bytes() for path in sorted(_FOLDER.iterdir()) if _is_cxx(path)}
    digest = hashlib.sha256("\n".join([cxx.identity, *_FLAGS, _processor()]).encode())
    for name, content in sources.items():
        digest.update(f"{name}:{len(content)}\n".encode())
        digest.update(content)
    target = folder / f"{digest.hexdigest()[:32]}.so"
    if target.is_file():
        return target
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="build-", dir=folder) as name:
            work = Path(name)
            for source, content in sources.items():
                (work / source).write_bytes(content)
            built = work / "training.so"
            cxx.run([*_FLAGS, "training.cpp", "-o", built], timeout=_TIMEOUT, cwd=work)
            built.replace(target)
    except OSError as error:
        raise OutputError(
            f"the cache {folder} cannot be used ({error}); set LOGICJSC_CACHE to another directory"
        ) from error
    return target


def _is_cxx(path: Path) -> bool:
    return path.suffix in {".h", ".cpp"}


def _processor() -> str:
    """What the code is compiled for: caches in home directories are shared between machines."""
    information = Path("/proc/cpuinfo")
    if not information.is_file():
        return platform.machine() + platform.processor()
    lines = information.read_text(encoding="utf-8").splitlines()
    wanted = ("model name", "flags", "Features")
    return "\n".join(sorted({line for line in lines if line.startswith(wanted)}))
