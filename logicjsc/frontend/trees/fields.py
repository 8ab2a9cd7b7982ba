"""Fields of saved models, read with one sentence for whatever is missing or of another type."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from logicjsc.core.errors import ImportedModelError
from logicjsc.frontend.trees.ensemble import Array

_MOST_BITS = 62


def optional(saved: Any, key: str, default: Any) -> Any:  # noqa: ANN401 - whatever a file holds
    """What stands under a key of a table, or a default; also where there is no table."""
    return saved.get(key, default) if isinstance(saved, Mapping) else default


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
    sentence = f"{what} is {value!r}, no whole number; save it again"
    try:
        found = int(value)
    except (TypeError, ValueError, OverflowError) as error:
        raise ImportedModelError(sentence) from error
    if (isinstance(value, float) and value != found) or abs(found) >> _MOST_BITS:
        raise ImportedModelError(sentence)
    return found


def number(value: Any, what: str) -> float:  # noqa: ANN401 - as above
    """A number, also as a text.

    Raises:
        ImportedModelError: it is none.
    """
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError) as error:
        raise ImportedModelError(f"{what} is {value!r}, no number; save it again") from error


def entries(value: Any, what: str) -> list[Any]:  # noqa: ANN401 - as above
    """A list.

    Raises:
        ImportedModelError: it is none.
    """
    if isinstance(value, np.ndarray):
        return list(value.tolist())
    if not isinstance(value, list):
        raise ImportedModelError(f"{what} is no list; the file is of another kind or damaged")
    return value


def numbers(value: Any, what: str, dtype: type[Any]) -> Array:  # noqa: ANN401 - as above
    """A list of numbers, int64 or float64 ``[entries]``.

    Raises:
        ImportedModelError: it is none.
    """
    sentence = f"{what} is no list of numbers; save the model again"
    try:
        array = np.asarray(value, dtype)
        is_whole = dtype is not np.int64 or (array == np.asarray(value, np.float64)).all()
    except (TypeError, ValueError, OverflowError) as error:
        raise ImportedModelError(sentence) from error
    if array.ndim != 1 or not is_whole:
        raise ImportedModelError(sentence)
    return array
