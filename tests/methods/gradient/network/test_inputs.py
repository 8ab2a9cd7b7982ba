"""What stands in front of the first layer: bits as they are, numbers quantised or compared."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from reference.small_jets import separable_jets
from reference.small_samples import BITS, MIXED, NUMBERS, TARGETS, mixed_dataset, mixed_samples
from torch import nn

from logicjsc.dataset import Samples, Scaler, Schema, Target
from logicjsc.dataset.schema import Column
from logicjsc.methods.gradient.config import NetworkConfig
from logicjsc.methods.gradient.export import netlist_of_network
from logicjsc.methods.gradient.network.inputs import (
    BitInput,
    InputBlock,
    MixedInput,
    Thermometer,
    input_block,
    prepare_features,
)
from logicjsc.methods.gradient.network.network import build_network
from logicjsc.methods.gradient.neurons.quantisers import value_of

NUMBER_PLACES, BIT_PLACES = (0, 2, 3, 7), (1, 4, 5, 6, 8)
"""Of the mixed columns, where numbers and words stand, and where bits."""

CONFIG = NetworkConfig(hidden=(6,), input_bits=3, fan_in=4)
THERMOMETER = replace(CONFIG, thresholds=4)


def entrance_of(config, samples):
    """What a fresh network has in front of its layers, and the features as it takes them."""
    torch.manual_seed(0)
    scaler = Scaler.fit(samples, thresholds=config.thresholds)
    prepared = prepare_features(scaler)(torch.from_numpy(samples.features))
    return input_block(config, scaler), prepared


def values_of(entrance, features):
    return value_of(entrance(features)).detach()


@pytest.mark.parametrize(
    ("columns", "thresholds", "kind", "width"),
    [
        (NUMBERS, 0, InputBlock, 9),
        (NUMBERS, 4, Thermometer, 36),
        (BITS, 0, BitInput, 9),
        (BITS, 4, BitInput, 9),
        (MIXED, 0, MixedInput, 9),
        (MIXED, 4, MixedInput, 21),
    ],
    ids=["numbers", "compared numbers", "bits", "bits, compared", "mixed", "mixed, compared"],
)
def test_the_kinds_of_features_decide(columns, thresholds, kind, width):
    samples = mixed_samples("classes", 100, columns=columns)
    entrance, features = entrance_of(replace(CONFIG, thresholds=thresholds), samples)
    assert type(entrance) is kind
    assert entrance.width == width
    assert values_of(entrance, features).shape == (100, width)


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("config", [CONFIG, THERMOMETER], ids=["quantised", "compared"])
class TestBitsAreWires:
    def test_alone_they_pass_as_they_are(self, config, training):
        samples = mixed_samples("binary", 100, columns=BITS)
        entrance, features = entrance_of(config, samples)
        passed = values_of(entrance.train(training), features)
        np.testing.assert_array_equal(passed.numpy(), samples.features)

    def test_beside_numbers_they_pass_as_they_are(self, config, training):
        samples = mixed_samples("binary", 100)
        entrance, features = entrance_of(config, samples)
        passed = values_of(entrance.train(training), features)[:, -len(BIT_PLACES) :]
        np.testing.assert_array_equal(passed.numpy(), samples.features[:, BIT_PLACES])

    def test_nothing_of_them_is_learned_or_measured(self, config, training):
        for columns in (BITS, MIXED):
            samples = mixed_samples("binary", 100, columns=columns)
            entrance, features = entrance_of(config, samples)
            bits = entrance if columns is BITS else entrance.bits
            assert not list(bits.parameters())
            assert not [
                entry
                for entry in bits.modules()
                if isinstance(entry, (nn.BatchNorm1d, Thermometer))
            ]
            before = {name: entry.clone() for name, entry in bits.state_dict().items()}
            entrance.train(training)(features)
            after = bits.state_dict()
            assert all(torch.equal(entry, after[name]) for name, entry in before.items())


@pytest.mark.parametrize("feature_bits", [0, 6])
def test_neither_scaling_nor_rounding_changes_bits(feature_bits):
    samples = mixed_samples("value", 300)
    scaler = Scaler.fit(samples, bits=feature_bits)
    prepared = prepare_features(scaler)(torch.from_numpy(samples.features)).numpy()
    np.testing.assert_array_equal(prepared[:, BIT_PLACES], samples.features[:, BIT_PLACES])
    standardised = prepared[:, NUMBER_PLACES]
    np.testing.assert_allclose(standardised.mean(axis=0), 0.0, atol=1e-5)
    np.testing.assert_allclose(standardised.std(axis=0), 1.0, atol=1e-5)


@pytest.mark.parametrize("training", [True, False])
def test_mixed_kinds_keep_their_order(training):
    samples = mixed_samples("classes", 200)
    entrance, features = entrance_of(CONFIG, samples)
    assert entrance.number_places.tolist() == list(NUMBER_PLACES)
    assert entrance.bit_places.tolist() == list(BIT_PLACES)
    with torch.no_grad():
        # Each feature is told by what is learned of it.
        entrance.numbers.norm.weight.copy_(torch.tensor([0.5, 1.0, 1.5, -2.0]))
        entrance.numbers.norm.bias.copy_(torch.tensor([0.1, -0.2, 0.3, -0.4]))
    passed = values_of(entrance.train(training), features).double().numpy()
    step = 1.0 / 4
    columns = []
    for place, scale, shift in zip(
        NUMBER_PLACES, (0.5, 1.0, 1.5, -2.0), (0.1, -0.2, 0.3, -0.4), strict=True
    ):
        column = features[:, place].double().numpy()
        mean, variance = (column.mean(), column.var()) if training else (0.0, 1.0)
        normal = (column - mean) / np.sqrt(variance + 1e-5) * scale + shift - 0.25
        columns.append(np.clip(np.round(normal / step), -4, 3) * step)
    np.testing.assert_allclose(passed[:, :4], np.stack(columns, axis=1), atol=1e-6)
    np.testing.assert_array_equal(passed[:, 4:], samples.features[:, BIT_PLACES])


def test_mixed_kinds_keep_their_order_behind_a_thermometer():
    samples = mixed_samples("classes", 200)
    entrance, features = entrance_of(THERMOMETER, samples)
    passed = values_of(entrance, features).numpy()
    scaler = Scaler.fit(samples, thresholds=4)
    columns = [
        features[:, place].numpy() >= np.float32(threshold)
        for place in NUMBER_PLACES
        for threshold in scaler.thresholds[place]
    ]
    expected = np.stack([*columns, *samples.features[:, BIT_PLACES].T], axis=1)
    np.testing.assert_array_equal(passed, expected)


def test_a_thermometer_has_a_bit_for_every_threshold_that_a_feature_reaches():
    samples = separable_jets(300)
    scaler = Scaler.fit(samples, thresholds=4)
    config = NetworkConfig(neuron="lookup", scores="sum", hidden=(), thresholds=4)
    network = build_network(config, scaler, samples.target).eval()
    standardised = network.standardise(torch.from_numpy(samples.features))
    bits = network.input(standardised).value.view(300, 16, 4)
    for feature in range(16):
        ordered = np.sort(samples.features[:, feature])
        for place in range(4):
            reached = bits[:, feature, place].numpy() == 1
            # As many samples on either side as the quantile says, and none out of order.
            assert reached.sum() == 300 - (place + 1) * 300 // 5
            assert samples.features[reached, feature].min() == ordered[300 - reached.sum()]


@given(
    st.lists(st.integers(-40, 40), min_size=2, max_size=60),
    st.integers(1, 9),
    st.sampled_from([0, 12]),
)
@settings(deadline=None)
def test_thresholds_lie_between_distinct_values(values, number, words):
    column = np.array(values, np.float32)[:, None] / 4
    labels = np.arange(len(values)) % 2
    schema = Schema.numbers(("x",), Target("classes", ("a", "b"), "class"))
    samples = Samples(column, labels, schema)
    scaler = Scaler.fit(samples, bits=words, thresholds=number)
    (thresholds,) = scaler.thresholds
    assert len(thresholds) == number
    assert list(thresholds) == sorted(thresholds)
    standardised = prepare_features(scaler)(torch.from_numpy(column))
    present = sorted(set(standardised[:, 0].tolist()))
    assert not set(present) & set(thresholds)
    entrance = input_block(replace(CONFIG, thresholds=number), scaler)
    bits = values_of(entrance, standardised).numpy()
    reached = [
        [float(value >= threshold) for threshold in thresholds]
        for value in standardised[:, 0].tolist()
    ]
    assert bits.tolist() == reached
    # Each tells two values apart that no other does, while there are some.
    codes = {tuple(row) for row in reached}
    assert len(codes) == min(len(present), number + 1)


def test_a_bit_has_no_thresholds():
    scaler = Scaler.fit(mixed_samples("classes", 50), thresholds=4)
    assert [len(row) for row in scaler.thresholds] == [
        4 if place in NUMBER_PLACES else 0 for place in range(9)
    ]
    assert scaler.numbers == NUMBER_PLACES
    assert scaler.wires == BIT_PLACES


@pytest.mark.parametrize("kind", TARGETS)
@pytest.mark.parametrize("config", [CONFIG, THERMOMETER], ids=["quantised", "compared"])
def test_the_netlist_takes_bits_as_they_are(config, kind):
    dataset = mixed_dataset(kind)
    scaler = Scaler.fit(dataset.train, thresholds=config.thresholds)
    torch.manual_seed(3)
    network = build_network(replace(config, hidden=(16,)), scaler, dataset.schema.target)
    with torch.no_grad():
        for _ in range(30):
            network.train()(torch.from_numpy(dataset.train.features))
    netlist = netlist_of_network(network, dataset)
    codes = netlist.encoder.encode(dataset.test.features)
    read = [
        (place, feature)
        for place, feature in enumerate(netlist.encoder.features.tolist())
        if feature in BIT_PLACES
    ]
    assert {feature for _, feature in read} == set(BIT_PLACES)
    for place, feature in read:
        assert netlist.input_widths[place] == 1
        assert np.isfinite(netlist.encoder.thresholds[place]).sum() == 1
        np.testing.assert_array_equal(codes[:, place], dataset.test.features[:, feature])


def test_a_category_is_one_bit_per_value():
    column = Column("shape", "category", values=("disc", "ring", "star"))
    samples = mixed_samples("labels", 60, columns=(column,))
    entrance, features = entrance_of(CONFIG, samples)
    assert type(entrance) is BitInput
    np.testing.assert_array_equal(values_of(entrance, features), samples.features)
    assert (samples.features.sum(axis=1) == 1).all()
