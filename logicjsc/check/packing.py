"""Codes to packed bit vectors and back, many vectors at a time."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from logicjsc.netlist.layers import Array

_WORD = 64


def words_of(widths: Array) -> int:
    """64-bit words that hold one packed vector."""
    return -(-int(widths.sum(dtype=np.int64)) // _WORD)


def pack(codes: Array, widths: Array) -> Array:
    """Pack codes ``[vectors, signals]``, the first signal at the lowest bits.

    Returns:
        Little-endian words, uint64 ``[vectors, words]``.
    """
    words = np.zeros((words_of(widths), codes.shape[0]), "<u8")
    lsb = 0
    # Whole columns at a time: one row per signal keeps memory accesses sequential.
    for column, width in zip(np.ascontiguousarray(codes.T), widths.tolist(), strict=True):
        word, shift = divmod(lsb, _WORD)
        bits = column.astype(np.uint64)
        words[word] |= bits << np.uint64(shift)
        if shift + width > _WORD:
            words[word + 1] |= bits >> np.uint64(_WORD - shift)
        lsb += width
    return np.ascontiguousarray(words.T)


def unpack(words: Array, widths: Array, dtype: npt.DTypeLike) -> npt.NDArray[Any]:
    """Codes ``[vectors, signals]`` of packed vectors; the inverse of `pack`."""
    rows = np.ascontiguousarray(words.T)
    codes = np.empty((len(widths), words.shape[0]), dtype)
    lsb = 0
    for signal, width in enumerate(widths.tolist()):
        word, shift = divmod(lsb, _WORD)
        bits = rows[word] >> np.uint64(shift)
        if shift + width > _WORD:
            bits |= rows[word + 1] << np.uint64(_WORD - shift)
        codes[signal] = bits & np.uint64((1 << width) - 1)
        lsb += width
    return np.ascontiguousarray(codes.T)
