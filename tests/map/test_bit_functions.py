import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from logicjsc.map.bit_functions import (
    as_signal,
    complement,
    evaluate,
    exclusive_or,
    from_values,
    joint_inputs,
    values,
    wire,
)
from logicjsc.map.lut_network import Lut


@st.composite
def functions(draw, most=3):
    inputs = draw(st.lists(st.integers(2, 7), max_size=most, unique=True))
    rows = 1 << len(inputs)
    return inputs, [draw(st.integers(0, 1)) for _ in range(rows)]


def by_hand(inputs, column, assignment):
    return column[sum(assignment[source] << place for place, source in enumerate(inputs))]


@settings(deadline=None)
@given(functions(), functions(), st.integers(0, 255))
def test_functions_are_what_their_values_say(one, other, drawn):
    assignment = {signal: drawn >> signal & 1 for signal in range(2, 8)}
    luts = [from_values(*one), from_values(*other)]
    expected = [by_hand(*one, assignment), by_hand(*other, assignment)]
    known = {signal: np.asarray(bit) for signal, bit in assignment.items()}
    assert [int(evaluate(lut, known)) for lut in luts] == expected
    assert int(evaluate(complement(luts[0]), known)) == 1 - expected[0]
    both = exclusive_or(*luts)
    assert int(evaluate(both, known)) == expected[0] ^ expected[1]
    inputs = joint_inputs(luts)
    index = sum(assignment[source] << place for place, source in enumerate(inputs))
    assert values(luts[0], inputs)[index] == expected[0]


@settings(deadline=None)
@given(functions())
def test_no_function_has_inputs_that_it_ignores(drawn):
    lut = from_values(*drawn)
    for place, _ in enumerate(lut.inputs):
        halves = [
            [lut.table >> row & 1 for row in range(1 << len(lut.inputs)) if row >> place & 1 == bit]
            for bit in (0, 1)
        ]
        assert halves[0] != halves[1]


def test_wires_and_constants_take_no_lut():
    assert as_signal(wire(5)) == 5
    assert [as_signal(wire(constant)) for constant in (0, 1)] == [0, 1]
    assert as_signal(complement(wire(5))) is None
    # The same table, but of two inputs.
    assert as_signal(Lut((4, 5), 0b10)) is None
    assert as_signal(exclusive_or(wire(5), wire(5))) == 0
