"""The CUDA kernels on the CPU, as an engine takes them."""

import ctypes
from functools import cache
from pathlib import Path

from logicjsc.core.shared_library import build_shared_library
from logicjsc.methods.gradient.engines import cuda

_FLAGS = ("-std=c++17", "-Wno-unknown-pragmas", "-DLOGICJSC_EMULATED")

ORDERS = ("together", "backwards", "ahead", "ahead backwards", "random")
"""All threads one after the other; a warp as far as it gets; warps by chance."""


class EmulatedKernels:
    """Runs each thread as a fiber.

    Args:
        shared_bytes: shared memory of a thread block.
        lazy: whether asynchronous copies happen as late as they may, or at once.
        order: in which threads take turns: `ORDERS`.
    """

    processors = 8

    def __init__(self, shared_bytes=100_000, *, lazy=True, order="together"):
        self.shared_bytes, self.lazy, self.order = shared_bytes, lazy, order
        self.launches = []

    def clusters(self, kernel, grid):
        """At most four thread blocks form a cluster, so that tests see some without too many."""
        del kernel
        fits = grid.ranks <= 4 and grid.shared_bytes <= self.shared_bytes
        return self.processors // grid.ranks if fits else 0

    def launch(self, kernel, argument, grid):
        self.launches.append((kernel, grid))
        emulated_library().set_emulation(int(self.lazy), ORDERS.index(self.order))
        function = getattr(emulated_library(), kernel.replace("logicjsc", "emulated"))
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
