"""Which sources neurons read: dealt out evenly, or drawn; never one twice."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logicjsc.core.errors import ConfigError
from logicjsc.methods.gradient.neurons.connectivity import connect


@st.composite
def shapes(draw):
    sources = draw(st.integers(1, 70))
    return sources, draw(st.integers(1, 40)), draw(st.integers(1, min(sources, 8)))


def readers_of(connections, sources):
    counts = [0] * sources
    for row in connections.tolist():
        for source in row:
            counts[source] += 1
    return counts


@given(shapes(), st.integers(0, 100))
def test_covering_deals_the_sources_out_evenly(shape, seed):
    sources, neurons, fan_in = shape
    connections = connect("covering", *shape, np.random.default_rng(seed))
    counts = readers_of(connections, sources)
    assert max(counts) - min(counts) <= 1
    if neurons * fan_in >= sources:
        assert min(counts) >= 1
    assert sum(counts) == neurons * fan_in


@given(st.sampled_from(["covering", "random"]), shapes(), st.integers(0, 100))
def test_inputs_of_a_neuron_are_distinct_ascending_and_existing(kind, shape, seed):
    sources, neurons, fan_in = shape
    connections = connect(kind, *shape, np.random.default_rng(seed))
    assert connections.shape == (neurons, fan_in)
    assert connections.dtype == np.int64
    for row in connections.tolist():
        assert row == sorted(set(row))
        assert 0 <= row[0] <= row[-1] < sources


@pytest.mark.parametrize("kind", ["covering", "random"])
def test_the_seed_decides_everything(kind):
    first, again, other = (
        connect(kind, 64, 32, 3, np.random.default_rng(seed)) for seed in (5, 5, 6)
    )
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_random_draws_leave_sources_unread_where_covering_does_not():
    unread = {
        kind: readers_of(connect(kind, 64, 32, 3, np.random.default_rng(0)), 64).count(0)
        for kind in ("covering", "random")
    }
    assert unread["covering"] == 0
    assert unread["random"] > 5


def test_random_draws_reach_every_source_alike():
    counts = readers_of(connect("random", 10, 20_000, 3, np.random.default_rng(0)), 10)
    # 6,000 expected, with a standard deviation of 65.
    assert max(abs(count - 6000) for count in counts) < 400


@pytest.mark.parametrize("kind", ["covering", "random"])
def test_a_fan_in_larger_than_the_layer_is_refused(kind):
    with pytest.raises(ConfigError, match=r"fan_in = 5 is larger .*\(4 sources\); lower .* 4"):
        connect(kind, 4, 3, 5, np.random.default_rng(0))
    whole = connect(kind, 4, 3, 4, np.random.default_rng(0))
    np.testing.assert_array_equal(whole, [[0, 1, 2, 3]] * 3)
