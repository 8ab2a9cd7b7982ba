"""Confidence intervals, against scipy's."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from logicjsc.dataset.confidence import wilson_interval


@given(st.integers(1, 100_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_intervals_are_those_of_scipy(case):
    chosen, samples = case
    low, high = wilson_interval(chosen, samples)
    theirs = binomtest(chosen, samples).proportion_ci(0.95, method="wilson")
    assert low == pytest.approx(theirs.low, abs=1e-12)
    assert high == pytest.approx(theirs.high, abs=1e-12)
    assert 0 <= low <= chosen / samples <= high <= 1
