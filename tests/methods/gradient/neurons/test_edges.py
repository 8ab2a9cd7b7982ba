"""Edges neurons against loops over samples, sources and neurons."""

import math

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from reference.brevitas_models import exported_model, random_network

from logicjsc.frontend.onnx.tabulate import tabulate
from logicjsc.methods.gradient.config import NetworkConfig
from logicjsc.methods.gradient.families.edges import EdgesSettings
from logicjsc.methods.gradient.neurons.connectivity import connect
from logicjsc.methods.gradient.neurons.edges import EdgeNeurons
from logicjsc.netlist import SumLayer


def naive_edge(layer, source, neuron, value):
    """One edge's function of a number, before it is rounded."""
    slope, shift = layer.slope[source].tolist(), layer.shift[source].tolist()
    units = [math.tanh(a * value + b) for a, b in zip(slope, shift, strict=True)]
    weights = layer.edges.weight[source, :, neuron].tolist()
    terms = [weight * entry for weight, entry in zip(weights, [value, *units], strict=True)]
    return math.fsum([layer.edges.bias[source, neuron].item(), *terms])


@given(
    st.integers(1, 6), st.integers(1, 4), st.integers(1, 5), st.integers(2, 7), st.integers(0, 9)
)
@settings(max_examples=25, deadline=None)
def test_a_neuron_is_the_exact_sum_of_its_rounded_edges(sources, neurons, units, bits, seed):
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    connections = connect("random", sources, neurons, int(rng.integers(1, sources + 1)), rng)
    layer = EdgeNeurons(sources, connections, units, bits)
    values = rng.normal(size=(20, sources)).astype(np.float32)
    made = layer(torch.from_numpy(values)).detach().double().numpy()
    step, half = 2.0 ** (1 - bits), 1 << (bits - 1)
    wrong = 0
    for sample in range(20):
        for neuron in range(neurons):
            steps = 0
            for source in connections[neuron].tolist():
                exact = naive_edge(layer, source, neuron, float(values[sample, source])) / step
                steps += min(max(round(exact), -half), half - 1)
            assert made[sample, neuron] % step == 0
            wrong += made[sample, neuron] != steps * step
    # Rounding of float32 may decide a border.
    assert wrong <= 1


def test_a_pruned_edge_is_no_part_of_the_circuit_and_learns_no_more():
    config = NetworkConfig(
        neuron="edges",
        scores="sum",
        hidden=(5,),
        bits=2,
        fan_in=(6, 5),
        families={"edges": EdgesSettings(bits=4)},
    )
    network = random_network(config, 1)
    layer = network.layers[0].neurons
    assert layer.mask.sum() == 5 * 6
    gone = torch.zeros_like(layer.mask, dtype=torch.bool)
    source = int(layer.mask[:, 2].argmax())
    gone[source, 2] = True
    before = tabulate(exported_model(network), "before")
    layer.prune(gone)
    after = tabulate(exported_model(network), "after")
    adds = [
        sorted(
            fan_in
            for entry in netlist.layers
            if isinstance(entry, SumLayer) and entry.stage == 2
            for fan_in in [entry.fan_in] * entry.nodes
        )
        for netlist in (before, after)
    ]
    assert adds == [[6] * 5, [5] + [6] * 4]
    layer(torch.randn(30, 16)).square().sum().backward()
    assert not layer.edges.weight.grad[source, :, 2].any()
    assert layer.edges.weight.grad[source].any() == (layer.mask[source].sum() > 0)
