"""Thresholds and scores against the model, number by number."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import Phase, assume, example, given, settings
from hypothesis import strategies as st
from reference.brevitas_models import SCALER, exported_model, random_network
from reference.onnx_builder import Builder, Quant, Raw
from reference.onnx_models import FOREIGN, foreign_model

from logicjsc.core.errors import DataError, OnnxModelError
from logicjsc.dataset.fixed_point import FixedPoint
from logicjsc.frontend.onnx.codes import CodeRunner
from logicjsc.frontend.onnx.graph import Graph, metadata_of
from logicjsc.frontend.onnx.probes import from_ordinal, to_ordinal
from logicjsc.frontend.onnx.quantised import QuantisedModel
from logicjsc.frontend.onnx.session import Session
from logicjsc.frontend.onnx.thresholds import find_decoder, find_encoder
from logicjsc.methods.gradient.config import NetworkConfig

S2 = Quant(2, scale=1.0)


def opened(model):
    quantised = QuantisedModel(Graph(model))
    return quantised, CodeRunner(quantised)


def around_thresholds(encoder, features):
    """Every threshold with its float32 neighbours, in its own feature's column."""
    rows = [np.zeros(features, np.float32)]
    for index, feature in enumerate(encoder.features):
        for threshold in encoder.thresholds[index][np.isfinite(encoder.thresholds[index])]:
            for number in (
                threshold,
                np.nextafter(threshold, np.float32(-np.inf)),
                np.nextafter(threshold, np.float32(np.inf)),
            ):
                row = np.zeros(features, np.float32)
                row[feature] = number
                rows.append(row)
    return np.array(rows)


def assert_exact(model):
    quantised, runner = opened(model)
    encoder = find_encoder(quantised, runner, {})
    features = quantised.graph.features
    rows = around_thresholds(encoder, features)
    assert len(rows) > 3
    extremes = np.array([[1e20], [-1e20], [1e-40], [-1e-40], [-0.0]], np.float32)
    rows = np.concatenate([rows, np.repeat(extremes, features, axis=1)])
    inputs, _, _ = runner.run_features(rows)
    np.testing.assert_array_equal(encoder.encode(rows), inputs)
    # Each threshold is the first number of its code: right below it the code is another.
    at, below = inputs[1::3], inputs[2::3]
    finite = np.isfinite(encoder.thresholds).sum()
    assert (at[:finite] != below[:finite]).any(axis=1).all()


@pytest.mark.parametrize("kind", FOREIGN)
def test_codes_change_exactly_at_the_thresholds(kind):
    assert_exact(foreign_model(kind, seed=4).model)


@settings(max_examples=5, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate))
@given(st.integers(0, 10_000), st.sampled_from([1, 2, 3, 5]))
def test_codes_of_trained_networks_change_exactly_at_the_thresholds(seed, bits):
    config = NetworkConfig(hidden=(), input_bits=bits, bits=3, fan_in=2)
    assert_exact(exported_model(random_network(config, seed)))


def test_thresholds_of_a_plain_quantiser_are_where_rounding_says():
    builder = Builder(1)
    values = builder.quantise_features(builder.features, Quant(3, signed=True, scale=0.5))
    quantised, runner = opened(builder.finish(values).model)
    encoder = find_encoder(quantised, runner, {})
    codes = [int(code) for code in encoder.codes[0]]
    assert codes == [0b100, 0b101, 0b110, 0b111, 0, 1, 2, 3]
    # Halves go to even numbers, so every other border belongs to the code below it.
    halves = np.arange(-3.5, 3) / 2
    expected = [
        np.float32(half)
        if round(half * 2) > half * 2
        else np.nextafter(np.float32(half), np.float32(9))
        for half in halves
    ]
    np.testing.assert_array_equal(encoder.thresholds[0], expected)


def test_falling_codes_are_listed_from_the_highest():
    builder = Builder(1)
    raw = builder.affine(builder.features, -1.0, 0.0)
    values = builder.quantise_features(raw, Quant(2, scale=1.0))
    quantised, runner = opened(builder.finish(values).model)
    encoder = find_encoder(quantised, runner, {})
    assert encoder.codes.tolist() == [[3, 2, 1, 0]]
    assert (np.diff(encoder.thresholds[0]) > 0).all()


def test_a_code_that_jumps_has_equal_thresholds():
    builder = Builder(1)
    raw = Raw(builder.node("Mul", builder.node("Sign", "x"), builder.constant(3)), (0,))
    values = builder.quantise_features(raw, Quant(3, signed=True, scale=1.0))
    quantised, runner = opened(builder.finish(values).model)
    encoder = find_encoder(quantised, runner, {})
    smallest = np.float32(1e-45)
    assert encoder.thresholds.tolist() == [[0.0] * 3 + [float(smallest)] * 3]
    numbers = np.array([[-1], [-smallest], [-0.0], [0], [smallest], [1]], np.float32)
    assert encoder.encode(numbers).ravel().tolist() == [5, 5, 0, 0, 3, 3]


