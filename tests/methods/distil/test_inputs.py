"""Ranks and standardised features."""

import numpy as np
import pytest
from scipy.stats import norm

from logicjsc.methods.distil.inputs import network_inputs


def test_a_feature_is_given_as_rank_and_in_standard_deviations():
    rng = np.random.default_rng(0)
    features = rng.exponential(3.0, (5000, 2)).astype(np.float32)
    found = network_inputs(features)
    assert found.dtype == np.float32
    assert found.shape == (5000, 4)
    for place in range(2):
        rank = np.argsort(np.argsort(features[:, place])) / 4999
        inner = (rank > 0.01) & (rank < 0.99)
        expected = norm.ppf(rank[inner])
        assert found[inner, place] == pytest.approx(expected, abs=0.02)
        assert np.abs(found[:, place]).max() == pytest.approx(norm.ppf(0.999), rel=1e-4)
        apart = (features[:, place] - features[:, place].mean()) / features[:, place].std()
        assert found[:, 2 + place] == pytest.approx(apart.clip(-6, 6), abs=1e-4)


def test_ranks_do_not_change_with_the_scale_of_a_feature():
    rng = np.random.default_rng(1)
    feature = rng.normal(size=(4001, 1)).astype(np.float32)
    bent = np.exp(feature)
    assert network_inputs(bent)[:, 0] == pytest.approx(network_inputs(feature)[:, 0], abs=0.02)


def test_a_feature_that_never_changes_says_nothing():
    features = np.full((50, 1), 7.0, np.float32)
    found = network_inputs(features)
    assert np.isfinite(found).all()
    assert (found == found[0]).all()


def test_ranks_and_deviations_may_be_those_of_other_samples():
    features = np.random.default_rng(2).normal(size=(400, 3)).astype(np.float32)
    assert (network_inputs(features[:50], features) == network_inputs(features)[:50]).all()
