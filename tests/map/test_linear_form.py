import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference.linear_neurons import linear_table

from logicjsc.map.additive import Bounds
from logicjsc.map.linear_form import linear_form


def bounds_of(table: np.ndarray, width: int) -> Bounds:
    return Bounds.of(table.astype(np.int64), np.ones(table.size, np.bool_), width)


@given(st.integers(0, 2**32 - 1), st.integers(4, 9), st.integers(1, 6))
@settings(deadline=None, max_examples=20)
def test_weights_lie_between_the_bounds_everywhere(seed, bits, width):
    table = linear_table(np.random.default_rng(seed), bits, width, signed=False)
    bounds = bounds_of(table, width)
    weights = linear_form(*bounds.floats())
    assert weights is not None
    assert weights.shape == (bits,)
    sums = np.array(
        [
            sum(weights[bit] for bit in range(bits) if address >> (bits - 1 - bit) & 1)
            for address in range(1 << bits)
        ]
    )
    # One constant fits all rows.
    assert (bounds.lower - sums).max() < (bounds.upper - sums).min()


@pytest.mark.parametrize("bits", [4, 8])
def test_tables_of_other_neurons_have_none(bits):
    rng = np.random.default_rng(bits)
    bounds = bounds_of(rng.integers(0, 4, 1 << bits), 2)
    assert linear_form(*bounds.floats()) is None
