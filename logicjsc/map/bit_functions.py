"""Functions of a few bits: the one bit of a table that a LUT holds, and how such are put together.

A function is a `Lut` that need not stand in any network. Its inputs are signals, each once, and it
depends on all of them; constants have no inputs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt

from logicjsc.map.lut_network import CONSTANTS, Lut

Array: TypeAlias = npt.NDArray[Any]

IDENTITY: Final = 0b10
"""Table of a function that is its input."""

_INVERTER: Final = 0b01


def wire(signal: int) -> Lut:
    """The function that is a signal, or a constant."""
    return Lut((), signal) if signal < CONSTANTS else Lut((signal,), IDENTITY)


def as_signal(function: Lut) -> int | None:
    """The signal or constant that a function is; None if it takes a LUT."""
    if not function.inputs:
        return function.table
    return function.inputs[0] if function == wire(function.inputs[0]) else None


def complement(function: Lut) -> Lut:
    """A function, inverted."""
    return Lut(function.inputs, function.table ^ ((1 << (1 << len(function.inputs))) - 1))


def exclusive_or(one: Lut, other: Lut) -> Lut:
    """The exclusive or of two functions; of too many inputs if they have too many together."""
    inputs = joint_inputs([one, other])
    return from_values(inputs, (values(one, inputs) ^ values(other, inputs)).tolist())


def joint_inputs(functions: Sequence[Lut]) -> tuple[int, ...]:
    """Inputs of some functions, each once."""
    return tuple(dict.fromkeys(source for lut in functions for source in lut.inputs))


def values(function: Lut, inputs: Sequence[int]) -> Array:
    """Values of a function by index of inputs among which are its own; int64 ``[2**inputs]``."""
    return bits_of_table(function)[index_by(function.inputs, inputs)]


def index_by(own: Sequence[int], inputs: Sequence[int]) -> Array:
    """Index by some of the inputs, for every index by all of them; int64 ``[2**inputs]``."""
    rows = np.arange(1 << len(inputs), dtype=np.int64)
    index = np.zeros(rows.size, np.int64)
    for place, source in enumerate(own):
        index |= (rows >> inputs.index(source) & 1) << place
    return index


def bits_of_table(function: Lut) -> Array:
    """The table as values; int64 ``[2**inputs]``."""
    rows = 1 << len(function.inputs)
    return np.array([function.table >> row & 1 for row in range(rows)], np.int64)


def from_values(inputs: Sequence[int], column: Sequence[int]) -> Lut:
    """The function with these values, without inputs that it ignores.

    Args:
        inputs: signals, each once; the first is the lowest bit of the index.
        column: 0 or 1 by index.
    """
    kept, cube = support(np.asarray(column).reshape((2,) * len(inputs)))
    # The first axis of an array is the highest bit of the index.
    sources = tuple(inputs[len(inputs) - 1 - axis] for axis in reversed(kept))
    table = sum(int(value) << row for row, value in enumerate(cube.ravel().tolist()))
    return Lut(sources, table)


def support(cube: Array) -> tuple[list[int], Array]:
    """The axes of length two that a function depends on, and the function of them alone."""
    kept = []
    for axis in range(cube.ndim):
        low = cube.take([0], axis)
        if np.array_equal(low, cube.take([1], axis)):
            cube = low
        else:
            kept.append(axis)
    return kept, cube


def evaluate(function: Lut, known: Mapping[int, Array]) -> Array:
    """A function's values, int64, where its inputs have these; all have one shape, or none."""
    index = np.zeros((), np.int64)
    for place, source in enumerate(function.inputs):
        index = index | (known[source] << place)
    return np.asarray(bits_of_table(function)[index])
