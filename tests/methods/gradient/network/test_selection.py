"""Layers that learn their sources, against loops and formulas."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from reference.naive_wiring import (
    learning_network,
    naive_sparsity,
    naive_strongest,
    random_samples,
)
from torch import nn

from logicjsc.methods.gradient.config import NetworkConfig
from logicjsc.methods.gradient.network.selection import (
    SelectingLinear,
    layers_of,
    narrowed,
    sparsity_of,
    strongest,
)
from logicjsc.methods.gradient.neurons.sparse import SparseLinear

NETWORK = NetworkConfig(hidden=(10, 7), fan_in=(3, 4, 5), bits=(2, 2, 4), skips=((0, 2),))


def of_kind(kind):
    return NetworkConfig(**{**vars(NETWORK), "connectivity": kind})


@st.composite
def tables(draw):
    columns = draw(st.integers(1, 12))
    # Few different numbers, so that many are equal.
    row = st.lists(st.integers(-2, 2), min_size=columns, max_size=columns)
    return draw(st.lists(row, min_size=1, max_size=5)), draw(st.integers(1, columns))


@settings(deadline=None)
@given(tables())
def test_the_strongest_are_those_that_a_loop_finds(table):
    rows, count = table
    found = strongest(torch.tensor(rows, dtype=torch.float32), count)
    assert found.tolist() == [naive_strongest(row, count) for row in rows]


def test_a_dense_layer_keeps_its_largest_weights():
    for layer, fan_in in zip(
        layers_of(learning_network(of_kind("dense-top-k"))), (3, 4, 5), strict=True
    ):
        wide = layer.linear
        narrow, kept = narrowed(wide)
        sizes = wide.weight.abs().tolist()
        assert narrow.connections.tolist() == [naive_strongest(row, fan_in) for row in sizes]
        assert torch.equal(kept, narrow.connections), "a wide layer reads its sources in order"
        for neuron, sources in enumerate(narrow.connections.tolist()):
            for k, source in enumerate(sources):
                assert narrow.weight[neuron, k] == wide.weight[neuron, source]
        assert torch.equal(narrow.bias, wide.bias)
        assert type(narrow) is SparseLinear


def test_a_selection_starts_with_the_connections_it_is_given():
    fixed = layers_of(learning_network(of_kind("covering")))
    selecting = layers_of(learning_network(of_kind("straight-through")))
    for layer, other in zip(fixed, selecting, strict=True):
        chosen, _ = narrowed(other.linear)
        assert torch.equal(layer.linear.connections, chosen.connections)


def test_narrowing_a_selection_changes_no_score():
    network = learning_network(of_kind("straight-through")).eval()
    features, _ = random_samples(200)
    with torch.no_grad():
        for layer in layers_of(network):
            layer.linear.scores.copy_(torch.randn_like(layer.linear.scores))
        before = network(features)
        for layer in layers_of(network):
            layer.linear, _ = narrowed(layer.linear)
        assert torch.equal(network(features), before)


def test_the_selection_passes_its_gradient_straight_through():
    torch.manual_seed(0)
    layer = SelectingLinear(9, torch.tensor([[0, 1, 2], [3, 5, 8]]).numpy())
    with torch.no_grad():
        layer.scores.copy_(torch.randn(2, 9))
    values, wanted = torch.randn(50, 9), torch.randn(50, 2)
    ((layer(values) - wanted) ** 2).sum().backward()
    chosen = [naive_strongest(row, 3) for row in layer.scores.tolist()]
    weight = layer.weight.tolist()
    for neuron in range(2):
        for source in range(9):
            # The gradient of a weight in use, one sample after the other.
            gradient = 0.0
            for sample in range(50):
                total = layer.bias[neuron].item() + sum(
                    weight[neuron][entry] * values[sample, entry].item() for entry in chosen[neuron]
                )
                gradient += (
                    2 * (total - wanted[sample, neuron].item()) * values[sample, source].item()
                )
            of_weight = gradient if source in chosen[neuron] else 0.0
            assert layer.weight.grad[neuron, source].item() == pytest.approx(of_weight, abs=1e-3)
            of_score = gradient * weight[neuron][source]
            assert layer.scores.grad[neuron, source].item() == pytest.approx(of_score, abs=1e-3)


def test_sparsity_counts_the_sources_that_neurons_are_not_to_keep():
    network = learning_network(of_kind("dense-top-k"))
    layers = [layer.linear for layer in layers_of(network)]
    with torch.no_grad():
        layers[0].weight[3] = 0.0
    expected = sum(
        naive_sparsity(layer.weight.tolist(), fan_in)
        for layer, fan_in in zip(layers, (3, 4, 5), strict=True)
    )
    assert sparsity_of(network).item() == pytest.approx(expected, rel=1e-5)
    with torch.no_grad():
        for layer in layers:
            layer.weight.fill_(0.0)
            layer.weight[:, 1:5] = -0.25
    # Four sources each: one too many in the first layer, as many as wanted, and one too few.
    assert sparsity_of(network).item() == pytest.approx(10)
    sparsity_of(network).backward()
    assert all(layer.weight.grad.isfinite().all() for layer in layers)


def test_fixed_connectivity_stays_as_it_is():
    torch.manual_seed(0)
    for kind in ("covering", "random", "prune-and-regrow"):
        for layer in layers_of(learning_network(of_kind(kind))):
            assert type(layer.linear) is SparseLinear
            assert layer.linear.connections.shape == layer.linear.weight.shape
            assert layer.linear.weight.shape[1] in {3, 4, 5}
    dense = learning_network(NetworkConfig(kind="dense", hidden=(4,)))
    assert isinstance(dense, nn.Sequential)
