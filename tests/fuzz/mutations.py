"""Small damage and nonsense: to bytes, to trees of plain values, and to arrays."""

from __future__ import annotations

import math
from collections.abc import Callable
from random import Random
from typing import Any

import numpy as np

ODD: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    1,
    -1,
    2,
    3.5,
    255,
    65_536,
    2**31,
    2**63 - 1,
    2**63,
    -(2**63),
    10**30,
    1e-300,
    1e30,
    1e300,
    math.nan,
    math.inf,
    -math.inf,
    "",
    " ",
    "x",
    "../..",
    "/dev/null",
    "nan",
    "1e999",
    "\u0000",
    "\ud7ff\u202e",
    "a" * 300,
    [],
    [[]],
    [0],
    [1, 2, 3],
    ["x"],
    {},
    {"x": 1},
)
"""Values that no reader expects in most places."""


def damaged_bytes(rng: Random, data: bytes) -> bytes:
    """Bytes with up to four changes: flips, cuts, repetitions, zeros, other lengths."""
    for _ in range(rng.randint(1, 4)):
        data = rng.choice(_BYTE_CHANGES)(rng, data)
    return data


def _flip(rng: Random, data: bytes) -> bytes:
    if not data:
        return b"\xff"
    place = rng.randrange(len(data))
    return data[:place] + bytes([data[place] ^ 1 << rng.randrange(8)]) + data[place + 1 :]


def _truncate(rng: Random, data: bytes) -> bytes:
    return data[: rng.randint(0, len(data))]


def _span(rng: Random, data: bytes) -> tuple[int, int]:
    start = rng.randint(0, len(data))
    return start, min(len(data), start + rng.choice((1, 2, 8, 64, 1000)))


def _cut(rng: Random, data: bytes) -> bytes:
    start, end = _span(rng, data)
    return data[:start] + data[end:]


def _repeat(rng: Random, data: bytes) -> bytes:
    start, end = _span(rng, data)
    return data[:end] + data[start:end] * rng.choice((1, 2, 50)) + data[end:]


def _overwrite(rng: Random, data: bytes) -> bytes:
    start, end = _span(rng, data)
    filler = rng.choice((b"\0", b"\xff", b"9", b" ", b"\n", b"-", b'"', rng.randbytes(1)))
    return data[:start] + filler * (end - start) + data[end:]


def _insert(rng: Random, data: bytes) -> bytes:
    place = rng.randint(0, len(data))
    what = rng.choice(
        (b"\xef\xbb\xbf", b"\r\n", b"\0", b"1e999", b"nan", b"[", b"{", b'"', b"\xff")
    )
    return data[:place] + what + data[place:]


_BYTE_CHANGES: tuple[Callable[[Random, bytes], bytes], ...] = (
    _flip,
    _flip,
    _truncate,
    _cut,
    _repeat,
    _overwrite,
    _insert,
)


def damaged_tree(  # noqa: PLR0911 - one for each change
    rng: Random, tree: Any, others: tuple[Any, ...] = ODD
) -> Any:
    """A tree of dictionaries and lists with one change: another value, key, order or length."""
    if isinstance(tree, dict) and tree and rng.random() < 0.9:
        key = rng.choice(list(tree))
        change = rng.random()
        rest = {name: value for name, value in tree.items() if name != key}
        if change < 0.1:
            return rest
        if change < 0.15:
            return {**rest, str(rng.choice(others)): tree[key]}
        if change < 0.2:
            return {**tree, f"{key}_": rng.choice(others)}
        return {**tree, key: damaged_tree(rng, tree[key], others)}
    if isinstance(tree, list) and tree and rng.random() < 0.9:
        place = rng.randrange(len(tree))
        change = rng.random()
        if change < 0.1:
            return tree[:place] + tree[place + 1 :]
        if change < 0.2:
            return [*tree, tree[place]]
        if change < 0.3:
            return tree[::-1]
        return [*tree[:place], damaged_tree(rng, tree[place], others), *tree[place + 1 :]]
    if isinstance(tree, (int, float)) and not isinstance(tree, bool) and rng.random() < 0.5:
        return rng.choice((tree + 1, tree - 1, -tree, tree * 2, float(tree), str(tree)))
    return rng.choice(others)


def random_tree(rng: Random, depth: int = 3) -> Any:
    """A tree that means nothing."""
    if depth and rng.random() < 0.6:
        size = rng.randint(0, 4)
        if rng.random() < 0.5:
            return [random_tree(rng, depth - 1) for _ in range(size)]
        return {str(rng.choice(ODD)): random_tree(rng, depth - 1) for _ in range(size)}
    return rng.choice(ODD)


def damaged_array(rng: Random, array: np.ndarray) -> np.ndarray:  # noqa: PLR0911 - as above
    """An array with another type, shape, order or value."""
    change = rng.randrange(7)
    if change == 0:
        kind = rng.choice(("u1", "i1", "i8", "u8", "f4", "f8", "?", "c8", "U3", "M8[s]"))
        try:
            return array.astype(kind)
        except (ValueError, TypeError):
            return np.zeros(array.shape, kind)
    if change == 1:
        return array[..., None] if rng.random() < 0.5 else array.ravel()
    if change == 2:
        return array[: rng.randint(0, len(array))] if array.ndim else array
    if change == 3:
        return np.concatenate([array, array]) if array.ndim else np.array([array, array])
    if change == 4:
        return array[::-1] if array.ndim else array
    if change == 5:
        return np.empty((0, *array.shape[1:]), array.dtype)
    changed = array.copy()
    if not changed.size:
        return np.zeros(3)
    odd = rng.choice((0, 1, -1, 2, 255, 2**31 - 1, 2**62, math.nan, math.inf, 1e30))
    with np.errstate(all="ignore"):
        try:
            changed.flat[rng.randrange(changed.size)] = odd
        except (ValueError, OverflowError, TypeError):
            return np.full(array.shape, 7.5)
    return changed