def test_a_feature_of_one_code_has_no_thresholds():
    builder = Builder(2)
    raw = Raw(builder.node("Mul", "x", builder.constant([1e-45, 1])), (0, 1))
    values = builder.quantise_features(raw, Quant(2, scale=1.0))
    quantised, runner = opened(builder.finish(values).model)
    encoder = find_encoder(quantised, runner, {})
    assert np.isinf(encoder.thresholds[0]).all()
    assert np.isfinite(encoder.thresholds[1]).all()
    assert encoder.encode(np.array([[5, 5]], np.float32)).tolist() == [[0, 3]]


def any_numbers(seed, features, rows=3000):
    """Random finite numbers of every exponent, both zeros, subnormal numbers and the ends."""
    rng = np.random.default_rng(seed)
    bits = rng.integers(0, 1 << 32, (rows, features), np.uint32)
    numbers = bits.view(np.float32).copy()
    numbers[~np.isfinite(numbers)] = -0.0
    ends = np.finfo(np.float32)
    numbers[:6, 0] = [0.0, -0.0, ends.max, ends.min, ends.smallest_subnormal, ends.tiny]
    return numbers


EXPONENTS = st.floats(-36, 36)


@settings(max_examples=40, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate))
@given(EXPONENTS, st.sampled_from([-1, 1]), st.floats(-3, 3), st.integers(1, 8), st.booleans())
@example(37.0, 1, 0.0, 8, True)
@example(-44.0, 1, 0.0, 2, False)
@example(12.0, -1, 2.5, 4, True)
def test_thresholds_of_any_size_are_found(exponent, sign, offset, bits, signed):
    """Against onnxruntime on the model as it is, over the whole range of float32."""
    assume(bits > 1 or not signed)
    step = np.float32(10.0**exponent)
    builder = Builder(2)
    moved = builder.node("Sub", "x", builder.constant([0.0, float(step) * offset]))
    raw = Raw(builder.node("Mul", moved, builder.constant(sign)), (0, 1))
    scale = float(step) * np.array(1.0)
    quant = Quant(bits, signed=signed, scale=scale, clip=bits < 8)
    model = builder.finish(builder.quantise_features(raw, quant)).model
    quantised, runner = opened(model)
    encoder = find_encoder(quantised, runner, {})
    features = np.concatenate([any_numbers(bits, 2), around_thresholds(encoder, 2)])
    inputs, _, scores = runner.run_features(features)
    np.testing.assert_array_equal(encoder.encode(features), inputs)
    np.testing.assert_array_equal(Session(model).run({"x": features})[0], scores)


@pytest.mark.parametrize("size", [1e-44, 1e-38, 1e12, 1e30, 3e37])
def test_a_threshold_is_the_first_number_of_its_code_whatever_its_size(size):
    builder = Builder(1)
    values = builder.quantise_features(builder.features, Quant(3, signed=True, scale=size))
    quantised, runner = opened(builder.finish(values).model)
    encoder = find_encoder(quantised, runner, {})
    # Division and rounding of numpy, one number at a time.
    ordinals = to_ordinal(encoder.thresholds[0])
    for code, ordinal in enumerate(ordinals.tolist(), start=-3):
        at, below = (from_ordinal(np.array(n)) for n in (ordinal, ordinal - 1))
        assert np.rint(at / np.float32(size)) >= code > np.rint(below / np.float32(size))


def test_infinity_is_refused_and_the_largest_numbers_have_codes():
    builder = Builder(2)
    raw = Raw(builder.node("Mul", "x", builder.constant([1e-45, 1])), (0, 1))
    quantised, runner = opened(builder.finish(builder.quantise_features(raw, S2)).model)
    encoder = find_encoder(quantised, runner, {})
    ends = np.finfo(np.float32)
    near = np.array([[ends.max, ends.max], [ends.min, ends.min]], np.float32)
    np.testing.assert_array_equal(encoder.encode(near), runner.run_features(near)[0])
    with pytest.raises(DataError, match=r"inf"):
        encoder.encode(np.array([[np.inf, 0]], np.float32))


def test_a_model_that_tells_the_two_zeros_apart_is_refused():
    builder = Builder(1)
    raw = Raw(builder.node("Reciprocal", "x"), (0,))
    values = builder.quantise_features(raw, Quant(1, scale=1e-39))
    quantised, runner = opened(builder.finish(values).model)
    with pytest.raises(OnnxModelError, match=r"does not rise or fall steadily .*\(seen at -0\)"):
        find_encoder(quantised, runner, {})


def test_a_feature_that_overflows_into_others_is_refused():
    builder = Builder(2)
    large = builder.node("Mul", "x", builder.constant([1e10, 1e10]))
    chosen = builder.node("MatMul", large, builder.constant([[1, 0], [0, 1]]))
    values = builder.quantise_features(Raw(chosen, (0, 1)), Quant(2, scale=1e10))
    quantised, runner = opened(builder.finish(values).model)
    with pytest.raises(OnnxModelError, match=r"depends on other features than feature \d where"):
        find_encoder(quantised, runner, {})


