"""What is done with numbers bit by bit: choices, masks and questions about bits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

import numpy as np

from logicjsc.frontend.alir.numbers import Number, Numbers, fixed
from logicjsc.frontend.alir.program import AND, OR, Format
from logicjsc.netlist.bit_fields import concatenate, slice_bits
from logicjsc.netlist.builder import bits_for
from logicjsc.netlist.layers import Array

_GROUP: Final = 2
"""Bits of every number that share a table."""

_MOST_JOINED: Final = 6
"""Bits that one table of a tree of ands or ors looks at."""


def bitwise(numbers: Numbers, one: Number, other: Number, operation: int) -> Number:
    """And, or, exclusive or of two numbers, in two's complement without an end."""
    exponent = min(one.exponent, other.exponent)
    codes = [numbers.code(number, exponent) for number in (one, other)]
    ranges = [numbers.range_of(code) for code in codes]
    signed = any(low < 0 for low, _ in ranges)
    width = max(bits_for(*ends, signed=signed) for ends in ranges)

    def function(parts: Sequence[Array]) -> Array:
        if operation == AND:
            return np.asarray(parts[0] & parts[1])
        return np.asarray(parts[0] | parts[1] if operation == OR else parts[0] ^ parts[1])

    return _by_groups(numbers, codes, function, exponent, (width, signed))


def inverted(numbers: Numbers, number: Number, form: Format, exponent: int) -> Number:
    """All bits of a number of a format the other way round, in another step."""
    code = numbers.code(number, form.exponent)
    shape = max(form.width, 1), form.signed
    return _by_groups(numbers, [code], lambda parts: ~parts[0], exponent, shape)


def any_bit(numbers: Numbers, number: Number) -> Number:
    """1 if a number is not 0, else 0."""
    whole = numbers.settled(number)
    if whole.signal is None:
        return fixed(int(whole.constant != 0), 0)
    width = numbers.builder.signal(whole.signal).width
    return Number(0, _joined(numbers, whole.signal, width, all_of=False))


def all_bits(numbers: Numbers, number: Number, form: Format) -> Number:
    """1 if all bits of a number of a format are 1, else 0."""
    whole = numbers.code(number, form.exponent)
    width = max(form.width, 1)
    if whole.signal is None:
        ones = (1 << width) - 1
        return fixed(int(whole.constant & ones == ones), 0)
    return Number(0, _joined(numbers, whole.signal, width, all_of=True))


def highest_bit(numbers: Numbers, number: Number, form: Format) -> Number:
    """The highest bit of a number of a format: its sign, or whether it reaches the upper half."""
    whole = numbers.settled(number)
    low, high = numbers.range_of(whole)
    # In steps of the number; below one step it is whether there is one at all.
    place = 0 if form.signed else max(0, form.width - 1 + form.exponent - whole.exponent)
    border = 0 if form.signed else 1 << place
    if whole.signal is None or low >= border or high < border:
        return fixed(int(low < 0 if form.signed else low >= border), 0)
    known = numbers.builder.signal(whole.signal)
    if form.signed:
        return Number(0, slice_bits(numbers.builder, whole.signal, known.width - 1, 1))
    size = known.width - place
    upper = slice_bits(numbers.builder, whole.signal, place, size, signed=known.signed)
    if size == 1 or not known.signed:
        return Number(0, _joined(numbers, upper, size, all_of=False))
    return Number(0, numbers.builder.tabulate([upper], lambda rows: rows[:, 0] > 0, 1))


def chosen(numbers: Numbers, select: Number, when_one: Number, when_zero: Number) -> Number:
    """One of two numbers, by a number of one bit."""
    if select.signal is None:
        return when_one if select.constant else when_zero
    used = [number.exponent for number in (when_one, when_zero) if not _is_zero(number)]
    if not used:
        return Number(0)
    exponent = min(used)
    codes = [
        Number(exponent) if _is_zero(number) else numbers.code(number, exponent)
        for number in (when_one, when_zero)
    ]
    ranges = [numbers.range_of(code) for code in codes]
    signed = any(low < 0 for low, _ in ranges)
    width = max(bits_for(*ends, signed=signed) for ends in ranges)

    def function(parts: Sequence[Array]) -> Array:
        return np.where(parts[2] & 1, parts[0], parts[1])

    return _by_groups(numbers, codes, function, exponent, (width, signed), select=select.signal)


