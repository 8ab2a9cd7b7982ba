"""The compiled look at samples: built once per machine and compiler, kept in the cache."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np

from logicjsc.core.shared_library import load_shared_library
from logicjsc.dataset.samples import Array

MOST_CLASSES: Final = 8
"""Class scores that the compiled code keeps side by side."""

MOST_HIDDEN: Final = 64
"""Hidden neurons that it was compiled for."""

_VECTOR: Final = 16
"""Hidden neurons are rounded up to a multiple of it."""

_FOLDER: Final = Path(__file__).parent
_FLAGS: Final = (
    "-std=c++17",
    # What -ffast-math allows, except flushing denormal numbers: that would hold for all of Python.
    "-fno-math-errno",
    "-fassociative-math",
    "-freciprocal-math",
    "-fno-signed-zeros",
    "-fno-trapping-math",
    "-ffinite-math-only",
    "-Wno-psabi",
)
_SECONDS: Final = 300.0


class _Problem(ctypes.Structure):
    """Mirrors ``Problem`` in ``prune.cpp``."""

    _fields_ = (
        *((name, ctypes.c_void_p) for name in ("codes", "labels", "targets", "chosen")),
        *((name, ctypes.c_void_p) for name in ("first", "offset", "second", "slope", "bias")),
        *((name, ctypes.c_void_p) for name in ("of_first", "of_offset", "of_second", "of_bias")),
        *((name, ctypes.c_void_p) for name in ("square_first", "square_second", "classes_found")),
        *(
            (name, ctypes.c_int64)
            for name in ("count", "columns", "values", "stride", "hidden", "classes")
        ),
        *((name, ctypes.c_float) for name in ("step", "smoothing", "penalty")),
    )


@dataclass(frozen=True)
class Contents:
    """What stands in the tables, or gradients of it.

    Attributes:
        first: of the first tables, float32 ``[columns, values, hidden]``.
        offset: added to the hidden sums, float32 ``[hidden]``.
        second: of the second tables, float32 ``[hidden, values, classes]``.
        bias: added to the scores, float32 ``[classes]``.
    """

    first: Array
    offset: Array
    second: Array
    bias: Array


@dataclass(frozen=True)
class Look:
    """What a look at samples gave.

    Attributes:
        loss: mean cross-entropy, in nats, without smoothing.
        gradients: of the mean loss with smoothing, if they were asked for.
        squares: of the gradients of single samples, their means, if they were asked for.
        classes: found for every sample, uint8 ``[samples]``, if they were asked for.
    """

    loss: float
    gradients: Contents | None
    squares: Contents | None
    classes: Array | None


def look(
    contents: Contents,
    codes: Array,
    labels: Array,
    *,
    step: float,
    targets: Array | None = None,
    chosen: Array | None = None,
    slope: Array | None = None,
    smoothing: float = 0.0,
    penalty: float = 0.0,
    squares: bool = False,
    classes: bool = False,
) -> Look:
    """Losses, and gradients if there are slopes.

    Args:
        contents: of the tables, quantised; sums are taken modulo the number of values.
        codes: of the samples, uint8 ``[samples, columns]``.
        labels: class indices, uint8 ``[samples]``.
        step: value of one step of the scores.
        targets: probabilities of the classes that gradients lead to in the place of the labels,
            float32 ``[samples, MOST_CLASSES]``, zero behind the classes.
        chosen: samples to look at, int32; by default all.
        slope: change of the second tables' contents by code, shaped like them.
        smoothing: part of each label spread over all classes.
        penalty: gradient on each step by which a hidden sum leaves the codes.
        squares: whether to return the squared gradients, too.
        classes: whether to return the class found for every sample.

    Raises:
        ToolError: there is no C++ compiler, or it fails.
        OutputError: the cache cannot be written, or nothing in it may be executed.
        ValueError: there are more hidden neurons or classes than the compiled code takes.
    """
    columns, values, hidden = contents.first.shape
    places = contents.bias.shape[0]
    if hidden > MOST_HIDDEN or places > MOST_CLASSES:
        raise ValueError(
            f"{hidden} hidden neurons, {places} classes: at most {MOST_HIDDEN} and {MOST_CLASSES} "
            f"are possible"
        )
    stride = -(-max(hidden, 1) // _VECTOR) * _VECTOR
    count = len(labels) if chosen is None else len(chosen)
    first = _padded(contents.first, stride)
    second = _padded(contents.second, MOST_CLASSES)
    given = {
        "codes": np.ascontiguousarray(codes, np.uint8),
        "labels": np.ascontiguousarray(labels, np.uint8),
        "targets": None if targets is None else np.ascontiguousarray(targets, np.float32),
        "chosen": None if chosen is None else np.ascontiguousarray(chosen, np.int32),
        "first": first,
        "offset": _padded(contents.offset, stride),
        "second": second,
        "slope": None if slope is None else _padded(slope, MOST_CLASSES),
        "bias": _padded(contents.bias, MOST_CLASSES),
        "of_first": _zeros(first, slope is not None),
        "of_offset": np.zeros(stride, np.float32),
        "of_second": _zeros(second, slope is not None),
        "of_bias": np.zeros(MOST_CLASSES, np.float32),
        "square_first": _zeros(first, squares),
        "square_second": _zeros(second, squares),
        "classes_found": np.empty(count, np.uint8) if classes else None,
    }
    problem = _Problem(
        *(None if array is None else array.ctypes.data for array in given.values()),
        *(count, columns, values, stride, hidden, places),
        *(step, smoothing, penalty),
    )
    total = _library().logicjsc_compact_look(ctypes.byref(problem))
    if total < 0:
        raise RuntimeError("the compiled code refused what was checked before")
    scale = np.float32(1 / count)

    def means(first: str, offset: Array, second: str, bias: Array) -> Contents:
        return Contents(
            given[first][:, :, :hidden] * scale,
            offset[:hidden] * scale,
            given[second][:, :, :places] * scale,
            bias[:places] * scale,
        )

    gradients = (
        None
        if slope is None
        else means("of_first", given["of_offset"], "of_second", given["of_bias"])
    )
    none = np.zeros(stride, np.float32)
    squared = means("square_first", none, "square_second", none) if squares else None
    return Look(total / count, gradients, squared, given["classes_found"])


def padded_targets(probabilities: Array) -> Array:
    """Probabilities as `look` wants them, float32 ``[samples, MOST_CLASSES]``."""
    return _padded(probabilities, MOST_CLASSES)


def _padded(array: Array, last: int) -> Array:
    """The array with zeros behind it, float32, its last axis ``last`` long."""
    wide = np.zeros((*array.shape[:-1], last), np.float32)
    wide[..., : array.shape[-1]] = array
    return wide


def _zeros(like: Array, wanted: bool) -> Any:  # noqa: ANN401, FBT001 - an array or none
    return np.zeros_like(like) if wanted else None


@cache
def _library() -> ctypes.CDLL:
    library = load_shared_library(_FOLDER, "prune.cpp", _FLAGS, timeout=_SECONDS)
    library.logicjsc_compact_look.restype = ctypes.c_double
    library.logicjsc_compact_look.argtypes = [ctypes.c_void_p]
    return library
