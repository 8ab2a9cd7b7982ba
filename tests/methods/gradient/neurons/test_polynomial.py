"""Polynomial neurons against a loop over samples, neurons and products."""

import math
from itertools import product

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from logicjsc.methods.gradient.neurons.connectivity import connect
from logicjsc.methods.gradient.neurons.polynomial import PolynomialNeurons, monomials


def exponents(inputs, degree):
    """Every tuple of exponents with a sum from 1 to ``degree``."""
    every = product(range(degree + 1), repeat=inputs)
    return {entry for entry in every if 1 <= sum(entry) <= degree}


@given(st.integers(1, 5), st.integers(1, 4))
@settings(max_examples=20)
def test_products_are_all_those_up_to_the_degree_once(inputs, degree):
    products = monomials(inputs, degree)
    found = {tuple(entry.count(place) for place in range(inputs)) for entry in products}
    assert found == exponents(inputs, degree)
    assert len(products) == len(found) == math.comb(inputs + degree, degree) - 1


@given(
    st.integers(1, 9), st.integers(1, 5), st.integers(1, 4), st.integers(1, 4), st.integers(0, 50)
)
@settings(max_examples=30, deadline=None)
def test_a_layer_equals_a_loop_over_its_products(sources, neurons, fan_in, degree, seed):
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    connections = connect("random", sources, neurons, min(fan_in, sources), rng)
    layer = PolynomialNeurons(connections, degree)
    values = rng.uniform(-1.5, 1.5, (6, sources)).astype(np.float32)
    sums = layer(torch.from_numpy(values)).tolist()
    weight, bias = layer.linear.weight.tolist(), layer.linear.bias.tolist()
    for sample, neuron in product(range(6), range(neurons)):
        inputs = [float(values[sample, source]) for source in connections[neuron]]
        terms = [
            factor * math.prod(inputs[place] for place in places)
            for (factor,), places in zip(
                weight[neuron], monomials(len(inputs), degree), strict=True
            )
        ]
        assert sums[sample][neuron] == pytest.approx(math.fsum([*bias[neuron], *terms]), abs=1e-5)


def test_degree_one_is_linear():
    connections = connect("random", 8, 5, 3, np.random.default_rng(0))
    layer = PolynomialNeurons(connections, 1)
    values = torch.randn(7, 8)
    dense = torch.zeros(5, 8).scatter(1, torch.from_numpy(connections), layer.linear.weight[..., 0])
    expected = values @ dense.T + layer.linear.bias[:, 0]
    np.testing.assert_allclose(layer(values).detach(), expected.detach(), atol=1e-6)
