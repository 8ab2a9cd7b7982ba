"""From the C of a network to a shared library."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from logicjsc.core.programs import Tool
from logicjsc.core.shared_library import build_shared_library

_SECONDS: Final = 1800.0
"""Time limit; a network of ten thousand LUTs takes some seconds."""


def compile_library(source: bytes, cxx: Tool | None = None, cache: Path | None = None) -> Path:
    """The shared library of a network's C; see `build_shared_library`."""
    flags = ("-x", "c", "-std=c11")
    sources = {"network.c": source}
    return build_shared_library(sources, "network.c", flags, timeout=_SECONDS, cxx=cxx, cache=cache)
