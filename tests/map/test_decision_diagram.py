import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logicjsc.map.decision_diagram import diagram_size, good_orders, output_columns


def naive_size(columns: np.ndarray, order: tuple[int, ...]) -> int:
    """Distinct cofactors that depend on their first variable, collected recursively."""
    seen = set()

    def visit(function: np.ndarray) -> None:
        if function.ndim == 0:
            return
        low, high = function[0], function[1]
        if not np.array_equal(low, high):
            key = (function.ndim, function.tobytes())
            if key in seen:
                return
            seen.add(key)
        visit(low)
        visit(high)

    for column in columns:
        visit(np.ascontiguousarray(column.transpose(order)))
    return len(seen)


@settings(deadline=None, max_examples=40)
@given(st.integers(1, 6), st.integers(1, 3), st.integers(0, 2**32 - 1))
def test_size_equals_a_recursive_count_for_any_order(variables, width, seed):
    rng = np.random.default_rng(seed)
    # Few distinct codes, so that cofactors repeat.
    table = rng.integers(0, 2, 1 << variables) * rng.integers(0, 1 << width)
    columns = output_columns(table.astype(np.uint32), width)
    order = tuple(rng.permutation(variables).tolist())
    assert diagram_size(columns, order) == naive_size(columns, order)


def test_the_first_variable_is_the_highest_bit_of_the_address():
    columns = output_columns(np.array([0, 0, 1, 1], np.uint32), 1)
    np.testing.assert_array_equal(columns[0], [[0, 0], [1, 1]])


def test_sifting_finds_the_best_order_of_a_function_known_to_need_it():
    # x0 x3 + x1 x4 + x2 x5 needs 6 nodes in pairs and 14 in the order as given (Bryant 1986).
    addresses = np.arange(64)
    bit = [(addresses >> (5 - place)) & 1 for place in range(6)]
    table = (bit[0] & bit[3]) | (bit[1] & bit[4]) | (bit[2] & bit[5])
    columns = output_columns(table.astype(np.uint32), 1)
    assert diagram_size(columns, range(6)) == 14
    best = min(diagram_size(columns, order) for order in itertools.permutations(range(6)))
    orders = good_orders(columns, np.random.default_rng(0), starts=3)
    assert diagram_size(columns, orders[0]) == best == 6


def test_orders_are_distinct_permutations_best_first_and_repeatable():
    table = np.random.default_rng(3).integers(0, 4, 256).astype(np.uint32)
    columns = output_columns(table, 2)
    orders = good_orders(columns, np.random.default_rng(1), starts=5)
    assert orders == good_orders(columns, np.random.default_rng(1), starts=5)
    assert len(set(orders)) == len(orders)
    assert all(sorted(order) == list(range(8)) for order in orders)
    sizes = [diagram_size(columns, order) for order in orders]
    assert sizes == sorted(sizes)
    assert sizes[0] <= diagram_size(columns, range(8))


@pytest.mark.parametrize("value", [0, 1])
def test_constants_need_no_nodes(value):
    columns = output_columns(np.full(16, value, np.uint32), 1)
    assert diagram_size(columns, range(4)) == 0
