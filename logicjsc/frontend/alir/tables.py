"""What is done with numbers by tables: look-ups and products."""

from __future__ import annotations

from typing import Final

import numpy as np

from logicjsc.core.errors import NetlistError
from logicjsc.frontend.alir.numbers import Number, Numbers, Term, fixed
from logicjsc.frontend.alir.program import Format, Table
from logicjsc.netlist.bit_fields import slice_bits
from logicjsc.netlist.builder import bits_for
from logicjsc.netlist.layers import MAX_ADDRESS_BITS, Array

_FACTOR: Final = 4
"""Bits of either factor that a table of a large product multiplies."""

_SMALL_PRODUCT: Final = 8
"""Address bits of a product that is one table."""

_MOST_LISTED: Final = 1 << 25
"""Numbers that are tried for the entries that a table is read at."""


def looked_up(numbers: Numbers, number: Number, table: Table, form: Format) -> Number:
    """What a table gives for a number of a format, whose lowest number is the first entry."""
    codes = _codes_of(table)
    low, high = numbers.range_of(number)
    left = number.exponent - form.exponent
    if left >= 0 and (low << left < form.low or high << left > form.high):
        # What lies outside does not occur; the program would refuse it.
        number = numbers.quantised(number, form.exponent, form.width, signed=form.signed)
        low, high = numbers.range_of(number)
        left = number.exponent - form.exponent
    if left < 0:
        raise NetlistError("it looks up a number whose step is finer than the table's")

    def indices(values: Array) -> Array:
        return np.asarray(np.clip((values << left) - form.low, 0, codes.size - 1))

    reached = codes[indices(np.arange(low, high + 1))] if high - low < _MOST_LISTED else codes
    joint = int(np.bitwise_or.reduce(reached))
    zeros = (joint & -joint).bit_length() - 1 if joint else 0
    exponent = table.format.exponent + zeros
    if number.signal is None or (reached == reached[0]).all():
        return fixed(int(reached[0]), table.format.exponent)
    width = numbers.builder.signal(number.signal).width
    if width > MAX_ADDRESS_BITS:
        raise NetlistError(
            f"it looks up a number of {width} bits, and a table has at most {MAX_ADDRESS_BITS}"
        )
    sign = -1 if number.negated else 1
    ends = int(reached.min()) >> zeros, int(reached.max()) >> zeros
    signed = ends[0] < 0
    made = numbers.builder.tabulate(
        [number.signal],
        # Codes that do not occur may get any entry that fits.
        lambda rows: np.clip(codes[indices(sign * rows[:, 0])] >> zeros, *ends),
        bits_for(*ends, signed=signed),
        signed=signed,
    )
    return numbers.of_signal(made, exponent)


def product(numbers: Numbers, one: Number, other: Number) -> Number:
    """A product: of a constant a sum, of two signals a table, or a sum of tables of their parts."""
    factors = [numbers.settled(number) for number in (one, other)]
    for factor, number in (factors, factors[::-1]):
        if factor.signal is None:
            return numbers.times(number, factor)
    widths = [numbers.builder.signal(_signal(factor)).width for factor in factors]
    small = sum(widths) <= _SMALL_PRODUCT
    parts = [[factor] if small else _parts_of(numbers, factor) for factor in factors]
    terms = []
    for first in parts[0]:
        for second in parts[1]:
            inputs = list(dict.fromkeys([_signal(first), _signal(second)]))
            terms.append(Term(_small_product(numbers, inputs, first.exponent + second.exponent)))
    return numbers.sum(terms)


def _parts_of(numbers: Numbers, number: Number) -> list[Number]:
    """A number as a sum of parts of few bits; only the highest has a sign."""
    signal = _signal(number)
    known = numbers.builder.signal(signal)
    if known.width <= _FACTOR:
        return [number]
    return [
        Number(
            number.exponent + place,
            slice_bits(
                numbers.builder,
                signal,
                place,
                min(_FACTOR, known.width - place),
                signed=known.signed and place + _FACTOR >= known.width,
            ),
        )
        for place in range(0, known.width, _FACTOR)
    ]


def _small_product(numbers: Numbers, inputs: list[int], exponent: int) -> Number:
    values = numbers.builder.addresses(inputs)
    products = values[:, 0] * values[:, -1]
    low, high = int(products.min()), int(products.max())
    made = numbers.builder.tabulate(
        inputs,
        lambda rows: rows[:, 0] * rows[:, -1],
        bits_for(low, high, signed=low < 0),
        signed=low < 0,
    )
    return numbers.of_signal(made, exponent)


def _signal(number: Number) -> int:
    if number.signal is None:
        raise NetlistError("a constant has no signal")
    return number.signal


def _codes_of(table: Table) -> Array:
    """The entries as numbers of the table's format."""
    width = table.format.width
    if not width:
        return np.zeros(table.codes.size, np.int64)
    codes = table.codes & (1 << width) - 1
    if table.format.signed:
        codes = codes - ((codes >> width - 1) << width)
    return np.asarray(codes)
