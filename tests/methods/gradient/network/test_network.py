"""Whole networks: their size, their starting point, and what their outputs mean."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from reference.small_samples import TARGETS, mixed_samples
from torch import nn

from logicjsc.core.errors import ConfigError
from logicjsc.dataset import Scaler
from logicjsc.methods.gradient.config import NetworkConfig
from logicjsc.methods.gradient.network.blocks import blocks_of, feature_order
from logicjsc.methods.gradient.network.network import (
    DenseNetwork,
    SparseNetwork,
    build_network,
    layer_sources,
    per_layer,
    trainable_parameters,
    with_dense_matrices,
)
from logicjsc.methods.gradient.neurons.quantisers import value_of
from logicjsc.methods.gradient.neurons.sparse import SparseLayer
from logicjsc.methods.loading import load_config, resolve_config
from logicjsc.tasks.jets.arrange import SCHEMA
from logicjsc.tasks.jets.names import FEATURE_NAMES

SCALER = Scaler((0.5,) * 16, (2.0,) * 16)


def raw_features(samples=64, seed=0):
    features = np.random.default_rng(seed).normal(0.5, 2.0, (samples, len(FEATURE_NAMES)))
    return torch.from_numpy(features.astype(np.float32))


def network_of(seed=0, **settings):
    torch.manual_seed(seed)
    return build_network(NetworkConfig(**settings), SCALER, SCHEMA.target)


def warmed(network):
    """A network whose norms have seen samples, in evaluation mode."""
    network.train()
    with torch.no_grad():
        for seed in range(30):
            network(raw_features(256, seed))
    return network.eval()


@pytest.mark.parametrize(
    ("name", "parameters"), [("jsc-tiny", 127), ("jsc-toy", 327), ("jsc-test", 11_015)]
)
def test_the_dense_models_of_the_lab_have_their_known_size(name, parameters):
    config = load_config(resolve_config(name)).config
    network = build_network(config.network, SCALER, SCHEMA.target)
    assert isinstance(network, DenseNetwork)
    assert trainable_parameters(network) == parameters


def test_the_parameters_of_a_sparse_network_are_the_weights_that_exist():
    network = network_of(hidden=(8, 6), input_bits=2, bits=(2, 3, 4), fan_in=(3, 2, 4))
    norms = 2 * (16 + 8 + 6 + 5)
    weights = 8 * 3 + 6 * 2 + 5 * 4
    biases = 8 + 6 + 5 + 1
    scales = 1 + 3
    scores = 2
    assert trainable_parameters(network) == norms + weights + biases + scales + scores
    frozen = network.state_dict()
    assert frozen["layers.1.linear.connections"].shape == (6, 2)


def test_a_parameter_that_is_not_trained_is_not_counted():
    network = network_of(hidden=())
    before = trainable_parameters(network)
    network.score_bias.requires_grad_(False)
    assert trainable_parameters(network) == before - 1


def ranges(network):
    """Smallest and largest value that each quantiser starts with, input first."""
    found = []
    for quantiser in (network.input.quantiser, *(layer.quantiser for layer in network.layers)):
        with torch.no_grad():
            values = value_of(quantiser.eval()(torch.tensor([-50.0, 50.0])))
        found.append(tuple(values.tolist()))
    return found


def test_a_sparse_network_starts_where_logicnets_does():
    network = network_of(hidden=(8, 8), input_bits=2, bits=(2, 3, 4), fan_in=3)
    assert network.input.bias.item() == -0.25
    assert network.score_bias.item() == pytest.approx(0.33)
    assert network.score_scale.item() == 1.0
    steps = [(-2, 1, 1.0 / 2), (0, 3, 1.61 / 3), (0, 7, 1.61 / 7), (-8, 7, 1.33 / 8)]
    for (low, high), (smallest, largest, scale) in zip(ranges(network), steps, strict=True):
        assert low == pytest.approx(smallest * scale, rel=1e-6)
        assert high == pytest.approx(largest * scale, rel=1e-6)


def test_each_start_follows_its_own_setting():
    network = network_of(
        hidden=(8,),
        bits=3,
        input_bits=3,
        input_bias=0.5,
        input_max=2.0,
        hidden_max=3.5,
        output_max=8.0,
        score_bias=-1.5,
    )
    assert network.input.bias.item() == 0.5
    assert network.score_bias.item() == -1.5
    np.testing.assert_allclose(ranges(network), [(-2.0, 1.5), (0.0, 3.5), (-8.0, 6.0)], rtol=1e-6)


def test_hidden_outputs_may_have_both_signs():
    network = network_of(hidden=(8, 6), bits=3, input_bits=3, activation=("signed", "rectified"))
    step = 1.61 / 4
    assert ranges(network)[1:3] == [
        (pytest.approx(-4 * step), pytest.approx(3 * step)),
        (0.0, pytest.approx(1.61)),
    ]
    assert (
        ranges(network_of(hidden=(8, 6), bits=3, activation="signed"))[1:3]
        == [(pytest.approx(-4 * step), pytest.approx(3 * step))] * 2
    )


@pytest.mark.parametrize("bits", [1, 3, 6])
def test_output_codes_are_the_integers_behind_the_scores(bits):
    network = warmed(network_of(hidden=(12, 10), bits=(3, 2, bits), fan_in=4))
    features = raw_features(500, 99)
    with torch.no_grad():
        network.score_scale.fill_(1.75)
        scores = network(features)
    codes = network.output_codes(features)
    assert codes.dtype == torch.int64
    assert codes.shape == scores.shape == (500, 5)
    low, high = -(1 << bits - 1), (1 << bits - 1) - 1
    assert low <= codes.min() <= codes.max() <= high
    assert len(codes.unique()) > 1
    step = 1.33 / (1 << bits - 1)
    np.testing.assert_allclose(scores.numpy(), (codes.numpy() * step + 0.33) * 1.75, rtol=1e-5)


def test_widths_may_differ_from_layer_to_layer():
    network = warmed(network_of(hidden=(12, 10, 8), input_bits=5, bits=(1, 4, 2, 7), fan_in=2))
    seen = {}
    hooks = [
        layer.quantiser.register_forward_hook(
            lambda _module, _inputs, output, index=index: seen.update({index: output})
        )
        for index, layer in enumerate([network.input, *network.layers])
    ]
    with torch.no_grad():
        network(raw_features(2000))
    assert len(hooks) == len(seen) == 5
    expected = [(5, True), (1, False), (4, False), (2, False), (7, True)]
    for index, (bits, signed) in enumerate(expected):
        quantised = seen[index]
        assert quantised.bit_width.item() == bits
        assert bool(quantised.signed) == signed
        assert len(quantised.int().unique()) <= 1 << bits
    assert len(seen[1].int().unique()) == 2


def test_skips_widen_the_layer_they_end_in():
    config = NetworkConfig(hidden=(8, 6, 4), fan_in=3, skips=((0, 3), (1, 3), (0, 2), (2, 4)))
    assert [layer_sources(config, layer) for layer in (1, 2, 3, 4)] == [
        [0],
        [0, 1],
        [0, 1, 2],
        [2, 3],
    ]
    network = build_network(config, SCALER, SCHEMA.target)
    assert [layer.linear.sources for layer in network.layers] == [16, 24, 30, 10]


def test_a_skip_carries_the_earlier_layers_values():
    network = warmed(network_of(hidden=(8, 6), bits=3, fan_in=4, skips=((0, 2),)))
    second = network.layers[1]
    inputs = {}
    second.register_forward_hook(lambda _module, given, _output: inputs.update(second=given[0]))
    features = raw_features(40)
    with torch.no_grad():
        network(features)
        quantised = network.input(network.standardise(features))
        first = value_of(network.layers[0](value_of(quantised)))
    np.testing.assert_array_equal(inputs["second"][:, :16].numpy(), value_of(quantised).numpy())
    np.testing.assert_array_equal(inputs["second"][:, 16:].numpy(), first.numpy())


def test_raw_features_are_standardised_first():
    network = warmed(network_of(hidden=(8,)))
    features = raw_features(50)
    plain = warmed(network_of(hidden=(8,)))
    plain.load_state_dict(network.state_dict())
    plain.standardise.mean.zero_()
    plain.standardise.deviation.fill_(1.0)
    with torch.no_grad():
        np.testing.assert_array_equal(
            network(features).numpy(), plain((features - 0.5) / 2.0).numpy()
        )


def test_torchs_seed_decides_the_weights_and_the_configs_the_connections():
    first, again, other = network_of(seed=1), network_of(seed=1), network_of(seed=2)
    for name, tensor in first.state_dict().items():
        assert torch.equal(tensor, again.state_dict()[name]), name
    assert not torch.equal(first.layers[0].linear.weight, other.layers[0].linear.weight)
    assert torch.equal(first.layers[0].linear.connections, other.layers[0].linear.connections)
    rewired = network_of(seed=1, connectivity_seed=1)
    assert not torch.equal(first.layers[0].linear.connections, rewired.layers[0].linear.connections)


def test_every_parameter_is_reached_by_the_gradient():
    network = network_of(hidden=(16, 12), bits=(3, 3, 4), fan_in=4).train()
    scores = network(raw_features(512))
    nn.functional.cross_entropy(scores, torch.arange(512) % 5).backward()
    missing = [
        name
        for name, parameter in network.named_parameters()
        if parameter.grad is None or not torch.isfinite(parameter.grad).all()
    ]
    assert missing == []


@pytest.mark.parametrize("kind", ["sparse", "dense"])
def test_dense_matrices_change_nothing_and_leave_the_network_alone(kind):
    network = warmed(network_of(kind=kind, hidden=(12, 8)))
    copy = with_dense_matrices(network.train())
    assert network.training
    assert not copy.training
    network.eval()
    features = raw_features(300)
    with torch.no_grad():
        np.testing.assert_array_equal(copy(features).numpy(), network(features).numpy())
    linears = [layer.linear for layer in copy.modules() if isinstance(layer, SparseLayer)]
    assert all(type(linear) is nn.Linear for linear in linears)
    assert len(linears) == (3 if kind == "sparse" else 0)
    assert isinstance(network, SparseNetwork if kind == "sparse" else DenseNetwork)


def test_a_fan_in_larger_than_its_layer_is_refused_by_number():
    with pytest.raises(ConfigError, match=r"network\.fan_in = 6 .*\(4 sources\).*at most 4"):
        network_of(hidden=(8, 4), fan_in=(3, 3, 6))
    # A skip brings enough sources.
    assert network_of(hidden=(8, 4), fan_in=(3, 3, 6), skips=((0, 3),))


def test_a_single_number_stands_for_every_layer():
    assert per_layer(3, 4) == (3, 3, 3, 3)
    assert per_layer((1, 2), 2) == (1, 2)


def test_a_single_output_bit_has_the_codes_0_and_minus_1():
    torch.manual_seed(0)
    config = NetworkConfig(hidden=(8,), input_bits=1, bits=1, fan_in=3)
    network = build_network(config, SCALER, SCHEMA.target).eval()
    features = torch.randn(200, 16)
    codes = network.output_codes(features)
    assert set(codes.unique().tolist()) == {0, -1}
    scores = network(features)
    assert scores[codes == 0].unique().numel() == scores[codes == -1].unique().numel() == 1
    assert scores[codes == 0].min() > scores[codes == -1].max()


@pytest.mark.parametrize("kind", TARGETS)
@pytest.mark.parametrize("shape", ["sparse", "dense"])
def test_every_kind_of_target_has_its_number_of_scores(kind, shape):
    samples = mixed_samples(kind, 100)
    config = NetworkConfig(kind=shape, hidden=(8,))
    network = build_network(config, Scaler.fit(samples), samples.target)
    outputs = {"classes": 3, "binary": 1, "labels": 4, "value": 2}[kind]
    scores = network(torch.from_numpy(samples.features))
    assert scores.shape == (100, outputs)
    # A rectifier at the end suits classes only: other scores mean something below 0.
    ends_rectified = shape == "dense" and kind == "classes"
    assert isinstance(list(network.children())[-1], nn.ReLU) == ends_rectified
    if kind != "value":
        assert bool((scores >= 0).all()) == ends_rectified


@pytest.mark.parametrize("shape", ["sparse", "dense"])
def test_values_are_given_in_their_units(shape):
    samples = mixed_samples("value", 200)
    scaler = Scaler.fit(samples)
    networks = []
    for entry in (scaler, replace(scaler, target_mean=(), target_deviation=())):
        torch.manual_seed(0)
        config = NetworkConfig(kind=shape, hidden=(8,))
        networks.append(build_network(config, entry, samples.target).eval())
    with torch.no_grad():
        values, standardised = (
            network(torch.from_numpy(samples.features)).double().numpy() for network in networks
        )
    expected = standardised * np.array(scaler.target_deviation) + np.array(scaler.target_mean)
    np.testing.assert_allclose(values, expected, rtol=1e-5)
    assert values.std() > 0


def test_the_first_blocks_take_numbers_and_then_bits():
    samples = mixed_samples("classes", 60)
    features = torch.from_numpy(samples.features)
    scaler = Scaler.fit(samples)
    network = build_network(NetworkConfig(hidden=(8,)), scaler, samples.target).eval()
    order = feature_order(network, 9)
    assert order.tolist() == [0, 2, 3, 7, 1, 4, 5, 6, 8]
    blocks = blocks_of(network).blocks
    assert [block.width for block in blocks] == [4, 5, 8, 3]
    assert [block.reads for block in blocks] == [[], [], [0, 1], [2]]
    assert [block.norm is None for block in blocks] == [False, True, False, False]
    prepared = network.standardise(features)[:, order]
    with torch.no_grad():
        numbers = value_of(network.input.numbers(prepared[:, :4]))
        whole = network.input(network.standardise(features))
    assert torch.equal(torch.cat([numbers, prepared[:, 4:]], dim=1), whole)


def test_a_dense_network_takes_features_as_they_come():
    samples = mixed_samples("classes", 60)
    config = NetworkConfig(kind="dense", hidden=(8,))
    network = build_network(config, Scaler.fit(samples), samples.target)
    assert feature_order(network, 9).tolist() == list(range(9))
