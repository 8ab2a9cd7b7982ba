import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference.gate_simulation import tree_value

from logicjsc.emit.c.gates import Gate, gates_of, size_of

ONES = {inputs: (1 << (1 << inputs)) - 1 for inputs in range(7)}


def proven(table, inputs):
    """The gates of a table, compared with it at every index."""
    tree = gates_of(table, inputs)
    assert all(tree_value(tree, index) == table >> index & 1 for index in range(1 << inputs))
    return tree


@pytest.mark.parametrize("inputs", [1, 2, 3])
def test_every_function_of_up_to_three_inputs_is_at_most_one_gate(inputs):
    for table in range(1, ONES[inputs]):
        assert size_of(proven(table, inputs)) <= 1


@settings(max_examples=300, deadline=None)
@given(table=st.integers(1, ONES[4] - 1))
def test_functions_of_four_inputs_are_at_most_three_gates(table):
    assert size_of(proven(table, 4)) <= 3


@settings(max_examples=30, deadline=None)
@given(inputs=st.integers(5, 6), data=st.data())
def test_larger_functions_are_no_more_than_a_tree_of_selections(inputs, data):
    table = data.draw(st.integers(1, ONES[inputs] - 1))
    assert size_of(proven(table, inputs)) <= {5: 7, 6: 15}[inputs]


def table_of(inputs, function):
    bits = (function([index >> bit & 1 for bit in range(inputs)]) for index in range(1 << inputs))
    return sum(int(value) << index for index, value in enumerate(bits))


@pytest.mark.parametrize(
    ("function", "gates"),
    [
        (all, 3),
        (any, 3),
        (lambda bits: sum(bits) & 1, 3),
        (lambda bits: bits[2], 0),
        (lambda bits: not bits[5], 1),
        (lambda bits: bits[bits[4] + 2 * bits[5]], 3),
        (lambda bits: sum(bits[:3]) > 1 and sum(bits[3:]) == 1, 3),
    ],
)
def test_well_known_functions_of_six_inputs_take_few_gates(function, gates):
    assert size_of(proven(table_of(6, function), 6)) == gates


def test_sizes_count_the_whole_tree():
    inner = Gate(0b1000, (0, 1), 1)
    assert size_of(3) == 0
    assert size_of(inner) == 1
    tree = proven(table_of(6, all), 6)
    found, waiting = 0, [tree]
    while waiting:
        current = waiting.pop()
        if isinstance(current, Gate):
            found += 1
            waiting += current.sources
    assert found == tree.size


@pytest.mark.parametrize("table", [0, ONES[6]])
def test_constants_have_no_gates(table):
    with pytest.raises(ValueError, match="constant"):
        gates_of(table, 6)
