"""Splines on codes: they add up to 1, are local, and narrow where the samples are."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logicjsc.methods.prune.splines import spline_basis


@given(st.integers(3, 32), st.lists(st.integers(0, 10_000), min_size=32, max_size=32))
@settings(max_examples=50, deadline=None)
def test_splines_add_up_to_one_and_at_most_three_of_them_are_not_zero(knots, counts):
    for given_counts in (None, np.array(counts)):
        basis = spline_basis(32, knots, given_counts)
        assert basis.shape == (32, knots)
        assert basis.dtype == np.float32
        assert (basis >= 0).all()
        np.testing.assert_allclose(basis.sum(axis=1), 1, atol=1e-6)
        for row in basis:
            there = np.flatnonzero(row)
            assert len(there) <= 3
            assert there[-1] - there[0] <= 2


def centers(basis):
    """Mean code of each spline."""
    weights = basis / basis.sum(axis=0)
    return weights.T @ np.arange(32)


def test_without_counts_splines_are_evenly_placed():
    basis = spline_basis(32, 10)
    np.testing.assert_allclose(basis, basis[::-1, ::-1], atol=1e-6)
    assert np.diff(centers(basis))[2:-2] == pytest.approx(4, abs=0.1)


def test_splines_are_dense_where_the_samples_are():
    counts = np.ones(32)
    counts[20:24] = 1000
    even, dense = spline_basis(32, 10), spline_basis(32, 10, counts)
    there = [int((basis[18:26] > 0.1).any(axis=0).sum()) for basis in (even, dense)]
    assert there[1] >= there[0] + 2
    # The others are not without any.
    assert (dense[:16] > 0.2).any(axis=0).sum() >= 2


def test_counts_of_no_samples_are_no_counts():
    assert (spline_basis(32, 7, np.zeros(32)) == spline_basis(32, 7)).all()
