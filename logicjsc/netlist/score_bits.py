"""Scores that share so few bits that the class is a table of them.

Networks that spell the class, or flag it, have scores whose bits are copies of a few bits. What
decides between such scores needs no comparators: each bit of the class's index is one LUT.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from logicjsc.netlist.codec import Decoder
from logicjsc.netlist.ir import Netlist
from logicjsc.netlist.layers import Array, TableLayer

MOST_BITS: Final = 6
"""Of the bits that scores may share: as many as a LUT has inputs."""

_CONSTANT: Final = -1


@dataclass(frozen=True, eq=False)
class ScoreBits:
    """The distinct bits that all scores of a netlist are made of.

    Attributes:
        places: where each of them stands first: the output, and the bit of its code, 0 the lowest.
        codes: the outputs' codes in every state of the bits, int64 ``[2**bits, outputs]``; in row
            *i* the first of them is the lowest bit of *i*.
    """

    places: tuple[tuple[int, int], ...]
    codes: Array

    def luts(self, decider: Decoder) -> int:
        """LUTs that make the index of the class: one for each bit that is no wire or constant.

        Args:
            decider: says which class the codes decide.
        """
        classes = decider.classify(self.codes)
        bits = range((decider.outputs - 1).bit_length())
        columns = [classes >> bit & 1 for bit in bits]
        return sum(_constant(column) is None and _copied(column) is None for column in columns)


def score_bits(netlist: Netlist) -> ScoreBits | None:
    """The bits that the scores of a netlist share; None if there are more than `MOST_BITS`.

    A bit is a copy if the table that makes it copies a bit of its address.
    """
    widths = netlist.widths[netlist.outputs].tolist()
    wires: list[list[tuple[int, int]]] = []
    found: dict[tuple[int, int], int] = {}
    places: list[tuple[int, int]] = []
    for output, (signal, width) in enumerate(zip(netlist.outputs.tolist(), widths, strict=True)):
        wires.append([_origin(netlist, signal, bit) for bit in range(width)])
        for bit, origin in enumerate(wires[-1]):
            if origin[0] != _CONSTANT and origin not in found:
                found[origin] = len(places)
                places.append((output, bit))
        if len(places) > MOST_BITS:
            return None
    rows = np.arange(1 << len(places))
    codes = np.zeros((len(rows), len(wires)), np.int64)
    for output, bits in enumerate(wires):
        for bit, origin in enumerate(bits):
            value = origin[1] if origin[0] == _CONSTANT else rows >> found[origin] & 1
            codes[:, output] += value << bit
    return ScoreBits(tuple(places), codes)


def _origin(netlist: Netlist, signal: int, bit: int) -> tuple[int, int]:
    """The signal and bit that a bit is a copy of, itself if of none; or `_CONSTANT` and a value."""
    while signal >= netlist.inputs:
        layer, node = _node(netlist, signal)
        if not isinstance(layer, TableLayer):
            break
        column = layer.tables[node] >> bit & 1
        constant = _constant(column)
        if constant is not None:
            return _CONSTANT, constant
        copied = _copied(column)
        if copied is None:
            break
        for source in reversed(layer.inputs[node].tolist()):
            width = int(netlist.widths[source])
            if copied < width:
                signal, bit = source, copied
                break
            copied -= width
    return signal, bit


def _node(netlist: Netlist, signal: int) -> tuple[object, int]:
    """The layer of a signal, and its node there."""
    for layer, first in zip(netlist.layers, netlist.first_signals, strict=True):
        if first <= signal < first + layer.nodes:
            return layer, signal - first
    raise IndexError(signal)


def _constant(column: Array) -> int | None:
    """What a column holds in every row; None if it holds both."""
    return int(column[0]) if (column == column[0]).all() else None


def _copied(column: Array) -> int | None:
    """The address bit that a column of a table equals, 0 the lowest; None if there is none."""
    rows = np.arange(len(column))
    for bit in range(len(column).bit_length() - 1):
        if np.array_equal(column, rows >> bit & 1):
            return bit
    return None
