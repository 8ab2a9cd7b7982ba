"""The compiled look at samples: built once per machine and compiler, kept in the cache."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias

import numpy as np

from logicjsc.core.shared_library import load_shared_library
from logicjsc.dataset.samples import Array

Loss: TypeAlias = Literal["softmax", "logistic", "squared"]
"""Cross-entropy of classes, of yes or no, or squared errors."""

LOSSES: Final[tuple[Loss, ...]] = ("softmax", "logistic", "squared")
"""In the order of the compiled code."""

MOST_OUTPUTS: Final = 64
"""Scores that it was compiled for."""

MOST_HIDDEN: Final = 128
"""Hidden neurons that it was compiled for."""

_LANES: Final = 8
"""Scores are rounded up to a multiple of it."""

_VECTOR: Final = 16
"""Hidden neurons, and whole rows, are rounded up to a multiple of it."""

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
        *((name, ctypes.c_void_p) for name in ("codes", "labels", "truth", "targets", "weights")),
        *((name, ctypes.c_void_p) for name in ("chosen", "first", "offset", "second", "slope")),
        *((name, ctypes.c_void_p) for name in ("bias", "of_first", "of_offset", "of_second")),
        *((name, ctypes.c_void_p) for name in ("of_bias", "square_first", "square_second")),
        *((name, ctypes.c_void_p) for name in ("square_bias", "scores_found")),
        *((name, ctypes.c_int64) for name in ("count", "columns", "values", "row", "stride")),
        *((name, ctypes.c_int64) for name in ("hidden", "outputs", "width", "kind")),
        *((name, ctypes.c_float) for name in ("step", "smoothing", "penalty", "grain", "huber")),
    )


@dataclass(frozen=True)
class Contents:
    """What stands in the tables, or gradients of it.

    Attributes:
        first: of the first tables, float32 ``[columns, values, hidden]``.
        offset: added to the hidden sums, float32 ``[hidden]``.
        second: of the second tables, float32 ``[hidden, values, outputs]``.
        bias: added to the scores, float32 ``[outputs]``.
        direct: of tables from columns to scores, float32 ``[columns, values, outputs]``, or
            ``[columns, values, 0]`` if there are none.
    """

    first: Array
    offset: Array
    second: Array
    bias: Array
    direct: Array


@dataclass
class CodedSamples:
    """Codes of the samples of one part, and what they should be.

    Attributes:
        codes: uint8 ``[samples, columns]``.
        wanted: class indices, uint8 ``[samples]``, of the loss ``softmax``; of others what the
            scores should say: 0 or 1, or standardised values, float32 ``[samples, outputs]``, best
            with the zeros of `padded_outputs` behind, which are not made again at every look.
        targets: what to learn in the place of it, shaped alike: probabilities, or standardised
            values; or none.
        weights: how often each sample counts, float32 ``[samples]``; or none.
    """

    codes: Array
    wanted: Array
    targets: Array | None = None
    weights: Array | None = None

    def __len__(self) -> int:
        return len(self.wanted)


@dataclass(frozen=True)
class Look:
    """What a look at samples gave.

    Attributes:
        loss: mean loss without smoothing: cross-entropy in nats, or squared error.
        gradients: of the mean loss with smoothing, if they were asked for.
        squares: what half of a squared change of contents is multiplied by to estimate how it
            raises the loss, if they were asked for: mean squared gradients of single samples, or of
            squared errors the curvature.
        scores: of every sample in steps, float32 ``[samples, outputs]``, if they were asked for.
    """

    loss: float
    gradients: Contents | None
    squares: Contents | None
    scores: Array | None


def look(
    contents: Contents,
    samples: CodedSamples,
    *,
    step: float,
    loss: Loss = "softmax",
    chosen: Array | None = None,
    slope: Array | None = None,
    smoothing: float = 0.0,
    penalty: float = 0.0,
    grain: float = 0.0,
    huber: float = 0.0,
    squares: bool = False,
    scores: bool = False,
) -> Look:
    """Losses, and gradients if there are slopes.

    Args:
        contents: of the tables, quantised; sums are taken modulo the number of values.
        samples: codes and targets.
        step: value of one step of the scores.
        loss: which.
        chosen: samples to look at, int32; by default all.
        slope: change of the second tables' contents by code, shaped like them.
        smoothing: part of each label spread over all classes.
        penalty: gradient on each step by which a hidden sum leaves the codes.
        grain: scores are rounded down to multiples of it, in steps, and gradients go straight
            through; 0: not at all.
        huber: error from which on a squared error grows evenly only; 0: never.
        squares: whether to return `Look.squares`, too.
        scores: whether to return the scores of every sample.

    Raises:
        ToolError: there is no C++ compiler, or it fails.
        OutputError: the cache cannot be written, or nothing in it may be executed.
        ValueError: there are more hidden neurons or outputs than the compiled code takes.
    """
    columns, values, hidden = contents.first.shape
    outputs = contents.bias.shape[0]
    if hidden > MOST_HIDDEN or outputs > MOST_OUTPUTS:
        raise ValueError(
            f"{hidden} hidden neurons, {outputs} outputs: at most {MOST_HIDDEN} and "
            f"{MOST_OUTPUTS} are possible"
        )
    stride, width = _rounded_up(max(hidden, 1), _VECTOR), _rounded_up(outputs, _LANES)
    direct = contents.direct.shape[2]
    row = stride + (_rounded_up(outputs, _VECTOR) if direct else 0)
    count = len(samples) if chosen is None else len(chosen)
    first = np.zeros((columns, values, row), np.float32)
    first[:, :, :hidden] = contents.first
    first[:, :, stride : stride + direct] = contents.direct
    second, wants = _padded(contents.second, width), slope is not None
    labels = loss == "softmax"
    given = {
        "codes": np.ascontiguousarray(samples.codes, np.uint8),
        "labels": np.ascontiguousarray(samples.wanted, np.uint8) if labels else None,
        "truth": None if labels else _padded(samples.wanted, width),
        "targets": None if samples.targets is None else _padded(samples.targets, width),
        "weights": _plain(samples.weights, np.float32),
        "chosen": _plain(chosen, np.int32),
        "first": first,
        "offset": _padded(contents.offset, row),
        "second": second,
        "slope": None if slope is None else _padded(slope, width),
        "bias": _padded(contents.bias, width),
        "of_first": _zeros(first, wants),
        "of_offset": np.zeros(row, np.float32),
        "of_second": _zeros(second, wants),
        "of_bias": np.zeros(width, np.float32),
        "square_first": _zeros(first, squares),
        "square_second": _zeros(second, squares),
        "square_bias": np.zeros(width, np.float32),
        "scores_found": np.empty((count, width), np.float32) if scores else None,
    }
    problem = _Problem(
        *(None if array is None else array.ctypes.data for array in given.values()),
        *(count, columns, values, row, stride, hidden, outputs, width, LOSSES.index(loss)),
        *(step, smoothing, penalty, grain, huber),
    )
    total = _library().logicjsc_prune_look(ctypes.byref(problem))
    if total < 0:
        raise RuntimeError("the compiled code refused what was checked before")
    scale = np.float32(1 / count)

    def means(first: str, offset: Array, second: str, bias: Array) -> Contents:
        rows = given[first]
        return Contents(
            rows[:, :, :hidden] * scale,
            offset[:hidden] * scale,
            given[second][:, :, :outputs] * scale,
            bias[:outputs] * scale,
            rows[:, :, stride : stride + direct] * scale,
        )

    found, none = given["scores_found"], np.zeros(row, np.float32)
    return Look(
        total / count,
        means("of_first", given["of_offset"], "of_second", given["of_bias"]) if wants else None,
        means("square_first", none, "square_second", given["square_bias"]) if squares else None,
        None if found is None else found[:, :outputs],
    )


def padded_outputs(array: Array) -> Array:
    """Numbers by output with as many zeros behind as the compiled code wants, float32."""
    return _padded(array, _rounded_up(array.shape[-1], _LANES))


def _rounded_up(number: int, multiple: int) -> int:
    return -(-number // multiple) * multiple


def _padded(array: Array, last: int) -> Array:
    """The array with zeros behind it, float32, its last axis ``last`` long."""
    if array.shape[-1] == last:
        return np.ascontiguousarray(array, np.float32)
    wide = np.zeros((*array.shape[:-1], last), np.float32)
    wide[..., : array.shape[-1]] = array
    return wide


def _plain(array: Array | None, dtype: Any) -> Any:  # noqa: ANN401 - an array or none
    return None if array is None else np.ascontiguousarray(array, dtype)


def _zeros(like: Array, wanted: bool) -> Any:  # noqa: ANN401, FBT001 - an array or none
    return np.zeros_like(like) if wanted else None


@cache
def _library() -> ctypes.CDLL:
    library = load_shared_library(_FOLDER, "prune.cpp", _FLAGS, timeout=_SECONDS)
    library.logicjsc_prune_look.restype = ctypes.c_double
    library.logicjsc_prune_look.argtypes = [ctypes.c_void_p]
    return library
