"""Codes and the numbers behind them, shared by every stage that has both."""

from __future__ import annotations

from typing import Any, TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt

Array: TypeAlias = npt.NDArray[Any]

_Values = TypeVar("_Values", int, Array)


def values_of(codes: Array, width: int, *, signed: bool) -> Array:
    """The numbers behind codes, int64, a new array: two's complement if ``signed``."""
    values = codes.astype(np.int64)
    if signed:
        sign = np.int64(1) << (width - 1)
        values = (values ^ sign) - sign
    return values


def shifted(values: _Values, shift: int) -> _Values:
    """Numbers times two to a power, rounded downwards if the power is below 0."""
    return values << shift if shift >= 0 else values >> -shift
