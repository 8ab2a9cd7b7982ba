"""From C to a shared library, kept in the cache by everything it is made from."""

from __future__ import annotations

import hashlib
import platform
import shutil
import tempfile
from pathlib import Path
from typing import Final

from logicjsc.errors import OutputError
from logicjsc.files import atomic_file, cache_directory
from logicjsc.tools import Tool, find_cxx

COMPILE_SECONDS: Final = 1800.0
"""Time limit; a network of ten thousand LUTs takes some seconds."""

_FLAGS: Final = ("-x", "c", "-std=c11", "-O3", "-march=native", "-fPIC", "-shared")
_CPU_FACTS: Final = ("model name", "flags", "Features", "CPU part")


def compile_library(
    source: bytes,
    cxx: Tool | None = None,
    cache: Path | None = None,
    timeout: float = COMPILE_SECONDS,
) -> Path:
    """The shared library of a C source for this processor, compiled unless the cache holds it.

    Args:
        source: text of the C file.
        cxx: the compiler; by default `find_cxx`.
        cache: directory of finished libraries; by default `cache_directory`.
        timeout: seconds.

    Raises:
        ToolError: the compiler is missing, fails or takes too long; its log stays in the cache.
        OutputError: the cache cannot be written.
    """
    cxx, cache = cxx or find_cxx(), (cache or cache_directory()).absolute()
    settings = "\n".join([cxx.identity, *_FLAGS, _processor()]).encode()
    key = hashlib.sha256(settings + b"\0" + source).hexdigest()
    target = cache / "libraries" / f"{key}.so"
    if target.is_file():
        return target
    logs = cache / "logs" / key[:16]
    try:
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="build-", dir=cache) as name:
            text = Path(name, "network.c")
            text.write_bytes(source)
            with atomic_file(target) as temporary:
                cxx.run(
                    [*_FLAGS, text, "-o", temporary], timeout=timeout, log=logs / "compiler.log"
                )
    except OSError as error:
        raise OutputError(
            f"the cache {cache} cannot be used ({error}); set LOGICJSC_CACHE to another directory"
        ) from error
    # Logs are of use after a failure only.
    shutil.rmtree(logs, ignore_errors=True)
    return target


def _processor() -> str:
    """Text that differs between processors: code for one may not run on another."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return f"{platform.machine()} {platform.processor()}"
    lines = {line for line in text.splitlines() if line.partition("\t")[0] in _CPU_FACTS}
    return "\n".join([platform.machine(), *sorted(lines)])
