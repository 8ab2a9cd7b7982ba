"""Sparse layers against neuron by neuron loops, and against the same sums gathered."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from logicjsc.methods.gradient.network.inputs import InputBlock
from logicjsc.methods.gradient.network.scaling import Standardise, Unscale
from logicjsc.methods.gradient.neurons.connectivity import connect
from logicjsc.methods.gradient.neurons.quantisers import (
    signed_quantiser,
    unsigned_quantiser,
    value_of,
)
from logicjsc.methods.gradient.neurons.sparse import SparseLayer, SparseLinear


def sparse_linear(sources=12, neurons=7, fan_in=3, seed=0):
    torch.manual_seed(seed)
    connections = connect("random", sources, neurons, fan_in, np.random.default_rng(seed))
    return SparseLinear(sources, connections)


def values_for(linear, samples=9, seed=1):
    return torch.from_numpy(
        np.random.default_rng(seed).normal(size=(samples, linear.sources)).astype(np.float32)
    )


@given(st.integers(1, 20), st.integers(1, 9), st.integers(1, 5), st.integers(0, 50))
@settings(max_examples=30)
def test_a_layer_equals_a_loop_over_its_neurons(sources, neurons, fan_in, seed):
    linear = sparse_linear(sources, neurons, min(fan_in, sources), seed)
    values = values_for(linear)
    sums = linear(values).tolist()
    for sample, row in enumerate(values.tolist()):
        for neuron in range(neurons):
            expected = linear.bias[neuron].item() + math.fsum(
                weight * row[source]
                for weight, source in zip(
                    linear.weight[neuron].tolist(),
                    linear.connections[neuron].tolist(),
                    strict=True,
                )
            )
            assert sums[sample][neuron] == pytest.approx(expected, abs=1e-5)


def test_an_ordinary_layer_has_the_same_function():
    linear = sparse_linear()
    dense = linear.to_dense()
    assert type(dense) is torch.nn.Linear
    values = values_for(linear)
    np.testing.assert_array_equal(dense(values).detach().numpy(), linear(values).detach().numpy())
    assert int((dense.weight != 0).sum()) == 7 * 3
    # A copy: training one leaves the other alone.
    with torch.no_grad():
        dense.weight.zero_()
    assert linear.weight.abs().sum() > 0


def test_gradients_equal_those_of_gathered_sums():
    linear = sparse_linear()
    values, weights = values_for(linear), values_for(linear, seed=2)[:, :7]
    gathered_values = values.clone().requires_grad_()
    weight = linear.weight.detach().clone().requires_grad_()
    bias = linear.bias.detach().clone().requires_grad_()
    sums = (gathered_values[:, linear.connections] * weight).sum(dim=2) + bias
    (sums * weights).sum().backward()
    values.requires_grad_()
    (linear(values) * weights).sum().backward()
    for ours, theirs in ((linear.weight, weight), (linear.bias, bias), (values, gathered_values)):
        np.testing.assert_allclose(ours.grad.numpy(), theirs.grad.numpy(), rtol=1e-5, atol=1e-6)


def test_only_existing_weights_are_parameters_and_start_within_the_fan_ins_bound():
    linear = sparse_linear(sources=50, neurons=400, fan_in=4)
    assert sum(parameter.numel() for parameter in linear.parameters()) == 400 * 4 + 400
    for parameter in linear.parameters():
        assert 0.45 < parameter.abs().max().item() <= 0.5
        assert abs(parameter.mean().item()) < 0.05


def test_a_sparse_layer_normalises_and_then_quantises():
    linear = sparse_linear()
    layer = SparseLayer(linear, unsigned_quantiser(3, 1.61)).eval()
    generator = torch.Generator().manual_seed(3)
    with torch.no_grad():
        for name, tensor in layer.norm.state_dict().items():
            if name != "num_batches_tracked":
                tensor.uniform_(0.5, 1.5, generator=generator)
        values = values_for(linear)
        codes = layer(values).int().numpy()
        norm = {name: tensor.double().numpy() for name, tensor in layer.norm.state_dict().items()}
        sums = linear(values).double().numpy()
    normalised = (sums - norm["running_mean"]) / np.sqrt(norm["running_var"] + 1e-5)
    normalised = normalised * norm["weight"] + norm["bias"]
    expected = np.clip(np.round(normalised / (1.61 / 7)), 0, 7)
    np.testing.assert_array_equal(codes, expected)
    assert len(np.unique(codes)) > 3


def test_the_input_block_normalises_adds_its_bias_and_quantises():
    block = InputBlock(4, signed_quantiser(3, 1.0), -0.25).eval()
    block.norm.running_mean.fill_(0.5)
    block.norm.running_var.fill_(4.0)
    features = np.array([[0.1, -0.2, 1.6, 4.0], [-3.0, 0.7, 0.0, 2.1]])
    with torch.no_grad():
        values = value_of(block(torch.tensor(features, dtype=torch.float32))).numpy()
    expected = np.clip(np.round(((features - 0.5) / 2 - 0.25) / 0.25), -4, 3) * 0.25
    np.testing.assert_allclose(values, expected, atol=1e-6)


def test_standardising_is_part_of_the_network_but_not_learned():
    standardise = Standardise((1.0, -2.0), (2.0, 0.5))
    values = standardise(torch.tensor([[1.0, -2.0], [5.0, -1.0]]))
    assert values.tolist() == [[0.0, 0.0], [2.0, 2.0]]
    assert not list(standardise.parameters())
    assert set(standardise.state_dict()) == {"mean", "deviation"}


def test_values_are_given_in_their_units_but_the_scale_is_not_learned():
    unscale = Unscale((20.0, -1.0), (7.0, 0.5))
    values = unscale(torch.tensor([[0.0, 0.0], [2.0, -4.0]]))
    assert values.tolist() == [[20.0, -1.0], [34.0, -3.0]]
    assert not list(unscale.parameters())
    assert set(unscale.state_dict()) == {"mean", "deviation"}
