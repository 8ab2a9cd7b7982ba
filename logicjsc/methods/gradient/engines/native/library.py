"""The compiled training step: built once per machine and compiler, kept in the cache."""

from __future__ import annotations

import ctypes
from functools import cache
from pathlib import Path
from typing import Final

from logicjsc.core.shared_library import build_shared_library, cxx_sources, load_shared_library

_FOLDER: Final = Path(__file__).parent
_UNIT: Final = "training.cpp"
_FLAGS: Final = ("-std=c++17", "-pthread", "-Wno-psabi")
_SECONDS: Final = 300.0


@cache
def load_library() -> ctypes.CDLL:
    """The library, compiled if the cache does not hold it.

    Raises:
        ToolError: there is no C++ compiler, or it fails.
        OutputError: the cache cannot be written, or nothing in it may be executed.
    """
    library = load_shared_library(_FOLDER, _UNIT, _FLAGS, timeout=_SECONDS)
    library.logicjsc_train.restype = ctypes.c_int64
    library.logicjsc_statistics.restype = ctypes.c_int64
    library.logicjsc_evaluate.restype = ctypes.c_int64
    return library


def compile_library() -> Path:
    """The compiled library; see `build_shared_library`."""
    return build_shared_library(cxx_sources(_FOLDER), _UNIT, _FLAGS, timeout=_SECONDS)
