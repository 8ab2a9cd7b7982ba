"""Features on which thresholds are compared with a model: where a mistake would show.

Finite float32 numbers in order have **ordinals**, whole numbers in the same order, without gaps:
the next float32 number has the next ordinal. Both zeros have ordinal 0.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt

from logicjsc.netlist.codec import Encoder

Array: TypeAlias = npt.NDArray[Any]

_AROUND: Final = 2048
_OF_ALL_SIZES: Final = 4096
"""Rows of random features."""

_LARGEST: Final = np.finfo(np.float32).max
_CLOSE: Final = 16
_POWERS: Final = 31
_ROWS: Final = 1 << 15
"""Rows at once of features beside thresholds."""

_SPECIAL: Final = (0.0, -0.0, 1e-45, -1e-45, 1.1754942e-38, -1.1754942e-38, 1.0, -1.0)


def to_ordinal(number: Array | np.floating[Any]) -> Array:
    """Ordinals, int64, of float32 numbers."""
    bits = np.asarray(number, np.float32).view(np.int32).astype(np.int64)
    return np.where(bits >= 0, bits, -(bits & 0x7FFFFFFF))


def from_ordinal(ordinal: Array) -> Array:
    """The float32 numbers of ordinals; undoes `to_ordinal`, but for the negative zero."""
    bits = np.where(ordinal >= 0, ordinal, (-ordinal) | 0x80000000)
    return bits.astype(np.uint32).view(np.float32)


def beside_thresholds(encoder: Encoder, features: int) -> Iterator[Array]:
    """Each threshold, the numbers right beside it, and numbers farther and farther away.

    The thresholds of all features are looked at together, in blocks of rows.

    Args:
        encoder: says where they lie.
        features: number of features.

    Returns:
        Blocks of float32 ``[rows, features]``; where a feature has no threshold, it is zero.
    """
    close = np.arange(-_CLOSE, _CLOSE + 1)
    powers = 2 ** np.arange(5, _POWERS)
    steps = np.concatenate([close, powers, -powers]).astype(np.int64)
    # Inputs that share a feature take turns.
    columns: list[list[Array]] = [[] for _ in range(features)]
    for feature, thresholds in zip(encoder.features, encoder.thresholds, strict=True):
        columns[int(feature)].append(np.unique(thresholds[np.isfinite(thresholds)]))
    merged = [np.concatenate(lists) if lists else np.empty(0, np.float32) for lists in columns]
    most = max((len(column) for column in merged), default=0)
    limit = int(to_ordinal(_LARGEST))
    at_once = max(_ROWS // len(steps), 1)
    for start in range(0, most, at_once):
        rows = np.zeros((min(at_once, most - start) * len(steps), features), np.float32)
        for feature, column in enumerate(merged):
            at = to_ordinal(column[start : start + at_once])
            numbers = from_ordinal(np.clip(at[:, None] + steps, -limit, limit)).ravel()
            rows[: len(numbers), feature] = numbers
        yield rows


def around_thresholds(encoder: Encoder, features: int) -> Array:
    """Random features about as large as the thresholds, float32 ``[rows, features]``."""
    rng = np.random.default_rng(0)
    center, reach = np.zeros(features), np.ones(features)
    for index, feature in enumerate(encoder.features):
        finite = encoder.thresholds[index][np.isfinite(encoder.thresholds[index])]
        if finite.size:
            numbers = finite.astype(np.float64)
            center[feature] = numbers.mean()
            reach[feature] = np.abs(numbers - center[feature]).max() or 1.0
    near = center + 3 * reach * rng.uniform(-1, 1, (_AROUND, features))
    return np.clip(near, -float(_LARGEST), float(_LARGEST)).astype(np.float32)


def numbers_of_all_sizes(features: int, seed: int = 1) -> Array:
    """Zeros, the ends of the range, and random numbers of every exponent alike.

    Args:
        features: number of features; each row has another number for each.
        seed: of the random numbers.

    Returns:
        float32 ``[rows, features]``.
    """
    rng = np.random.default_rng(seed)
    limit = int(to_ordinal(_LARGEST))
    numbers = from_ordinal(rng.integers(-limit, limit + 1, (_OF_ALL_SIZES, features)))
    special = np.array([*_SPECIAL, _LARGEST, -_LARGEST], np.float32)
    alike = np.repeat(special[:, None], features, axis=1)
    mixed = rng.choice(special, (len(special), features))
    # One feature at a time: others at zero hide what only one of them does.
    single = np.where(rng.random((len(numbers), features)) < 1 / features, numbers, np.float32(0))
    return np.concatenate([alike, mixed, numbers, single])
