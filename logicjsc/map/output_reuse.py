"""Tables whose output bits help each other: one LUT for each of them.

A code that says in its highest bits in which part of a range an address lies, and is an excerpt of
the address below, depends on many address bits; but given its highest bits each other bit depends
on a few. So output bits of at most six inputs are built first, and the others may read one or two
of them.
"""

from __future__ import annotations

from itertools import combinations
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt

from logicjsc.map.lut_network import CONSTANTS, LUT_INPUTS, Lut, LutNetwork

Array: TypeAlias = npt.NDArray[Any]

_MOST_REUSED: Final = 2
"""Output bits that another one may read."""

_WIRE: Final = 0b10
"""Contents of a LUT of one input that passes it on."""


def reuse_outputs(table: Array, width: int) -> LutNetwork | None:
    """A network of one LUT for each output bit at most, or none if this way leads to none.

    Args:
        table: output codes by address, unsigned ``[2**address_bits]``.
        width: output bits.

    Returns:
        A network whose input 0 and output 0 are the lowest bits of address and code.
    """
    inputs = table.size.bit_length() - 1
    address = np.arange(table.size)
    signals = {CONSTANTS + bit: address >> bit & 1 for bit in range(inputs)}
    columns = [(table >> bit & 1).astype(np.int64) for bit in range(width)]
    luts: list[Lut] = []
    built: dict[int, int] = {}
    for reused in range(_MOST_REUSED + 1):
        for bit, column in enumerate(columns):
            if bit in built:
                continue
            for others in combinations(sorted(built), reused):
                read = [built[other] for other in others]
                found = _lut(column, read, signals, inputs)
                if found is None:
                    continue
                if not found.inputs:
                    built[bit] = found.table
                elif found.table == _WIRE and len(found.inputs) == 1:
                    built[bit] = found.inputs[0]
                else:
                    built[bit] = CONSTANTS + inputs + len(luts)
                    luts.append(found)
                signals[built[bit]] = column
                break
        if not built:
            return None
    if len(built) < width:
        return None
    return LutNetwork(inputs, tuple(luts), tuple(built[bit] for bit in range(width)))


def _lut(column: Array, read: list[int], signals: dict[int, Array], inputs: int) -> Lut | None:
    """The LUT of some signals and a few address bits that gives an output bit, if there is one.

    Address bits that change the output while the signals stay must be read; often they suffice.
    """
    given = np.zeros_like(column)
    for place, signal in enumerate(read):
        given |= signals[signal] << place
    address = np.arange(column.size)
    needed = []
    for bit in range(inputs):
        other = address ^ (1 << bit)
        if ((given == given[other]) & (column != column[other])).any():
            needed.append(CONSTANTS + bit)
            if len(read) + len(needed) > LUT_INPUTS:
                return None
    sources = [*read, *needed]
    row = np.zeros_like(column)
    for place, signal in enumerate(sources):
        row |= signals[signal] << place
    rows = 1 << len(sources)
    ones, all_of = np.bincount(row, column, rows), np.bincount(row, minlength=rows)
    if ((ones > 0) & (ones < all_of)).any():
        return None
    return Lut(tuple(sources), sum(1 << index for index in np.flatnonzero(ones).tolist()))
