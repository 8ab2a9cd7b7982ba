"""Connections that are exchanged: the fan-in stays, no source comes twice, and a loop agrees."""

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from reference.naive_wiring import naive_rewiring

from logicjsc.methods.gradient.network.rewiring import rewired
from logicjsc.methods.gradient.neurons.connectivity import connect


@st.composite
def layers(draw):
    sources = draw(st.integers(1, 20))
    neurons, fan_in = draw(st.integers(1, 8)), draw(st.integers(1, min(sources, 6)))
    seed = draw(st.integers(0, 10_000))
    connections = torch.from_numpy(
        connect("random", sources, neurons, fan_in, np.random.default_rng(seed))
    )
    draws = torch.Generator().manual_seed(seed)
    weight = torch.randn(neurons, fan_in, generator=draws)
    promise = torch.rand(neurons, sources, generator=draws)
    return weight, connections, promise, draw(st.integers(0, neurons * fan_in + 2))


@settings(deadline=None)
@given(layers())
def test_what_is_exchanged_is_what_a_loop_exchanges(layer):
    weight, connections, promise, count = layer
    change = rewired(*layer)
    naive = naive_rewiring(weight.tolist(), connections.tolist(), promise.tolist(), count)
    for neuron, wired in enumerate(naive):
        assert change.connections[neuron].tolist() == sorted(wired)
        for k, source in enumerate(change.connections[neuron].tolist()):
            is_new = wired[source] is None
            assert bool(change.is_new[neuron, k]) == is_new
            assert is_new or int(change.origin[neuron, k]) == wired[source]


@settings(deadline=None)
@given(layers())
def test_the_fan_in_stays_and_no_source_comes_twice(layer):
    _, connections, promise, count = layer
    change = rewired(*layer)
    neurons, fan_in = connections.shape
    sources = promise.shape[1]
    assert change.connections.shape == connections.shape
    for before, after in zip(connections.tolist(), change.connections.tolist(), strict=True):
        assert after == sorted(set(after))
        assert set(after) <= set(range(sources))
        assert set(before) & set(after), "the strongest stays"
    most = min(fan_in - 1, sources - fan_in)
    assert int(change.is_new.sum()) == min(count, neurons * most)


def test_neurons_without_weights_exchange_too():
    weight = torch.zeros(2, 3)
    connections = torch.tensor([[0, 1, 2], [2, 3, 4]])
    promise = torch.arange(12.0).view(2, 6)
    change = rewired(weight, connections, promise, 2)
    assert change.connections.tolist() == [[2, 4, 5], [2, 3, 4]]