def rectified(numbers: Numbers, number: Number, form: Format) -> Number:
    """A number if it is above 0, else 0, rounded downwards and wrapped to an unsigned format."""
    whole = numbers.settled(number)
    low, high = numbers.range_of(whole)
    width = form.width - form.signed
    if high <= 0:
        return Number(0)
    if whole.signal is None or low >= 0:
        return numbers.quantised(whole, form.exponent, width, signed=False)
    known = numbers.builder.signal(whole.signal)
    sign = slice_bits(numbers.builder, whole.signal, known.width - 1, 1)
    # As many bits as the number has without its sign, and those that the format keeps.
    most = Number(whole.exponent, constant=(1 << high.bit_length()) - 1)
    kept = numbers.quantised(most, form.exponent, width, signed=False)
    if kept.signal is None and not kept.constant:
        return Number(0)
    step = max(form.exponent, whole.exponent)
    bits = (kept.constant << (kept.exponent - step)).bit_length()
    dropped = step - whole.exponent
    part = Number(step, slice_bits(numbers.builder, whole.signal, dropped, bits))

    def function(parts: Sequence[Array]) -> Array:
        return np.where(parts[1] & 1, 0, parts[0])

    return _by_groups(numbers, [part], function, step, (bits, False), select=sign)


def _is_zero(number: Number) -> bool:
    return number.signal is None and not number.constant


def _joined(numbers: Numbers, signal: int, width: int, *, all_of: bool) -> int:
    """Whether all of the lowest bits of a signal are 1, or any: a tree of tables."""
    builder = numbers.builder

    def join(bits: int, rows: Array) -> Array:
        return np.asarray(rows[:, 0] == (1 << bits) - 1 if all_of else rows[:, 0] != 0)

    while width > 1:
        sizes = [min(_MOST_JOINED, width - place) for place in range(0, width, _MOST_JOINED)]
        parts = [
            builder.tabulate(
                [slice_bits(builder, signal, _MOST_JOINED * place, size)], partial(join, size), 1
            )
            for place, size in enumerate(sizes)
        ]
        signal, width = concatenate(builder, parts), len(parts)
    return slice_bits(builder, signal, 0, 1)


def _by_groups(
    numbers: Numbers,
    codes: Sequence[Number],
    function: Callable[[Sequence[Array]], Array],
    exponent: int,
    shape: tuple[int, bool],
    *,
    select: int | None = None,
) -> Number:
    """A function of the bits of numbers in the same places: a table for every few bits.

    Args:
        numbers: where the network is built.
        codes: numbers of one step, not negated.
        function: bits of the result, of the bits of each number, and of ``select`` at last; bits
            beyond the group do not count.
        exponent: of the result.
        shape: width of the result, and whether it is signed.
        select: a signal that all tables read.
    """
    builder = numbers.builder
    width, signed = shape
    parts = []
    for place in range(0, width, _GROUP):
        size = min(_GROUP, width - place)
        inputs = [
            slice_bits(builder, code.signal, place, size)
            for code in codes
            if code.signal is not None
        ]
        inputs += [] if select is None else [select]

        def row(rows: Array, place: int = place, size: int = size) -> Array:
            columns = iter(rows.T)
            read = [
                np.full(len(rows), code.constant >> place) if code.signal is None else next(columns)
                for code in codes
            ]
            return np.asarray(function([*read, *columns]) & (1 << size) - 1)

        parts.append(builder.tabulate(inputs, row, size))
    return numbers.of_signal(concatenate(builder, parts[::-1], signed=signed), exponent)
