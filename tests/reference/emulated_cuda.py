"""The CUDA kernels on the CPU, as an engine takes them."""

import ctypes
from functools import cache
from pathlib import Path

from logicjsc.shared_library import build_shared_library
from logicjsc.training import cuda
from logicjsc.training.cuda.plan import Limits

_FLAGS = ("-std=c++17", "-Wno-unknown-pragmas", "-DLOGICJSC_EMULATED")

SMALL = Limits(processors=8, shared_bytes=100_000, largest_cluster=4)
"""A device that divides small batches among several thread blocks."""


class EmulatedKernels:
    """Runs each thread as a fiber.

    Args:
        limits: of the device that is played.
        lazy: whether asynchronous copies happen as late as they may, or at once.
        backwards: whether the last thread takes its turn first.
    """

    def __init__(self, limits=SMALL, *, lazy=True, backwards=False):
        self.limits, self.lazy, self.backwards = limits, lazy, backwards
        self.launches = []

    def launch(self, name, argument, grid):
        self.launches.append((name, grid))
        emulated_library().set_emulation(int(self.lazy), int(self.backwards))
        function = getattr(emulated_library(), name.replace("logicjsc", "emulated"))
        failed = function(
            ctypes.byref(argument), grid.blocks, grid.threads, grid.ranks, grid.shared_bytes
        )
        assert not failed, "the kernel wrote beyond its shared memory"


@cache
def emulated_library():
    """The kernels and the emulation, compiled together."""
    folders = Path(cuda.__file__).parent, Path(__file__).parent
    sources = {
        path.name: path.read_bytes()
        for folder in folders
        for path in folder.iterdir()
        if path.suffix in {".h", ".cu", ".cpp"}
    }
    return ctypes.CDLL(str(build_shared_library(sources, "emulated.cpp", _FLAGS, timeout=120)))
