"""Models that quantise without quantisers: comparisons, clipped rounding, signs."""

from __future__ import annotations

import numpy as np
import pytest
from reference.typed_models import Writer

from logicjsc.core.errors import OnnxModelError
from logicjsc.frontend.onnx.session import run_once
from logicjsc.frontend.onnx.tabulate import tabulate
from logicjsc.netlist import SumLayer, evaluate


def assert_equal_to_model(model, netlist, features):
    x = np.random.default_rng(7).normal(0, 1, (10_000, features)).astype(np.float32)
    x[:500] = np.round(x[:500] * 4) / 4  # on thresholds
    made = netlist.decoder.decode(evaluate(netlist, netlist.encoder.encode(x)))
    expected = run_once(model, {"x": x})[0].reshape(len(x), -1)
    np.testing.assert_array_equal(made, expected.astype(np.float32))


def thermometer(writer, features, thresholds):
    """One bit for each feature and threshold, as numbers."""
    box = writer.node("Unsqueeze", "x", writer.constant([2], np.int64))
    limits = writer.constant(np.array(thresholds, np.float32))
    reached = writer.node("GreaterOrEqual", box, limits)
    return writer.node("Flatten", writer.cast(reached, "float"), axis=1)


def test_a_weightless_network():
    """Thermometers, tables of three bits by Gather, counts: no quantiser anywhere."""
    rng = np.random.default_rng(0)
    writer = Writer(4)
    bits = thermometer(writer, 4, [-0.75, -0.25, 0.25, 0.75])
    picked = writer.node(
        "Gather", bits, writer.constant(rng.integers(0, 16, (12, 3)), np.int64), axis=1
    )
    index = writer.node(
        "ReduceSum",
        writer.node("Mul", picked, writer.constant([4.0, 2.0, 1.0])),
        writer.constant([2], np.int64),
        keepdims=0,
    )
    # A parity of the three bits, as a polynomial would have it.
    odd = writer.node("Mod", index, writer.constant(2.0), fmod=1)
    reached = writer.cast(writer.node("Greater", odd, writer.constant(0.5)), "float")
    groups = writer.node("Reshape", reached, writer.constant([-1, 3, 4], np.int64))
    model = writer.model(
        writer.node("ReduceSum", groups, writer.constant([2], np.int64), keepdims=0)
    )
    netlist = tabulate(model, "weightless")
    assert netlist.input_widths.max() == 1
    assert any(isinstance(layer, SumLayer) for layer in netlist.layers)
    assert_equal_to_model(model, netlist, 4)


def fake_quantised(writer, tensor, scale, low, high, *, first):
    """``clamp(round(x / s), low, high) * s`` in floating point, in both orders."""
    steps = writer.node("Div", tensor, writer.constant(scale))
    ends = [writer.constant(float(end)) for end in (low, high)]
    if first == "Round":
        codes = writer.node("Clip", writer.node("Round", steps), *ends)
    else:
        codes = writer.node("Floor", writer.node("Clip", steps, *ends))
    return writer.node("Mul", codes, writer.constant(scale))


@pytest.mark.parametrize("first", ["Round", "Clip"])
def test_rounding_in_floating_point(first):
    rng = np.random.default_rng(1)
    writer = Writer(5)
    signals = fake_quantised(writer, "x", 0.5, -4, 3, first=first)
    weights = rng.normal(size=(5, 4)) * (rng.random((5, 4)) < 0.6)
    hidden = writer.node("Relu", writer.node("MatMul", signals, writer.constant(weights)))
    hidden = fake_quantised(writer, hidden, 0.37, 0, 7, first=first)
    weights = rng.normal(size=(4, 3)) * (rng.random((4, 3)) < 0.7)
    scores = writer.node("MatMul", hidden, writer.constant(weights))
    model = writer.model(fake_quantised(writer, scores, 0.25, -8, 7, first=first))
    netlist = tabulate(model, "fake")
    assert netlist.input_widths.tolist() == [3] * 5
    assert_equal_to_model(model, netlist, 5)


def test_signs_and_bits_with_logic_behind_them():
    writer = Writer(4)
    signs = writer.node("Sign", writer.node("Add", "x", writer.constant(0.125)))
    halves = [
        writer.node("Slice", signs, *(writer.constant([n], np.int64) for n in ends))
        for ends in ((0, 2, 1), (2, 4, 1))
    ]
    zero = writer.constant(0.0)
    left, right = (writer.node("Greater", half, zero) for half in halves)
    both = writer.node("And", left, writer.node("Not", right))
    model = writer.model(writer.cast(writer.node("Xor", both, left), "float"))
    netlist = tabulate(model, "logic")
    assert_equal_to_model(model, netlist, 4)


def test_quantisers_are_enough_where_there_are_some():
    """A comparison inside a neuron stays inside its table."""
    writer = Writer(4)
    signals = writer.quantised("x", 0.5, bits=2)
    total = writer.node("ReduceSum", signals, writer.constant([1], np.int64))
    positive = writer.node("Greater", total, writer.constant(0.0))
    chosen = writer.node("Where", positive, total, writer.constant(-1.0))
    netlist = tabulate(writer.model(writer.quantised(chosen, 0.25)), "plain")
    assert netlist.inputs == 4
    assert netlist.depth <= 2


@pytest.mark.parametrize("ends", [(-4.5, 3.0), (0.0, 1e9), (3.0, -3.0)])
def test_rounding_between_other_bounds_is_no_signal(ends):
    writer = Writer(4)
    low, high = (writer.constant(end) for end in ends)
    model = writer.model(writer.node("Clip", writer.node("Round", "x"), low, high))
    with pytest.raises(OnnxModelError, match="float features without a quantiser"):
        tabulate(model, "none")
