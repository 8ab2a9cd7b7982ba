"""Stacked networks against the modules they are made of."""

import copy

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from logicjsc.dataset import Scaler
from logicjsc.methods.gradient.config import NetworkConfig
from logicjsc.methods.gradient.engines.stacked import Quantise, StackedNetwork
from logicjsc.methods.gradient.network.blocks import Activation
from logicjsc.methods.gradient.network.network import build_network
from logicjsc.methods.gradient.neurons.quantisers import (
    signed_quantiser,
    unsigned_quantiser,
    value_of,
)
from logicjsc.tasks.jets.arrange import SCHEMA

SCALER = Scaler((0.0,) * 16, (1.0,) * 16)
SHAPES = {
    "sparse": NetworkConfig(hidden=(10, 7), fan_in=(3, 10, 5), bits=(2, 1, 4)),
    "skips": NetworkConfig(hidden=(6, 5, 4), fan_in=4, skips=((0, 2), (1, 4), (2, 4)), bits=3),
    "dense": NetworkConfig(kind="dense", hidden=(12, 8)),
}


def members_of(shape, count=3):
    networks = []
    for seed in range(count):
        torch.manual_seed(seed)
        config = SHAPES[shape]
        network = build_network(
            NetworkConfig(**{**vars(config), "connectivity_seed": seed}), SCALER, SCHEMA.target
        )
        with torch.no_grad():
            for name, entry in [*network.named_parameters(), *network.named_buffers()]:
                if entry.ndim == 1 and (entry.requires_grad or "running" in name):
                    entry.add_(0.3 * torch.rand_like(entry))
        networks.append(network)
    return networks


@pytest.mark.parametrize("signed", [True, False])
@given(bits=st.integers(1, 8), reach=st.floats(0.1, 4.0), seed=st.integers(0, 99))
@settings(max_examples=30, deadline=None)
def test_quantise_has_the_values_and_gradients_of_brevitas(signed, bits, reach, seed):
    make = signed_quantiser if signed else unsigned_quantiser
    highest = float(2 ** (bits - 1) - 1 if signed else 2**bits - 1)
    lowest = -highest - 1 if signed else 0.0
    activation = Activation(
        "signed" if signed else "unsigned", lowest, highest, -lowest if signed else highest
    )
    torch.manual_seed(seed)
    values = [(2 * torch.randn(2, 5, 40)).requires_grad_() for _ in range(2)]
    with torch.no_grad():
        values[0][0, 0, :2] = torch.tensor([0.0, 1e9])
        values[1].copy_(values[0])
    weights = torch.randn(2, 5, 40)
    # Each member has a range of its own, here even a negative one.
    ranges = torch.tensor([reach, -0.7 * reach])[:, None, None].requires_grad_()
    ours = Quantise.apply(values[0], ranges, activation)
    (ours * weights).sum().backward()
    for index in range(2):
        quantiser = make(bits, 1.0)
        (learned,) = quantiser.parameters()
        learned.data.copy_(ranges[index].detach().squeeze())
        theirs = value_of(quantiser(values[1][index]))
        (theirs * weights[index]).sum().backward()
        assert torch.equal(ours[index], theirs)
        torch.testing.assert_close(ranges.grad[index].squeeze(), learned.grad, rtol=1e-5, atol=1e-4)
    torch.testing.assert_close(values[0].grad, values[1].grad)


@pytest.mark.parametrize("shape", SHAPES)
def test_scores_gradients_and_statistics_are_those_of_the_modules(shape):
    networks = members_of(shape)
    stacked = StackedNetwork(networks)
    features = torch.randn(3, 200, 16)
    weights = torch.randn(3, 200, 5)
    weights -= weights.mean(dim=2, keepdim=True)  # as those of a softmax, which sum to zero
    scores = stacked.scores(features.transpose(1, 2), training=True).transpose(1, 2)
    (scores * weights).sum().backward()
    for row, network in enumerate(networks):
        network.train()
        expected = network(features[row])
        (expected * weights[row]).sum().backward()
        torch.testing.assert_close(scores[row], expected, rtol=1e-5, atol=1e-5)
        given = stacked.parameters.grad[row].split([p.numel() for p in network.parameters()])
        for (name, parameter), gradient in zip(network.named_parameters(), given, strict=True):
            if name.endswith(("linear.bias", "score_bias")):  # they change nothing
                assert not gradient.any()
                continue
            torch.testing.assert_close(
                gradient.view_as(parameter), parameter.grad, rtol=1e-4, atol=1e-4, msg=name
            )
    for index, (mean, variance) in enumerate(stacked.statistics):
        norms = [
            [module for module in network.modules() if isinstance(module, nn.BatchNorm1d)][index]
            for network in networks
        ]
        torch.testing.assert_close(mean, torch.cat([norm.running_mean for norm in norms]))
        torch.testing.assert_close(variance, torch.cat([norm.running_var for norm in norms]))


@pytest.mark.parametrize("shape", SHAPES)
def test_evaluation_is_that_of_the_modules_and_changes_nothing(shape):
    networks = members_of(shape)
    stacked = StackedNetwork(networks)
    before = [tuple(part.clone() for part in pair) for pair in stacked.statistics]
    features = torch.randn(3, 50, 16)
    scores = stacked.scores(features.transpose(1, 2), training=False)
    for row, network in enumerate(networks):
        expected = network.eval()(features[row])
        torch.testing.assert_close(scores[row].T, expected, rtol=1e-5, atol=1e-5)
    for ours, theirs in zip(stacked.statistics, before, strict=True):
        assert all(map(torch.equal, ours, theirs))


def test_what_is_written_is_what_was_read():
    networks = members_of("skips")
    before = [copy.deepcopy(network.state_dict()) for network in networks]
    stacked = StackedNetwork(networks)
    with torch.no_grad():
        stacked.parameters.mul_(2)
        stacked.statistics[1][0].add_(1)
    stacked.write(7)
    for network, old in zip(networks, before, strict=True):
        for name, entry in network.named_parameters():
            assert torch.equal(entry, 2 * old[name]), name
        norm = network.layers[0].norm
        assert torch.equal(norm.running_mean, old["layers.0.norm.running_mean"] + 1)
        assert torch.equal(norm.running_var, old["layers.0.norm.running_var"])
        assert int(norm.num_batches_tracked) == 7
    stacked.parameters.detach().zero_()
    stacked.read()
    first = next(networks[2].parameters()).flatten()
    assert torch.equal(stacked.parameters[2, : len(first)], first)
