"""Thresholds of standardised features, told as thresholds of the raw ones."""

from __future__ import annotations

from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt

from logicjsc.core.errors import ImportedModelError
from logicjsc.frontend.onnx.probes import from_ordinal, to_ordinal

Array = npt.NDArray[Any]
Arithmetic = Literal["float64", "float32"]

_LARGEST: Final = np.finfo(np.float32).max


def raw_thresholds(
    thresholds: Array,
    mean: Array | None = None,
    scale: Array | None = None,
    *,
    strict: bool = False,
    arithmetic: Arithmetic = "float64",
) -> Array:
    """The least float32 ``x`` at which ``(x - mean) / scale`` reaches each threshold.

    What ``x`` reaches is computed as the training computed it, rounding and all, and the border is
    found by bisection over all finite float32 numbers: so comparing a raw feature with it decides
    the same as comparing the standardised one, for every feature.

    Args:
        thresholds: of standardised features, ``[features, ...]``, compared as float32.
        mean: ``[features]``; None for 0.
        scale: ``[features]``, positive; None for 1.
        strict: whether a threshold must be exceeded, not only reached.
        arithmetic: how the training computed: ``float64``, in double precision with the result
            rounded to float32, or ``float32``, mean, scale and both steps rounded to float32.

    Returns:
        float32 like ``thresholds``: +infinity where no finite feature reaches the threshold, the
        lowest finite number where all do.

    Raises:
        ImportedModelError: a threshold, mean or scale is not finite, a scale not positive, or their
            numbers differ.
    """
    bars = np.asarray(thresholds, np.float32)
    shape = (len(bars),) + (1,) * (bars.ndim - 1)
    kind = np.dtype(arithmetic)
    shift = np.zeros(shape, kind) if mean is None else _column(mean, shape, kind, "means")
    factor = np.ones(shape, kind) if scale is None else _column(scale, shape, kind, "scales")
    if not (np.isfinite(bars).all() and np.isfinite(shift).all() and np.isfinite(factor).all()):
        raise ImportedModelError("thresholds, means and scales must be finite numbers")
    if (factor <= 0).any():
        raise ImportedModelError("scales must be positive; a feature that is constant has scale 1")

    def reached(numbers: Array) -> Array:
        with np.errstate(over="ignore", under="ignore"):
            found = ((numbers.astype(kind) - shift) / factor).astype(np.float32)
        return np.asarray(found > bars if strict else found >= bars)

    # Steps of the bisection: below never reaches, above always does or lies beyond all numbers.
    below = np.full(bars.shape, to_ordinal(-_LARGEST) - 1, np.int64)
    above = np.full(bars.shape, to_ordinal(_LARGEST) + 1, np.int64)
    while (above - below > 1).any():
        middle = (below + above) // 2
        passed = reached(from_ordinal(middle))
        above = np.where(passed, middle, above)
        below = np.where(passed, below, middle)
    return np.where(above > to_ordinal(_LARGEST), np.float32(np.inf), from_ordinal(above))


def _column(values: Array, shape: tuple[int, ...], kind: np.dtype[Any], what: str) -> Array:
    given = np.asarray(values, np.float64).ravel()
    if given.size != shape[0]:
        raise ImportedModelError(f"{given.size} {what} for {shape[0]} features")
    with np.errstate(over="ignore", under="ignore"):
        return given.astype(kind).reshape(shape)
