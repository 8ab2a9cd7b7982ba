"""Adders, comparators and tables of gates, against numbers."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from reference.blif_simulation import simulate

from logicjsc.check.formal.gates import Gate
from logicjsc.check.formal.logic import ONE, ZERO, Logic
from logicjsc.check.formal.translate import write_gates

WIDTH = 5
WORDS = st.integers(0, (1 << WIDTH) - 1)
NAMES = [f"{letter}{bit}" for letter in "ab" for bit in range(WIDTH)]
LEFT, RIGHT = NAMES[:WIDTH], NAMES[WIDTH:]


def value(logic, wires, left, right):
    """The word on some wires, for two words that go in."""
    outputs = [f"y{bit}" for bit in range(len(wires))]
    for wire, output in zip(wires, outputs, strict=True):
        logic.name(wire, output)
    bits = [left >> bit & 1 for bit in range(WIDTH)] + [right >> bit & 1 for bit in range(WIDTH)]
    found = simulate(logic.text("m", NAMES, outputs), dict(zip(NAMES, bits, strict=True)))
    return sum(found[output] << bit for bit, output in enumerate(outputs))


def signed(word):
    return word - (1 << WIDTH) * (word >> (WIDTH - 1))


@given(left=WORDS, right=WORDS, subtract=st.booleans())
def test_sums_are_modulo_their_width(left, right, subtract):
    logic = Logic("g")
    wires = logic.add(LEFT, RIGHT, subtract=subtract)
    wanted = left - right if subtract else left + right
    assert value(logic, wires, left, right) == wanted % (1 << WIDTH)


@given(left=WORDS, right=WORDS, is_signed=st.booleans())
def test_the_larger_of_two_words(left, right, is_signed):
    logic = Logic("g")
    wire = logic.larger(LEFT, RIGHT, signed=is_signed)
    pair = (signed(left), signed(right)) if is_signed else (left, right)
    assert value(logic, [wire], left, right) == (pair[0] > pair[1])


@given(left=WORDS, right=WORDS, seed=st.integers(0, 99), bits=st.integers(1, 2 * WIDTH))
def test_a_table_of_few_and_of_many_bits(left, right, seed, bits):
    logic = Logic("g")
    columns = np.random.default_rng(seed).integers(0, 2, (2, 1 << bits), np.uint8)
    wires = logic.table(NAMES[:bits][::-1], columns)
    index = (left | right << WIDTH) & ((1 << bits) - 1)
    assert value(logic, wires, left, right) == columns[0, index] | columns[1, index] << 1


COMPARED = {
    "$gt": lambda a, b: a > b,
    "$ge": lambda a, b: a >= b,
    "$lt": lambda a, b: a < b,
    "$le": lambda a, b: a <= b,
}


@given(left=WORDS, right=WORDS, is_signed=st.booleans(), kind=st.sampled_from(sorted(COMPARED)))
def test_comparisons_of_yosys(left, right, is_signed, kind):
    logic, names = Logic("g"), {0: ZERO, 1: ONE, **{2 + n: name for n, name in enumerate(NAMES)}}
    ports = {"A": tuple(range(2, 7)), "B": tuple(range(7, 12)), "Y": (50, 51)}
    write_gates(logic, [Gate(kind, ports, signed=is_signed)], names)
    pair = (signed(left), signed(right)) if is_signed else (left, right)
    wanted = COMPARED[kind](*pair)
    assert value(logic, [names[50], names[51]], left, right) == wanted


@given(left=WORDS, right=WORDS, is_signed=st.booleans(), kind=st.sampled_from(["$add", "$sub"]))
def test_a_wide_result_has_the_sign_of_its_operands(left, right, is_signed, kind):
    logic, names = Logic("g"), {0: ZERO, 1: ONE, **{2 + n: name for n, name in enumerate(NAMES)}}
    outputs = tuple(range(50, 57))
    ports = {"A": tuple(range(2, 7)), "B": tuple(range(7, 12)), "Y": outputs}
    write_gates(logic, [Gate(kind, ports, signed=is_signed)], names)
    pair = (signed(left), signed(right)) if is_signed else (left, right)
    wanted = pair[0] + pair[1] if kind == "$add" else pair[0] - pair[1]
    assert value(logic, [names[net] for net in outputs], left, right) == wanted % (1 << 7)
