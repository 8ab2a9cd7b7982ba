"""Lookup neurons against one table at a time, and their gradients against the definition."""

from itertools import product

import numpy as np
import pytest
import torch

from logicjsc.methods.gradient.neurons.connectivity import connect
from logicjsc.methods.gradient.neurons.lookup import LookupNeurons, finite_differences, multiplexed


def bits_of(rng, shape):
    return torch.from_numpy(rng.integers(0, 2, shape).astype(np.float32))


def naive_bit(contents, connections, row):
    """What one table says: whether the content at the address is above zero."""
    address = sum(int(row[source]) << place for place, source in enumerate(connections))
    return float(contents[address] > 0)


def naive_differences(contents, address):
    """Extended finite differences of one table's bits at one address, input by input."""
    fan_in = len(contents).bit_length() - 1
    gradients = []
    for place in range(fan_in):
        total = 0.0
        for other, content in enumerate(contents):
            distance = sum(
                (address >> bit & 1) != (other >> bit & 1) for bit in range(fan_in) if bit != place
            )
            sign = 1.0 if other >> place & 1 else -1.0
            total += sign * (content > 0) / (distance + 1)
        gradients.append(total)
    return gradients


@pytest.mark.parametrize("terms", [1, 3])
@pytest.mark.parametrize("training", [True, False])
def test_neurons_add_what_their_tables_say(terms, training):
    torch.manual_seed(terms)
    rng = np.random.default_rng(terms)
    connections = connect("random", 9, 4 * terms, 3, rng)
    layer = LookupNeurons(9, connections, terms, learned=False).train(training)
    values = bits_of(rng, (50, 9))
    made = layer(values)
    for sample, row in enumerate(values.tolist()):
        bits = [
            naive_bit(contents, wires, row)
            for contents, wires in zip(layer.contents.tolist(), connections.tolist(), strict=True)
        ]
        expected = [sum(bits[n * terms : (n + 1) * terms]) for n in range(4)]
        assert made[sample].tolist() == expected


def test_inputs_learn_by_extended_finite_differences_and_contents_straight_through():
    torch.manual_seed(5)
    rng = np.random.default_rng(5)
    connections = np.array([[2, 0, 1], [1, 3, 2]])
    layer = LookupNeurons(4, connections, 1, learned=False)
    values = bits_of(rng, (20, 4)).requires_grad_()
    weights = torch.from_numpy(rng.normal(size=(20, 2)).astype(np.float32))
    (layer(values) * weights).sum().backward()
    of_values, of_contents = np.zeros((20, 4)), np.zeros((2, 8))
    for sample, table in product(range(20), range(2)):
        wires = connections[table]
        row = values[sample].tolist()
        address = sum(int(row[source]) << place for place, source in enumerate(wires))
        weight = weights[sample, table].item()
        of_contents[table, address] += weight
        gradients = naive_differences(layer.contents[table].tolist(), address)
        for source, gradient in zip(wires, gradients, strict=True):
            of_values[sample, source] += weight * gradient
    np.testing.assert_allclose(values.grad, of_values, atol=1e-5)
    np.testing.assert_allclose(layer.contents.grad, of_contents, atol=1e-5)


def test_learned_wires_read_the_heaviest_source_and_learn_as_a_softmax_would():
    torch.manual_seed(6)
    rng = np.random.default_rng(6)
    connections = connect("random", 7, 3, 2, rng)
    layer = LookupNeurons(7, connections, 1, learned=True)
    assert layer.wires.connections.tolist() == connections.tolist()
    with torch.no_grad():
        layer.wires.weight[4, 3] = 9.0
    assert layer.wires.connections[1, 1].item() == 4
    values = bits_of(rng, (30, 7)).requires_grad_()
    chosen = layer.wires(values)
    flat = values.detach()[:, layer.wires.connections.flatten()]
    assert torch.equal(chosen.flatten(1), flat)
    weights = torch.randn(chosen.shape)
    (chosen * weights).sum().backward()
    soft = layer.wires.weight.detach().clone().requires_grad_()
    again = values.detach().clone().requires_grad_()
    mixed = again @ torch.softmax(soft, dim=0)
    (mixed * weights.flatten(1)).sum().backward()
    torch.testing.assert_close(layer.wires.weight.grad, soft.grad)
    torch.testing.assert_close(values.grad, again.grad)


@pytest.mark.parametrize("fan_in", [1, 2, 6])
def test_a_tree_of_multiplexers_looks_up(fan_in):
    rng = np.random.default_rng(fan_in)
    inputs, bits = bits_of(rng, (40, 3, fan_in)), bits_of(rng, (3, 1 << fan_in))
    made = multiplexed(inputs, bits)
    for sample, table in product(range(40), range(3)):
        row = inputs[sample, table].tolist()
        assert made[sample, table] == naive_bit(bits[table].tolist(), range(fan_in), row)


def test_finite_differences_of_one_input_are_a_plain_difference():
    assert finite_differences(1).tolist() == [[-1.0, -1.0], [1.0, 1.0]]
