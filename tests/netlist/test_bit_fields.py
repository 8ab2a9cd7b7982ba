"""Slices, concatenations, saturation and choice against integers, and what they cost."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logicjsc.core.errors import NetlistError
from logicjsc.map.mapper import map_netlist
from logicjsc.netlist import NetlistBuilder, SumLayer, evaluate
from logicjsc.netlist.bit_fields import (
    concatenate,
    multiplex,
    saturate,
    slice_bits,
    truncate,
    wrap,
)
from logicjsc.netlist.codes import values_of

WIDTHS = st.integers(1, 16)


def codes_of(width):
    """All codes of a width, or the corners and many between them."""
    if width <= 10:
        return np.arange(1 << width)
    rng = np.random.default_rng(width)
    ends = [0, 1, (1 << width - 1) - 1, 1 << width - 1, (1 << width) - 1]
    return np.append(ends, rng.integers(0, 1 << width, 500))


def run(builder, output, *columns):
    """Values of a network's output."""
    netlist = builder.build([output])
    found = evaluate(netlist, np.stack(columns, axis=1))[:, 0]
    known = builder.signal(output)
    values = values_of(found, known.width, signed=known.signed)
    # What the builder says of the range is never wrong.
    assert known.low <= values.min()
    assert values.max() <= known.high
    return values


def wrapped(values, width, signed):
    return values_of(values & ((1 << width) - 1), width, signed=signed)


@given(WIDTHS, st.booleans(), st.integers(0, 20), WIDTHS, st.booleans())
def test_a_slice_is_a_shift_and_a_remainder(width, signed, low, size, as_signed):
    builder = NetlistBuilder("slice")
    number = builder.input("x", width, signed=signed)
    part = slice_bits(builder, number, low, size, signed=as_signed)
    codes = codes_of(width)
    expected = wrapped(values_of(codes, width, signed=signed) >> low, size, as_signed)
    np.testing.assert_array_equal(run(builder, part, codes), expected)


@given(WIDTHS, st.booleans(), WIDTHS, st.booleans())
def test_saturation_is_the_nearest_number(width, signed, size, as_signed):
    builder = NetlistBuilder("saturate")
    number = builder.input("x", width, signed=signed)
    near = saturate(builder, number, size, signed=as_signed)
    codes = codes_of(width)
    low, high = (-(1 << size - 1), (1 << size - 1) - 1) if as_signed else (0, (1 << size) - 1)
    expected = np.clip(values_of(codes, width, signed=signed), low, high)
    np.testing.assert_array_equal(run(builder, near, codes), expected)


def test_the_widest_numbers_are_saturated():
    builder = NetlistBuilder("wide")
    number = builder.input("x", 32, signed=True)
    near = saturate(builder, number, 3, signed=True)
    values = np.array([-(1 << 31), -5, -4, -1, 0, 3, 4, 8, (1 << 31) - 1])
    found = run(builder, near, values & 0xFFFFFFFF)
    assert found.tolist() == [-4, -4, -4, -1, 0, 3, 3, 3, 3]


@given(st.lists(st.tuples(st.integers(1, 6), st.booleans()), min_size=1, max_size=4), st.booleans())
def test_a_concatenation_is_the_codes_side_by_side(parts, as_signed):
    builder = NetlistBuilder("side by side")
    numbers = [
        builder.input(f"x{place}", width, signed=signed)
        for place, (width, signed) in enumerate(parts)
    ]
    rng = np.random.default_rng(0)
    columns = [rng.integers(0, 1 << width, 200) for width, _ in parts]
    expected = np.zeros(200, np.int64)
    for (width, _), column in zip(parts, columns, strict=True):
        expected = expected << width | column
    total = sum(width for width, _ in parts)
    together = concatenate(builder, numbers, signed=as_signed)
    found = run(builder, together, *columns)
    np.testing.assert_array_equal(found, wrapped(expected, total, as_signed))


