"""Shared libraries of C and C++, compiled for this processor and kept in the cache."""

from __future__ import annotations

import ctypes
import hashlib
import platform
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from logicjsc.core.errors import OutputError
from logicjsc.core.files import atomic_file, cache_directory
from logicjsc.core.programs import Tool, find_cxx

_FLAGS: Final = ("-O3", "-march=native", "-fPIC", "-shared")
_CPU_FACTS: Final = ("model name", "flags", "Features", "CPU part")


def build_shared_library(
    sources: Mapping[str, bytes],
    unit: str,
    flags: Sequence[str],
    *,
    timeout: float,
    cxx: Tool | None = None,
    cache: Path | None = None,
) -> Path:
    """The shared library of one translation unit, compiled unless the cache holds it.

    Args:
        sources: text by file name: the unit and what it includes.
        unit: name of the file to compile.
        flags: language and libraries; optimisation for this processor is added.
        timeout: seconds.
        cxx: the compiler; by default `find_cxx`.
        cache: directory of finished libraries; by default `cache_directory`.

    Raises:
        ToolError: the compiler is missing, fails or takes too long; its log stays in the cache.
        OutputError: the cache cannot be written.
    """
    cxx, cache = cxx or find_cxx(), (cache or cache_directory()).absolute()
    digest = hashlib.sha256("\n".join([cxx.identity, *flags, *_FLAGS, _processor()]).encode())
    for name, content in sorted(sources.items()):
        digest.update(f"\0{name}:{len(content)}\n".encode())
        digest.update(content)
    key = digest.hexdigest()
    target = cache / "libraries" / f"{key}.so"
    if target.is_file():
        return target
    logs = cache / "logs" / key[:16]
    try:
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="build-", dir=cache) as folder:
            for name, content in sources.items():
                Path(folder, name).write_bytes(content)
            with atomic_file(target) as temporary:
                cxx.run(
                    [*flags, *_FLAGS, unit, "-o", temporary],
                    timeout=timeout,
                    cwd=Path(folder),
                    log=logs / "compiler.log",
                )
    except OSError as error:
        raise OutputError(
            f"the cache {cache} cannot be used ({error}); set LOGICJSC_CACHE to another directory"
        ) from error
    # Logs are of use after a failure only.
    shutil.rmtree(logs, ignore_errors=True)
    return target


def cxx_sources(folder: Path) -> dict[str, bytes]:
    """The C++ files of a folder, headers included: their contents by file name."""
    return {
        path.name: path.read_bytes()
        for path in sorted(folder.iterdir())
        if path.suffix in {".h", ".cpp"}
    }


def load_shared_library(
    folder: Path, unit: str, flags: Sequence[str], *, timeout: float
) -> ctypes.CDLL:
    """The library of the C++ files in a folder, compiled if the cache does not hold it.

    Args:
        folder: of the sources.
        unit: name of the file to compile.
        flags: see `build_shared_library`.
        timeout: seconds.

    Raises:
        ToolError: the compiler is missing, fails or takes too long.
        OutputError: the cache cannot be written, or nothing in it may be executed.
    """
    path = build_shared_library(cxx_sources(folder), unit, flags, timeout=timeout)
    try:
        return ctypes.CDLL(str(path))
    except OSError as error:
        raise OutputError(
            f"{path} cannot be loaded ({error}); remove it, or set LOGICJSC_CACHE to a directory "
            f"whose files may be executed"
        ) from error


def _processor() -> str:
    """Text that differs between processors: code for one may not run on another."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return f"{platform.machine()} {platform.processor()}"
    lines = {line for line in text.splitlines() if line.partition("\t")[0] in _CPU_FACTS}
    return "\n".join([platform.machine(), *sorted(lines)])
