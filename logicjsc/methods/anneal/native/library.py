"""The compiled annealing: built once per machine and compiler, kept in the cache."""

from __future__ import annotations

import ctypes
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import numpy as np

from logicjsc.core.shared_library import load_shared_library
from logicjsc.dataset.samples import Array
from logicjsc.methods.anneal.network import LogicNetwork

_FOLDER: Final = Path(__file__).parent
_FLAGS: Final = ("-std=c++17", "-Wno-psabi")
_SECONDS: Final = 300.0


class _Problem(ctypes.Structure):
    """Mirrors ``Problem`` in ``problem.h``."""

    _fields_ = (
        ("levels", ctypes.c_void_p),
        ("labels", ctypes.c_void_p),
        ("costs", ctypes.c_void_p),
        ("decision", ctypes.c_void_p),
        ("stages", ctypes.c_void_p),
        ("reads", ctypes.c_void_p),
        ("inputs", ctypes.c_void_p),
        ("tables", ctypes.c_void_p),
        ("samples", ctypes.c_int64),
        ("features", ctypes.c_int64),
        ("luts", ctypes.c_int64),
        ("outputs", ctypes.c_int64),
        ("classes", ctypes.c_int64),
        ("seed", ctypes.c_uint64),
        ("cross_fit", ctypes.c_int64),
        ("candidates", ctypes.c_int64),
    )


class NativeAnnealing:
    """A network that the compiled code changes in place, and the samples that it is judged by.

    Use it as a context; the compiled side's memory is freed at the end.
    """

    def __init__(
        self,
        network: LogicNetwork,
        levels: Array,
        labels: Array,
        costs: Array,
        decision: Array,
        *,
        skips: bool,
        cross_fit: bool,
        seed: int,
        candidates: int = 0,
    ) -> None:
        """Open a network.

        Args:
            network: where to start; its inputs and tables change with every sweep.
            levels: of the samples, uint8 ``[features, samples]``.
            labels: class indices, uint8 ``[samples]``.
            costs: of the threshold at each level, float64 ``[features, 256]``; infinity: none.
            decision: class by the outputs' bits, uint8 ``[2**outputs]``.
            skips: whether LUTs behind the first stage may read thresholds.
            cross_fit: whether candidates are judged by samples that did not choose their contents.
            seed: of all draws.
            candidates: features, drawn anew, whose thresholds a move above temperature zero looks
                at; 0: all.

        Raises:
            ToolError: there is no C++ compiler, or it fails.
            OutputError: the cache cannot be written, or nothing in it may be executed.
        """
        reads = np.where(network.stages == 1, 1, 3 if skips else 2)
        # Kept alive as long as the compiled side points into them.
        self._arrays: dict[str, Array] = {
            "levels": _as(levels, np.uint8),
            "labels": _as(labels, np.uint8),
            "costs": _as(costs, np.float64),
            "decision": _as(decision, np.uint8),
            "stages": _as(network.stages, np.int32),
            "reads": _as(reads, np.uint8),
            "inputs": network.inputs,
            "tables": network.tables,
        }
        self._network = network
        self.samples = len(labels)
        self._problem = _Problem(
            *(array.ctypes.data for array in self._arrays.values()),
            self.samples,
            len(levels),
            len(network.stages),
            len(decision).bit_length() - 1,
            1 + max(int(decision.max()), int(labels.max())),
            seed,
            cross_fit,
            candidates,
        )
        self._library = load_library()
        self._opened: int | None = None

    def __enter__(self) -> Self:
        self._opened = self._library.logicjsc_anneal_open(ctypes.byref(self._problem))
        if self._opened is None:
            raise MemoryError
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._library.logicjsc_anneal_close(self._opened)
        self._opened = None

    def sweep(self, share: float, temperature: float, price: float) -> None:
        """Choose every input of every LUT anew, in random order.

        Args:
            share: part of the samples, a random stretch of them, that is looked at.
            temperature: samples, of all, whose loss is accepted at odds of 1 to e; 0 takes the
                best.
            price: samples, of all, that a threshold must gain for each unit of its cost.

        Raises:
            MemoryError: there is not enough for the rows of samples.
        """
        if self._library.logicjsc_anneal_sweep(self._opened, share, temperature, price):
            raise MemoryError

    def right(self) -> int:
        """Samples that are classified rightly."""
        return int(self._library.logicjsc_anneal_right(self._opened))


@cache
def load_library() -> ctypes.CDLL:
    """The library, compiled if the cache does not hold it.

    Raises:
        ToolError: there is no C++ compiler, or it fails.
        OutputError: the cache cannot be written, or nothing in it may be executed.
    """
    library = load_shared_library(_FOLDER, "anneal.cpp", _FLAGS, timeout=_SECONDS)
    library.logicjsc_anneal_open.restype = ctypes.c_void_p
    library.logicjsc_anneal_close.argtypes = [ctypes.c_void_p]
    library.logicjsc_anneal_sweep.argtypes = [ctypes.c_void_p, *[ctypes.c_double] * 3]
    library.logicjsc_anneal_sweep.restype = ctypes.c_int64
    library.logicjsc_anneal_right.argtypes = [ctypes.c_void_p]
    library.logicjsc_anneal_right.restype = ctypes.c_int64
    return library


def _as(array: Array, dtype: Any) -> Array:  # noqa: ANN401 - whatever numpy takes
    return np.ascontiguousarray(array, dtype)
