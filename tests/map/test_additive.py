import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference.linear_neurons import linear_table

from logicjsc.map.additive import UNBOUNDED, additive_forms, solve_labels

seeds = st.integers(0, 2**32 - 1)


@given(
    seeds,
    st.integers(7, 12),
    st.integers(1, 5),
    st.booleans(),
    st.sampled_from([0.5, 1.0, 2.5]),
)
@settings(deadline=None, max_examples=15)
def test_linear_neurons_are_sums(seed, bits, width, signed, spread):
    rng = np.random.default_rng(seed)
    table = linear_table(rng, bits, width, signed=signed, spread=spread)
    forms = additive_forms(table, width, cuts=4)
    # Rarely other cuts need labels that do not fit.
    assert 1 <= len(forms) <= 4
    for form in forms:
        np.testing.assert_array_equal(form.table(), table)
        assert sorted(bit for group in form.groups for bit in group) == list(range(bits))
        assert all(len(group) <= 6 and labels.min() >= 0 for group, labels in pairs(form))
    costs = [form.cost for form in forms]
    assert costs == sorted(costs)


@pytest.mark.parametrize(("bits", "width"), [(13, 3), (15, 7)])
def test_wide_neurons_are_sums_of_three(bits, width):
    rng = np.random.default_rng(bits)
    table = linear_table(rng, bits, width, signed=True)
    form = additive_forms(table, width, cuts=3)[0]
    assert len(form.groups) == 3
    np.testing.assert_array_equal(form.table(), table)


def test_labels_need_few_fractional_bits():
    rng = np.random.default_rng(1)
    forms = [additive_forms(linear_table(rng, 12, 3, signed=False), 3, cuts=1)[0] for _ in range(5)]
    assert max(form.fraction for form in forms) <= 7  # weights themselves would need twelve


def test_other_tables_are_none():
    rng = np.random.default_rng(2)
    assert additive_forms(rng.integers(0, 8, 4096), 3, cuts=10) == []
    assert additive_forms(rng.integers(0, 8, 1 << 13), 3, cuts=10) == []
    # A single wrong row is enough, if it lies where the sum cannot pass.
    table = linear_table(rng, 12, 3, signed=False)
    table[table.argmin()] = 7
    assert additive_forms(table, 3, cuts=10) == []


def test_tables_of_one_lut_or_too_many_bits_are_left_alone():
    rng = np.random.default_rng(3)
    assert additive_forms(linear_table(rng, 6, 2, signed=False), 2, cuts=2) == []
    assert additive_forms(np.zeros(1 << 19, np.uint32), 2, cuts=2) == []


def test_free_rows_may_be_anything():
    rng = np.random.default_rng(4)
    table = linear_table(rng, 10, 3, signed=False)
    free = rng.random(table.size) < 0.3
    spoiled = np.where(free, rng.integers(0, 8, table.size), table)
    form = additive_forms(spoiled, 3, cuts=3, free=free)[0]
    np.testing.assert_array_equal(form.table()[~free], table[~free])
    assert additive_forms(spoiled, 3, cuts=3, free=np.ones(table.size, np.bool_)) == []


@given(seeds, st.integers(1, 4), st.integers(1, 4))
@settings(deadline=None, max_examples=60)
def test_solving_labels_is_exact(seed, rows, columns):
    """Bounds around true labels are met; else no labels of a full search meet them either."""
    rng = np.random.default_rng(seed)
    lower = rng.integers(-3, 4, (rows, columns))
    upper = lower + rng.integers(0, 3, (rows, columns))
    lower[rng.random(lower.shape) < 0.2] = -UNBOUNDED
    upper[rng.random(upper.shape) < 0.2] = UNBOUNDED
    found = solve_labels(lower, upper)
    if found is not None:
        total = np.add.outer(*found)
        assert ((lower <= total) & (total <= upper)).all()
    else:
        assert has_bad_cycle(lower, upper)


def has_bad_cycle(lower, upper):
    """Floyd and Warshall's check of the same difference constraints, naively."""
    rows, columns = lower.shape
    size = rows + columns
    distance = [[0 if i == j else UNBOUNDED for j in range(size)] for i in range(size)]
    for i in range(rows):
        for j in range(columns):
            # row - (-column) <= upper, and (-column) - row <= -lower
            distance[rows + j][i] = int(upper[i, j])
            distance[i][rows + j] = -int(lower[i, j])
    for k in range(size):
        for i in range(size):
            for j in range(size):
                through = distance[i][k] + distance[k][j]
                distance[i][j] = min(distance[i][j], through)
    return any(distance[i][i] < 0 for i in range(size))


def pairs(form):
    return zip(form.groups, form.labels, strict=True)


def test_a_few_wanted_forms_are_among_the_best_of_all():
    rng = np.random.default_rng(3)
    for _ in range(2):
        table = linear_table(rng, 12, 3, signed=False)
        every = additive_forms(table, 3, cuts=12)
        wanted = additive_forms(table, 3, cuts=12, most=2)
        assert wanted[0].cost <= every[0].cost + 3
        # None has more fractional bits than both of the first two cuts.
        assert len(wanted) <= len(every)
        for form in wanted[:2]:
            np.testing.assert_array_equal(form.table(), table)