def test_a_wiggle_of_one_number_is_found():
    """Right below a threshold the code falls back once: no list of thresholds says so."""
    builder = Builder(1)
    bump = np.nextafter(np.float32(0.5), np.float32(0))
    is_bump = builder.node("Cast", builder.node("Equal", "x", builder.constant([bump])), to=1)
    total = builder.node("Add", "x", builder.node("Mul", is_bump, builder.constant([9])))
    values = builder.quantise_features(Raw(total, (0,)), Quant(3, scale=1.0))
    quantised, runner = opened(builder.finish(values).model)
    with pytest.raises(OnnxModelError, match="does not rise or fall steadily"):
        find_encoder(quantised, runner, {})


@pytest.mark.parametrize("function", ["Abs", "Sin", "Cos"])
def test_features_that_turn_around_are_refused(function):
    builder = Builder(2)
    turned = Raw(builder.node(function, "x"), (0, 1))
    values = builder.quantise_features(turned, Quant(3, signed=True, scale=0.25))
    quantised, runner = opened(builder.finish(values).model)
    with pytest.raises(OnnxModelError, match=r"element 0 of .* does not rise or fall steadily"):
        find_encoder(quantised, runner, {})


@given(st.floats(width=32, allow_nan=False), st.floats(width=32, allow_nan=False))
def test_ordinals_keep_the_order_of_numbers_and_can_be_undone(left, right):
    a, b = (int(to_ordinal(np.float32(number))) for number in (left, right))
    assert (a < b) == (left < right)
    assert (a == b) == (left == right)
    assert from_ordinal(np.array(a)) == np.float32(left)


@pytest.mark.parametrize("kind", FOREIGN)
def test_scores_are_the_models(kind):
    foreign = foreign_model(kind, seed=6)
    quantised, runner = opened(foreign.model)
    decoder = find_decoder(quantised, {})
    features = np.random.default_rng(3).normal(0, 2, (200, foreign.features)).astype(np.float32)
    _, outputs, scores = runner.run_features(features)
    np.testing.assert_array_equal(decoder.decode(outputs), scores)
    np.testing.assert_array_equal(decoder.classify(outputs), np.argmax(scores, axis=1))
    assert decoder.scores.size == 1 << foreign.signals[foreign.outputs[0]].quant.bits
    assert decoder.signed == foreign.signals[foreign.outputs[0]].quant.signed


def test_scores_of_every_code_are_scale_times_value_plus_bias():
    builder = Builder(2)
    values = builder.quantise_features(builder.features, Quant(3, signed=True, scale=0.5))
    quantised, _ = opened(builder.finish(values, score_scale=0.25, bias=1.5).model)
    decoder = find_decoder(quantised, {})
    expected = [(0.5 * value + 1.5) * 0.25 for value in (0, 1, 2, 3, -4, -3, -2, -1)]
    np.testing.assert_array_equal(decoder.scores, np.float32(expected))


def test_names_that_do_not_fit_the_number_of_outputs_are_not_used():
    quantised, runner = opened(foreign_model("one_layer").model)
    metadata = {"class_names": '["only", "two"]', "feature_names": '["a", "b", "c", "d"]'}
    assert find_decoder(quantised, metadata).class_names == ("class0", "class1", "class2")
    assert find_encoder(quantised, runner, metadata).feature_names == ("a", "b", "c", "d")


class TestWords:
    """Word formats in the metadata, which the network must round to itself."""

    FORMATS = FixedPoint.uniform(6, (-2,) * 16, (-32,) * 16)

    def encoder_of(self, words, **changes):
        scaler = replace(SCALER, words=words)
        model = exported_model(
            random_network(NetworkConfig(hidden=(6,), bits=2), 3, scaler), scaler
        )
        quantised, runner = opened(model)
        metadata = metadata_of(model) | changes
        return find_encoder(quantised, runner, metadata), runner

    def test_they_are_read_and_are_the_models_rounding(self):
        encoder, runner = self.encoder_of(self.FORMATS)
        assert encoder.words == self.FORMATS
        features = np.random.default_rng(0).normal(0, 4, (500, 16)).astype(np.float32)
        inputs, _, _ = runner.run_features(features)
        np.testing.assert_array_equal(encoder.encode(encoder.words.values(features)), inputs)

    def test_a_model_without_words_has_none(self):
        assert self.encoder_of(None)[0].words is None

    def test_words_that_the_model_does_not_round_to_are_refused(self):
        finer = json.dumps(replace(self.FORMATS, exponents=(-3,) * 16).to_dict())
        with pytest.raises(OnnxModelError, match="words that the model does not round to"):
            self.encoder_of(self.FORMATS, feature_words=finer)

    @pytest.mark.parametrize("text", ["", "[]", "{}", '{"bits": 6, "exponents": [1], "lows": [0]}'])
    def test_metadata_that_holds_no_formats_is_refused(self, text):
        with pytest.raises(OnnxModelError, match="'feature_words' holds no word formats"):
            self.encoder_of(self.FORMATS, feature_words=text)
