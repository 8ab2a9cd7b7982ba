"""Launches of compiled kernels, through CUDA's driver, beside torch."""

from __future__ import annotations

import ctypes
from ctypes import c_int, c_uint, c_void_p
from functools import cache
from typing import ClassVar, Final, Protocol

import torch

from logicjsc.core.errors import ToolFailedError, ToolNotFoundError
from logicjsc.methods.gradient.engines.cuda.compiler import compiled_kernels
from logicjsc.methods.gradient.engines.cuda.plan import Device, Grid

NAMES: Final = ("logicjsc_train_2", "logicjsc_train_4", "logicjsc_evaluate")
_FIRST_WITH_CLUSTERS: Final = (9, 0)

# Numbers of CUDA's driver interface (cuda.h).
_SHARED_BYTES_OF_DEVICE: Final = 97
_SHARED_BYTES: Final = 8
_ANY_CLUSTER_SIZE: Final = 14
_CLUSTER_DIMENSION: Final = 4
_OUT_OF_MEMORY: Final = 2
_NO_ROOM: Final = frozenset({1, 701, 912})
"""Statuses of a value, of resources and of a cluster that are too large."""


class Kernels(Device, Protocol):
    """Compiled kernels, on some device."""

    def launch(self, kernel: str, argument: ctypes.Structure, grid: Grid) -> None:
        """Run a kernel after what was launched before.

        Args:
            kernel: its name.
            argument: its one argument.
            grid: its threads.
        """
        ...


class _Dimensions(ctypes.Structure):
    _fields_: ClassVar = [("x", c_uint), ("y", c_uint), ("z", c_uint)]


class _Attribute(ctypes.Structure):
    _fields_: ClassVar = [
        ("id", c_int),
        ("padding", c_int),
        ("cluster", _Dimensions),
        ("rest", ctypes.c_char * 52),
    ]


class _Launch(ctypes.Structure):
    _fields_: ClassVar = [
        ("grid", _Dimensions),
        ("block", _Dimensions),
        ("shared_bytes", c_uint),
        ("stream", c_void_p),
        ("attributes", ctypes.POINTER(_Attribute)),
        ("attribute_count", c_uint),
    ]


class Driver:
    """CUDA's driver on one device, with the kernels loaded."""

    def __init__(self, index: int) -> None:
        self._index = index
        self._library = _driver()
        torch.cuda.synchronize(index)  # torch's context is the one in use from here on
        capability = torch.cuda.get_device_capability(index)
        module = c_void_p()
        with torch.cuda.device(index):
            load = self._library.cuModuleLoadData
            if load(ctypes.byref(module), compiled_kernels(capability)):
                # What the cache holds may be damaged.
                self._check(load(ctypes.byref(module), compiled_kernels(capability, anew=True)))
            self._functions = {name: self._function(module, name) for name in NAMES}

    def clusters(self, kernel: str, grid: Grid) -> int:
        """See `Device.clusters`."""
        launch, _attributes = _described(grid)
        count = c_int()
        with torch.cuda.device(self._index):
            status = self._library.cuOccupancyMaxActiveClusters(
                ctypes.byref(count), self._functions[kernel], ctypes.byref(launch)
            )
        if status in _NO_ROOM:
            return 0
        self._check(status)
        return count.value

    def launch(self, kernel: str, argument: ctypes.Structure, grid: Grid) -> None:
        """See `Kernels.launch`; on torch's current stream.

        Raises:
            ToolFailedError: CUDA refuses it.
            MemoryError: the device has no memory left for it.
        """
        with torch.cuda.device(self._index):
            launch, _attributes = _described(grid)
            launch.stream = torch.cuda.current_stream().cuda_stream
            arguments = (c_void_p * 1)(ctypes.addressof(argument))
            self._check(
                self._library.cuLaunchKernelEx(
                    ctypes.byref(launch), self._functions[kernel], arguments, None
                )
            )

    def _function(self, module: c_void_p, name: str) -> c_void_p:
        function = c_void_p()
        library = self._library
        self._check(library.cuModuleGetFunction(ctypes.byref(function), module, name.encode()))
        most = self._attribute(_SHARED_BYTES_OF_DEVICE)
        self._check(library.cuFuncSetAttribute(function, _SHARED_BYTES, most))
        self._check(library.cuFuncSetAttribute(function, _ANY_CLUSTER_SIZE, 1))
        return function

    def _attribute(self, which: int) -> int:
        device, value = c_int(), c_int()
        self._check(self._library.cuCtxGetDevice(ctypes.byref(device)))
        self._check(self._library.cuDeviceGetAttribute(ctypes.byref(value), which, device))
        return value.value

    def _check(self, status: int) -> None:
        if status == _OUT_OF_MEMORY:
            raise MemoryError
        if status:
            text = ctypes.c_char_p()
            self._library.cuGetErrorString(status, ctypes.byref(text))
            raise ToolFailedError(f"CUDA: {(text.value or b'unknown error').decode()}")


def load_kernels(device: torch.device) -> Driver | None:
    """The kernels on a device; None if it has no clusters of thread blocks, as older ones.

    Raises:
        ToolError: the kernels cannot be compiled or loaded for it.
        OutputError: the cache cannot be written.
    """
    index = torch.cuda.current_device() if device.index is None else device.index
    clusters = torch.cuda.get_device_capability(index) >= _FIRST_WITH_CLUSTERS
    return _loaded(index) if clusters else None


@cache
def _loaded(index: int) -> Driver:
    return Driver(index)


@cache
def _driver() -> ctypes.CDLL:
    try:
        library = ctypes.CDLL("libcuda.so.1")
        _ = library.cuLaunchKernelEx
    except (OSError, AttributeError) as error:
        raise ToolNotFoundError(
            "CUDA's driver, libcuda.so.1, cannot be loaded, or is older than 11.8"
        ) from error
    return library


def _described(grid: Grid) -> tuple[_Launch, ctypes.Array[_Attribute]]:
    """A launch, and the attributes that it points to."""
    attributes = (_Attribute * 1)()
    attributes[0].id = _CLUSTER_DIMENSION
    attributes[0].cluster = _Dimensions(grid.ranks, 1, 1)
    blocks, threads = (_Dimensions(size, 1, 1) for size in (grid.blocks, grid.threads))
    return _Launch(blocks, threads, grid.shared_bytes, None, attributes, 1), attributes
