"""Dense layers of weights with several bits become sums of shifted signals, or say why not."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference.typed_models import Writer

from logicjsc.core.errors import OnnxModelError
from logicjsc.frontend.onnx.exactness import common_unit, near_multiples, signed_digits
from logicjsc.frontend.onnx.session import run_once
from logicjsc.frontend.onnx.tabulate import tabulate
from logicjsc.netlist import SumLayer, evaluate


@given(st.integers(-(1 << 20), 1 << 20))
@settings(deadline=None)
def test_signed_digits_add_up_and_no_two_are_neighbours(factor):
    digits = signed_digits(factor)
    assert sum(-(1 << shift) if minus else 1 << shift for shift, minus in digits) == factor
    shifts = [shift for shift, _ in digits]
    assert all(later - earlier > 1 for earlier, later in pairwise(shifts))


@given(st.lists(st.integers(1, 500), min_size=1, max_size=8), st.sampled_from([1.0, 0.375, 0.1]))
@settings(deadline=None)
def test_the_common_unit_is_the_greatest_divisor(numbers, scale):
    exact = np.array(numbers) * np.float64(np.float32(scale))
    unit = common_unit(exact, np.zeros(len(numbers), int), 1)[0]
    assert unit == np.gcd.reduce(numbers) * np.float64(np.float32(scale))


@given(st.lists(st.integers(1, 60), min_size=1, max_size=8), st.floats(0.01, 3.0))
@settings(deadline=None)
def test_rounded_multiples_are_found_again(numbers, scale):
    rounded = (np.array(numbers, np.float32) * np.float32(scale)).astype(np.float64)
    unit, whole = near_multiples(rounded)
    np.testing.assert_allclose(whole, rounded, rtol=1e-6)
    np.testing.assert_allclose(whole / unit, np.round(whole / unit), atol=1e-3)


def test_unrelated_numbers_have_no_unit():
    assert near_multiples(np.array([1.0, np.pi, np.e])) is None
    assert near_multiples(np.array([1.0, 1e9])) is None


def dense_model(rng, *, weight_scale, signal_scale=0.25, bias=0.0, bits=3, features=12):
    writer = Writer(features)
    signals = writer.quantised("x", signal_scale, bits=bits)
    integers = rng.integers(-7, 8, (features, 4))
    integers[:, 0] = 5
    weights = writer.constant(integers.astype(np.float32) * np.float32(weight_scale))
    if np.any(bias):
        total = writer.node("Gemm", signals, weights, writer.constant(bias))
    else:
        total = writer.node("MatMul", signals, weights)
    return writer.model(writer.quantised(writer.node("Relu", total), 0.73, bits=5))


def assert_equal_to_model(model, netlist, features=12):
    x = np.random.default_rng(7).normal(0, 1, (10_000, features)).astype(np.float32)
    made = netlist.decoder.decode(evaluate(netlist, netlist.encoder.encode(x)))
    np.testing.assert_array_equal(made, run_once(model, {"x": x})[0])


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("bias", [0.0, 0.125, (0.3, -0.7, 1.07, 0.01)])
def test_weights_on_a_power_of_two_are_sums(seed, bias):
    model = dense_model(np.random.default_rng(seed), weight_scale=0.125, bias=bias)
    netlist = tabulate(model, "dense")
    assert {SumLayer} == {type(layer) for layer in netlist.layers if layer.stage == 1}
    assert_equal_to_model(model, netlist)


def test_a_sum_that_float32_rounds_is_taken_where_no_code_depends_on_it():
    taken, refused, notes = 0, [], []
    for seed in range(12):
        model = dense_model(
            np.random.default_rng(seed), weight_scale=0.0137, signal_scale=0.311, bits=2
        )
        try:
            netlist = tabulate(model, "dense", on_note=notes.append)
        except OnnxModelError as error:
            refused.append(str(error))
        else:
            taken += 1
            assert_equal_to_model(model, netlist)
    assert taken > 4
    assert all("so near a border that their rounding decides" in text for text in refused)
    assert any("float32 does not hold 4 sums of the model exactly" in note for note in notes)


def test_a_border_that_rounding_decides_is_refused():
    """Sums of 0.1 reach 0.5 exactly in real numbers, and one side or the other in float32."""
    writer = Writer(12)
    signals = writer.quantised("x", 0.1, bits=3)
    total = writer.node("MatMul", signals, writer.constant(np.ones((12, 1)) * 3))
    model = writer.model(writer.quantised(total, 0.6, bits=5))
    with pytest.raises(OnnxModelError, match=r"15 of 128 sums lie so near a border that their"):
        tabulate(model, "border")


@pytest.mark.parametrize("groups", [1, 2])
def test_a_convolution_is_a_dense_layer_of_its_windows(groups):
    rng = np.random.default_rng(3)
    writer = Writer(32)
    box = writer.node(
        "Reshape", writer.quantised("x", 0.25, bits=3), writer.constant([-1, 2, 4, 4], np.int64)
    )
    kernel = rng.integers(-7, 8, (2, 2 // groups, 3, 3)).astype(np.float32) * 0.125
    made = writer.node(
        "Conv",
        box,
        writer.constant(kernel),
        writer.constant([0.25, -0.5]),
        group=groups,
        kernel_shape=[3, 3],
    )
    flat = writer.node("Flatten", made, axis=1)
    model = writer.model(writer.quantised(writer.node("Relu", flat), 0.5, bits=4))
    netlist = tabulate(model, "conv")
    assert any(isinstance(layer, SumLayer) for layer in netlist.layers)
    assert_equal_to_model(model, netlist, features=32)


def test_scores_may_be_dense_sums_with_biases():
    rng = np.random.default_rng(5)
    writer = Writer(6)
    signals = writer.quantised("x", 0.5, bits=3)
    weights = writer.constant(rng.integers(-7, 8, (6, 3)).astype(np.float32) * 0.25)
    total = writer.node("Gemm", signals, weights, writer.constant([0.125, -0.5, 2.0]))
    model = writer.model(total)
    netlist = tabulate(model, "scores")
    assert_equal_to_model(model, netlist, features=6)
