import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from reference.linear_neurons import linear_table

from logicjsc.map.additive import additive_forms
from logicjsc.map.completion import complete_table
from logicjsc.map.decision_diagram import diagram_size, good_orders, output_columns


def size_of(table: np.ndarray, width: int) -> int:
    columns = output_columns(table, width)
    return diagram_size(columns, good_orders(columns, np.random.default_rng(0), 1)[0])


@settings(deadline=None, max_examples=25)
@given(st.integers(1, 9), st.integers(1, 3), st.floats(0, 1), st.integers(0, 2**32 - 1))
def test_fixed_rows_stay(variables, width, part, seed):
    rng = np.random.default_rng(seed)
    table = rng.integers(0, 1 << width, 1 << variables).astype(np.uint8)
    free = rng.random(1 << variables) < part
    completed = complete_table(table, free, width)
    np.testing.assert_array_equal(completed[~free], table[~free])
    assert completed.dtype == table.dtype
    assert completed.max() < 1 << width


def test_a_neuron_that_adds_needs_less_with_free_rows():
    rng = np.random.default_rng(1)
    table = linear_table(rng, 12, 3, signed=False)
    free = rng.random(table.size) < 0.6
    completed = complete_table(table, free, 3)
    np.testing.assert_array_equal(completed[~free], table[~free])
    # The mapper tries the same cuts, so it finds the form again.
    before, after = (additive_forms(codes, 3, 10)[0].cost for codes in (table, completed))
    assert after < before - 3


def test_a_neuron_hidden_under_noise_is_found():
    rng = np.random.default_rng(2)
    free = rng.random(1 << 10) < 0.4
    table = linear_table(rng, 10, 2, signed=True)
    noisy = np.where(free, rng.integers(0, 4, table.size), table).astype(np.uint8)
    assert additive_forms(noisy, 2, 10) == []
    assert additive_forms(complete_table(noisy, free, 2), 2, 10)


def test_other_tables_follow_their_diagram():
    # A product of bits whose upper half was never seen and holds noise.
    rng = np.random.default_rng(3)
    rows = np.arange(256)
    product = ((rows & 7) * (rows >> 3 & 7) % 5 & 3).astype(np.uint8)
    table = np.where(rows < 128, product, rng.integers(0, 4, 256)).astype(np.uint8)
    completed = complete_table(table, rows >= 128, 2)
    np.testing.assert_array_equal(completed[:128], table[:128])
    assert size_of(completed, 2) < size_of(table, 2)


def test_a_wholly_free_table_becomes_constant():
    table = np.random.default_rng(0).integers(0, 4, 128).astype(np.uint8)
    assert not complete_table(table, np.ones(128, np.bool_), 2).any()
