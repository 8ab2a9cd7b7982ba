import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logicjsc.errors import NetlistError
from logicjsc.map.completion import complete_netlist, complete_table, diagram_size_of
from logicjsc.netlist import Netlist, TableLayer, evaluate
from logicjsc.netlist.passes import DontCares, observed_dont_cares


@settings(deadline=None, max_examples=40)
@given(st.integers(1, 7), st.integers(1, 3), st.floats(0, 1), st.integers(0, 2**32 - 1))
def test_fixed_rows_stay_and_the_diagram_never_grows(variables, width, part, seed):
    rng = np.random.default_rng(seed)
    table = rng.integers(0, 1 << width, 1 << variables).astype(np.uint8)
    free = rng.random(1 << variables) < part
    completed = complete_table(table, free, width)
    np.testing.assert_array_equal(completed[~free], table[~free])
    assert completed.max() < 1 << width
    assert diagram_size_of(completed, width) <= diagram_size_of(table, width)


def test_a_hidden_simple_function_is_found():
    # The upper half of an and-gate's table was never seen and holds noise.
    rows = np.arange(64)
    table = np.where(rows < 32, rows & rows >> 1 & 1, rows * 7 >> 2 & 1).astype(np.uint8)
    completed = complete_table(table, rows >= 32, 1)
    np.testing.assert_array_equal(completed, rows & rows >> 1 & 1)


def test_a_wholly_free_table_becomes_constant():
    table = np.random.default_rng(0).integers(0, 4, 32).astype(np.uint8)
    assert not complete_table(table, np.ones(32, np.bool_), 2).any()


@pytest.fixture
def netlist() -> Netlist:
    rng = np.random.default_rng(2)
    layers = (
        TableLayer("one", 1, [[0, 1], [1, 2]], rng.integers(0, 4, (2, 16)), [2, 2], [False] * 2),
        TableLayer("two", 2, [[3, 4, 0]], rng.integers(0, 8, (1, 64)), [3], [False]),
    )
    return Netlist("n", ("a", "b", "c"), [2] * 3, [False] * 3, layers, [5])


def test_a_netlist_completed_on_what_was_observed_is_unchanged_there(netlist):
    rng = np.random.default_rng(3)
    seen = rng.integers(0, 4, (6, 3))
    free = observed_dont_cares(netlist, seen)
    completed = complete_netlist(netlist, free)
    np.testing.assert_array_equal(evaluate(completed, seen), evaluate(netlist, seen))
    everything = np.stack(np.meshgrid(*[np.arange(4)] * 3), axis=-1).reshape(-1, 3)
    assert (evaluate(completed, everything) != evaluate(netlist, everything)).any()
    assert (completed.layers[1].inputs == netlist.layers[1].inputs).all()


def test_free_rows_of_another_netlist_are_refused(netlist):
    with pytest.raises(NetlistError):
        complete_netlist(netlist, DontCares((None,)))