@given(WIDTHS, st.booleans(), WIDTHS, st.booleans(), st.integers(0, 16))
def test_a_multiplexer_chooses(width, signed, other, other_signed, size):
    builder = NetlistBuilder("choose")
    select = builder.input("s")
    one = builder.input("a", width, signed=signed)
    zero = builder.input("b", other, signed=other_signed)
    chosen = multiplex(builder, select, when_one=one, when_zero=zero, width=size)
    rng = np.random.default_rng(0)
    choice = rng.integers(0, 2, 300)
    a, b = rng.integers(0, 1 << width, 300), rng.integers(0, 1 << other, 300)
    expected = np.where(
        choice, values_of(a, width, signed=signed), values_of(b, other, signed=other_signed)
    )
    if size:
        expected = wrapped(expected, size, signed or other_signed)
    np.testing.assert_array_equal(run(builder, chosen, choice, a, b), expected)


@pytest.mark.parametrize("adders", ["lut", "carry", "best"])
def test_wires_take_no_luts(cache, adders):
    builder = NetlistBuilder("wires")
    wide = builder.input("a", 20, signed=True)
    narrow = builder.input("b", 9)
    parts = [
        slice_bits(builder, wide, 3, 15),
        wrap(builder, wide, 30, signed=True),  # copies of the sign
        truncate(builder, wide, 4),
        concatenate(builder, [narrow, wide, slice_bits(builder, wide, 18, 2)]),
        concatenate(builder, [wide, narrow], signed=True),
        builder.add([narrow], shifts=[3], offset=5),  # a constant where there are no bits
    ]
    netlist = builder.build(parts)
    assert {type(layer) for layer in netlist.layers} == {SumLayer}
    mapped = map_netlist(netlist, effort="low", adders=adders, jobs=1, cache=cache)
    assert [lut for layer in mapped.layers for lut in layer.network.luts] == []
    rng = np.random.default_rng(0)
    codes = np.stack([rng.integers(0, 1 << 20, 500), rng.integers(0, 1 << 9, 500)], axis=1)
    np.testing.assert_array_equal(mapped.evaluate(codes), evaluate(netlist, codes))


def test_saturation_and_choice_take_a_lut_per_bit(cache):
    builder = NetlistBuilder("small")
    number = builder.input("a", 16, signed=True)
    other = builder.input("b", 16, signed=True)
    select = builder.input("s")
    near = saturate(builder, number, 8, signed=True)
    netlist = builder.build([near])
    mapped = map_netlist(netlist, effort="low", jobs=1, cache=cache)
    assert mapped.luts <= 8 + 6
    chosen = multiplex(builder, select, when_one=number, when_zero=other)
    mapped = map_netlist(builder.build([chosen]), effort="low", jobs=1, cache=cache)
    assert mapped.luts == 16


def test_a_proven_range_spares_bits_and_stays_exact():
    builder = NetlistBuilder("proven")
    a = builder.input("a", 4)
    small = builder.tabulate([a], lambda rows: rows[:, 0] % 5, 4)  # at most 4 of 15
    assert builder.signal(builder.add([small, small])).width == 5
    tight = builder.add([small, small], wraps=True)
    assert builder.signal(tight).width == 4
    known = builder.add([a, tight], wraps=True, within=(0, 7))
    assert (builder.signal(known).width, builder.signal(known).high) == (3, 7)
    codes = np.arange(16)
    np.testing.assert_array_equal(run(builder, tight, codes), 2 * (codes % 5))


REFUSED = {
    "a slice from bit -1 on": lambda b, x: slice_bits(b, x, -1, 2),
    "a sum is 33 bits wide": lambda b, x: wrap(b, x, 33, signed=False),
    "4 bits cannot be taken from a signal of 4": lambda b, x: truncate(b, x, 4),
    "0 signals of 0 bits side by side": lambda b, _: concatenate(b, []),
    "9 signals of 36 bits side by side": lambda b, x: concatenate(b, [x] * 9),
    "must be one bit": lambda b, x: multiplex(b, x, when_one=x, when_zero=x),
    "drops all bits of an input": lambda b, x: b.add([x], shifts=[-4]),
}


@pytest.mark.parametrize("message", REFUSED)
def test_what_no_number_has_is_refused(message):
    builder = NetlistBuilder("refused")
    number = builder.input("x", 4)
    with pytest.raises(NetlistError, match=re.escape(message)):
        REFUSED[message](builder, number)
