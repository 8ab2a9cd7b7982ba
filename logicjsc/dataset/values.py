"""Numbers that a network can be asked about: one rule for every entry, with one sentence each.

A feature is a finite float32 number, of a bit 0 or 1. Whatever else is given is refused by row and
column and never answered: a circuit, an ONNX runtime and numpy would each make something else of
it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from logicjsc.core.errors import DataError
from logicjsc.dataset.table import Array, listed

_MATRIX = 2


def checked_features(
    data: Any,  # noqa: ANN401 - whatever numpy takes for an array
    names: tuple[str, ...],
    bits: Sequence[int] = (),
) -> Array:
    """Raw features, float32 ``[samples, features]``.

    Args:
        data: an array ``[samples, features]`` of numbers, or what numpy makes one of.
        names: of the features.
        bits: places of those that are bits.

    Raises:
        DataError: it is no such array, has another number of features, or a value that is missing,
            not finite, beyond float32 or, of a bit, neither 0 nor 1.
    """
    array = _array(data)
    if array.ndim != _MATRIX or array.shape[1] != len(names):
        raise DataError(
            f"features have shape {list(array.shape)}, the network takes [samples, {len(names)}]: "
            f"{listed(names)}"
        )
    if np.ma.isMaskedArray(data) and np.ma.is_masked(data):
        # numpy would go on with whatever lies behind the mask.
        row, column = np.argwhere(np.ma.getmaskarray(data))[0]
        raise DataError(_sentence(names[column], row, "masked"))
    with np.errstate(over="ignore"):  # too large for float32: refused below
        features = np.asarray(array, np.float32)
    if not np.isfinite(features).all():
        row, column = np.argwhere(~np.isfinite(features))[0]
        raise DataError(_sentence(names[column], row, _shown(array[row, column])))
    for column in bits:
        odd = np.flatnonzero((features[:, column] != 0) & (features[:, column] != 1))
        if odd.size:
            raise DataError(
                f"feature {names[column]!r} of sample {odd[0]} is {features[odd[0], column]:g}; it "
                f"is a bit, which is 0 or 1"
            )
    return features


def _array(data: Any) -> Array:  # noqa: ANN401 - as above
    try:
        array = np.asarray(data)
    except (ValueError, TypeError, RuntimeError, OverflowError) as error:
        # Rows of several lengths, or an object of another library that does not let go of numbers.
        reason = str(error).partition("\n")[0]
        raise DataError(
            f"features must be an array of numbers [samples, features] ({reason})"
        ) from error
    if array.dtype.kind not in "biuf":
        raise DataError(f"features must be numbers, not {array.dtype}")
    return array


def _sentence(name: str, row: int, what: str) -> str:
    return f"feature {name!r} of sample {row} is {what}; features must be finite float32 numbers"


def _shown(value: Any) -> str:  # noqa: ANN401 - a number of numpy's
    return "NaN" if np.isnan(value) else str(value)
