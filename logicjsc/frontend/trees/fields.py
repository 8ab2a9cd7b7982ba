"""Fields of saved models, read with one sentence for whatever is missing or of another type."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from logicjsc.core.errors import ImportedModelError
from logicjsc.frontend.trees.ensemble import Array


def inner(saved: Any, *keys: str) -> Any:  # noqa: ANN401 - whatever a file holds
    """What stands under nested keys.

    Raises:
        ImportedModelError: a key is missing.
    """
    for key in keys:
        if not isinstance(saved, Mapping) or key not in saved:
            raise ImportedModelError(
                f"it has no {'.'.join(keys)!r}; it is of another kind or damaged, save it again"
            )
        saved = saved[key]
    return saved


def whole(value: Any, what: str) -> int:  # noqa: ANN401 - as above
    """A whole number, also as a text.

    Raises:
        ImportedModelError: it is none.
    """
    try:
        return int(value)
    except (TypeError, ValueError) as error:
        raise ImportedModelError(f"{what} is {value!r}, no whole number; save it again") from error


def number(value: Any, what: str) -> float:  # noqa: ANN401 - as above
    """A number, also as a text.

    Raises:
        ImportedModelError: it is none.
    """
    try:
        return float(value)
    except (TypeError, ValueError) as error:
        raise ImportedModelError(f"{what} is {value!r}, no number; save it again") from error


def entries(value: Any, what: str) -> list[Any]:  # noqa: ANN401 - as above
    """A list.

    Raises:
        ImportedModelError: it is none.
    """
    if not isinstance(value, list):
        raise ImportedModelError(f"{what} is no list; the file is of another kind or damaged")
    return value


def numbers(value: Any, what: str, dtype: type[Any]) -> Array:  # noqa: ANN401 - as above
    """A list of numbers, int64 or float64 ``[entries]``.

    Raises:
        ImportedModelError: it is none.
    """
    try:
        array = np.asarray(value, dtype)
    except (TypeError, ValueError, OverflowError) as error:
        raise ImportedModelError(f"{what} is no list of numbers; save the model again") from error
    if array.ndim != 1:
        raise ImportedModelError(f"{what} is no list of numbers; save the model again")
    return array
