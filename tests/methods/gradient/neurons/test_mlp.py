"""Small networks inside neurons against loops over plain numbers."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from logicjsc.methods.gradient.neurons.connectivity import connect
from logicjsc.methods.gradient.neurons.mlp import MlpNeurons


def linear_map(module, neuron, vector):
    """One neuron's part of a grouped linear map."""
    weight = module.weight[neuron].tolist()
    outputs = [0.0] * len(weight[0]) if module.bias is None else module.bias[neuron].tolist()
    return [
        outputs[column]
        + sum(row[column] * entry for row, entry in zip(weight, vector, strict=True))
        for column in range(len(outputs))
    ]


def naive_neuron(layer, neuron, inputs, skip):
    """Spans of ``skip`` layers: rectified in between, the skip added, rectified after."""
    layers, skips = list(layer.layers), list(layer.skips)
    span = skip or len(layers)
    hidden = inputs
    for number, start in enumerate(range(0, len(layers), span)):
        begin = hidden
        for place, module in enumerate(layers[start : start + span]):
            if place:
                hidden = [max(entry, 0.0) for entry in hidden]
            hidden = linear_map(module, neuron, hidden)
        if skip:
            around = linear_map(skips[number], neuron, begin)
            hidden = [own + other for own, other in zip(hidden, around, strict=True)]
        if start + span < len(layers):
            hidden = [max(entry, 0.0) for entry in hidden]
    (result,) = hidden
    return result


@given(
    st.integers(1, 4), st.integers(1, 5), st.integers(1, 5), st.integers(0, 4), st.integers(0, 9)
)
@settings(max_examples=30, deadline=None)
def test_a_neuron_equals_its_network_written_out(fan_in, depth, width, skip, seed):
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    connections = connect("random", 6, 3, fan_in, rng)
    layer = MlpNeurons(connections, depth, width, skip)
    values = rng.normal(size=(4, 6)).astype(np.float32)
    made = layer(torch.from_numpy(values)).tolist()
    for sample in range(4):
        for neuron in range(3):
            inputs = values[sample, connections[neuron]].tolist()
            assert made[sample][neuron] == pytest.approx(
                naive_neuron(layer, neuron, inputs, skip), abs=1e-5
            )


def test_skips_cover_every_layer_once():
    connections = connect("random", 6, 3, 2, np.random.default_rng(0))
    shapes = [
        [tuple(skip.weight.shape) for skip in MlpNeurons(connections, depth, 8, skip).skips]
        for depth, skip in ((4, 2), (5, 2), (2, 4), (3, 0))
    ]
    assert shapes == [
        [(3, 2, 8), (3, 8, 1)],
        [(3, 2, 8), (3, 8, 8), (3, 8, 1)],
        [(3, 2, 1)],
        [],
    ]
