"""NVRTC and CUDA's driver, played; see ``played_cuda.c``."""

import ctypes
from pathlib import Path

from logicjsc.core.programs import find_cxx

_SOURCE = Path(__file__).with_suffix(".c")


def played_cuda(folder):
    """The library, compiled into a folder."""
    target = folder / "played_cuda.so"
    find_cxx().run(["-xc", "-shared", "-fPIC", _SOURCE, "-o", target], timeout=60)
    return ctypes.CDLL(str(target))
