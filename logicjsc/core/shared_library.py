"""Shared libraries of C and C++, compiled for this processor and kept in the cache."""

from __future__ import annotations

import ctypes
import hashlib
import os
import platform
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from logicjsc.core.built import built_file
from logicjsc.core.errors import OutputError
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
        cache: directory of finished libraries; by default logicjsc's.

    Raises:
        ToolError: the compiler is missing, fails or takes too long; its log stays in the cache.
        OutputError: the cache cannot be written.
    """
    cxx = cxx or find_cxx()
    digest = hashlib.sha256("\n".join([cxx.identity, *flags, *_FLAGS, _processor()]).encode())
    for name, content in sorted(sources.items()):
        digest.update(f"\0{name}:{len(content)}\n".encode())
        digest.update(content)

    def build(made: Path, logs: Path) -> None:
        for name, content in sources.items():
            (made.parent / name).write_bytes(content)
        cxx.run(
            [*flags, *_FLAGS, unit, "-o", made],
            timeout=timeout,
            cwd=made.parent,
            log=logs / "compiler.log",
        )

    return built_file("libraries", f"{digest.hexdigest()}.so", build, cache)


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
    return opened_library(build_shared_library(cxx_sources(folder), unit, flags, timeout=timeout))


def opened_library(path: Path) -> ctypes.CDLL:
    """A shared library that was built by `build_shared_library`, loaded.

    Raises:
        OutputError: it cannot be loaded.
    """
    try:
        return ctypes.CDLL(os.fspath(path))
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
