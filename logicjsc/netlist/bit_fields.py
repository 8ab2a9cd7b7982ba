"""Parts of numbers, and choices between them, for networks that are built node by node.

Slices and concatenations are sums without a carry and become wires; see `SumLayer`. Saturation and
choice are tables of a few bits each::

    builder = NetlistBuilder("clipped")
    number = builder.input("x", 12, signed=True)
    clipped = saturate(builder, number, 8, signed=True)
    top = slice_bits(builder, number, 11, 1)
    chosen = multiplex(builder, top, when_one=clipped, when_zero=number)
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Final

import numpy as np

from logicjsc.core.errors import NetlistError
from logicjsc.netlist.builder import NetlistBuilder, bits_for
from logicjsc.netlist.layers import MAX_WIDTH, Array

_GROUP: Final = 2
"""Bits of a number that share a table; each of them still is a LUT of its own."""

_ONE_TABLE: Final = 8
"""Numbers of so few bits are saturated by one table."""

_MOST_UPPER: Final = 12
"""Upper bits that one table looks at."""

_ZEROS, _ONES, _MIXED = range(3)
"""What upper bits are; of a number that fits they are all zeros or all ones."""

_FITS, _TOO_LOW, _TOO_HIGH = range(3)
"""How a number lies to a range."""


def slice_bits(
    builder: NetlistBuilder, signal: int, low: int, width: int, *, signed: bool = False
) -> int:
    """Neighbouring bits of a number: wires.

    Args:
        builder: where the network is built.
        signal: the number; above its highest bit lie copies of its sign, or zeros.
        low: lowest bit that is taken.
        width: bits that are taken.
        signed: whether they are read as two's complement.

    Returns:
        The signal of ``(number >> low) modulo 2**width``.

    Raises:
        NetlistError: there is no such signal, or no netlist holds the width.
    """
    known = builder.signal(signal)
    if low < 0:
        raise NetlistError(f"a slice from bit {low} on; the lowest bit is 0")
    if (low, width, signed) == (0, known.width, known.signed):
        return signal
    if low >= known.width:
        if not known.signed:
            return builder.constant(0, width, signed=signed)
        low = known.width - 1  # all bits from here on are the sign
    return builder.add([signal], shifts=[-low], width=width, signed=signed, wraps=True)


def wrap(builder: NetlistBuilder, signal: int, width: int, *, signed: bool) -> int:
    """A number modulo two to a width: wires. Where the number fits, it stays what it is.

    Raises:
        NetlistError: there is no such signal, or no netlist holds the width.
    """
    return slice_bits(builder, signal, 0, width, signed=signed)


def truncate(builder: NetlistBuilder, signal: int, bits: int) -> int:
    """A number without its lowest bits, so rounded downwards: wires.

    Raises:
        NetlistError: there is no such signal, or it has no more bits.
    """
    known = builder.signal(signal)
    if bits >= known.width:
        raise NetlistError(f"{bits} bits cannot be taken from a signal of {known.width}")
    return slice_bits(builder, signal, bits, known.width - bits, signed=known.signed)


def concatenate(builder: NetlistBuilder, signals: Sequence[int], *, signed: bool = False) -> int:
    """The codes of signals side by side, the first the most significant: wires.

    Args:
        builder: where the network is built.
        signals: at least one.
        signed: whether the result is read as two's complement.

    Raises:
        NetlistError: there are none, or they have more bits than a signal may have.
    """
    widths = [builder.signal(number).width for number in signals]
    if not signals or sum(widths) > MAX_WIDTH:
        raise NetlistError(
            f"{len(signals)} signals of {sum(widths)} bits side by side; 1 to {MAX_WIDTH} bits are "
            f"possible"
        )
    # Whatever is signed is read as a code, except at the top, where its sign is the last bit.
    codes = [
        number if place == 0 else wrap(builder, number, width, signed=False)
        for place, (number, width) in enumerate(zip(signals, widths, strict=True))
    ]
    if len(codes) == 1:
        return wrap(builder, codes[0], widths[0], signed=signed)
    shifts = [sum(widths[place + 1 :]) for place in range(len(widths))]
    return builder.add(codes, shifts=shifts, width=sum(widths), signed=signed, wraps=True)


def multiplex(
    builder: NetlistBuilder, select: int, *, when_one: int, when_zero: int, width: int = 0
) -> int:
    """One of two numbers: a table for every few bits.

    Args:
        builder: where the network is built.
        select: signal of one bit.
        when_one: number that is chosen if it is 1.
        when_zero: number that is chosen if it is 0.
        width: bits of the result; by default as many as both need. Of fewer the numbers wrap.

    Returns:
        The signal of the result, which is two's complement if one of them is.

    Raises:
        NetlistError: there is no such signal, or the first has several bits.
    """
    if builder.signal(select).width != 1:
        raise NetlistError("what chooses between two numbers must be one bit")
    known = builder.signal(when_one), builder.signal(when_zero)
    signed = any(entry.signed for entry in known)
    low, high = min(entry.low for entry in known), max(entry.high for entry in known)
    bits = width or bits_for(low, high, signed=signed)
    parts = []
    for place in range(0, bits, _GROUP):
        size = min(_GROUP, bits - place)
        ones, zeros = (slice_bits(builder, number, place, size) for number in (when_one, when_zero))
        parts.append(
            builder.tabulate(
                [select, ones, zeros],
                lambda rows: np.where(rows[:, 0], rows[:, 1], rows[:, 2]),
                size,
            )
        )
    return concatenate(builder, parts[::-1], signed=signed)


def saturate(builder: NetlistBuilder, signal: int, width: int, *, signed: bool) -> int:
    """The number of a width that is nearest to a number: tables, or wires if it always fits.

    A table of the upper bits says whether the number is too low or too high, and one for every few
    bits gives them or those of the end of the range.

    Args:
        builder: where the network is built.
        signal: the number.
        width: bits of the result.
        signed: whether the result is two's complement.

    Raises:
        NetlistError: there is no such signal, or no netlist holds the width.
    """
    known = builder.signal(signal)
    low, high = (-(1 << width - 1), (1 << width - 1) - 1) if signed else (0, (1 << width) - 1)
    if low <= known.low and known.high <= high:
        return wrap(builder, signal, width, signed=signed)
    if known.width <= _ONE_TABLE:
        return builder.tabulate(
            [signal], lambda rows: np.clip(rows[:, 0], low, high), width, signed=signed
        )
    state = _state(builder, signal, width - signed, signed=signed)
    parts = []
    for place in range(0, width, _GROUP):
        size = min(_GROUP, width - place)
        ends = np.array([0, low, high]) >> place & ((1 << size) - 1)
        parts.append(
            builder.tabulate(
                [state, slice_bits(builder, signal, place, size)],
                partial(_chosen, ends=ends),
                size,
            )
        )
    return concatenate(builder, parts[::-1], signed=signed)


def _chosen(rows: Array, ends: Array) -> Array:
    """Bits of a number where it fits, and of an end of the range where it does not."""
    return np.where(rows[:, 0] == _FITS, rows[:, 1], ends[np.minimum(rows[:, 0], _TOO_HIGH)])


def _state(builder: NetlistBuilder, signal: int, first: int, *, signed: bool) -> int:
    """Whether a number is too low or too high, by its bits from ``first`` on.

    Of a number that fits they are all zeros, or, if both it and the result are signed, all ones.
    """
    known = builder.signal(signal)
    sign = slice_bits(builder, signal, known.width - 1, 1) if known.signed else None
    # A number that is not signed has a zero above it.
    states = [
        builder.tabulate([slice_bits(builder, signal, place, size)], _Uniform(size), 2)
        for place in range(first, known.width, _MOST_UPPER)
        for size in [min(_MOST_UPPER, known.width - place)]
    ]

    def decide(rows: Array) -> Array:
        parts = rows[:, : len(states)]
        negative = rows[:, -1] == 1 if sign is not None else np.zeros(len(rows), np.bool_)
        fits = (parts == _ZEROS).all(axis=1) & ~negative
        if signed:
            fits |= (parts == _ONES).all(axis=1) & negative
        return np.where(fits, _FITS, np.where(negative, _TOO_LOW, _TOO_HIGH))

    return builder.tabulate([*states, *([] if sign is None else [sign])], decide, 2)


class _Uniform:
    """Tells whether a code of some bits is all zeros or all ones."""

    def __init__(self, bits: int) -> None:
        self.ones = (1 << bits) - 1

    def __call__(self, rows: Array) -> Array:
        """The state of each code."""
        codes = rows[:, 0]
        return np.where(codes == 0, _ZEROS, np.where(codes == self.ones, _ONES, _MIXED))
