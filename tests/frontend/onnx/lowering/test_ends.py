"""Decisions at the end of a model are taken off, and mean the circuit's own."""

from __future__ import annotations

import numpy as np
import pytest
from onnx import TensorProto, helper
from reference.typed_models import Writer

from logicjsc.core.errors import OnnxModelError
from logicjsc.frontend.onnx.lowering.ends import take_off_ends
from logicjsc.frontend.onnx.session import run_once
from logicjsc.frontend.onnx.tabulate import tabulate
from logicjsc.netlist import evaluate

FEATURES = 4


def scored():
    """A writer, and scores of one signal each."""
    writer = Writer(FEATURES)
    return writer, writer.quantised("x", 0.5, bits=4)


def decided(netlist, x):
    return netlist.decoder.classify(evaluate(netlist, netlist.encoder.encode(x)))


def random_features():
    return np.random.default_rng(0).normal(0, 3, (500, FEATURES)).astype(np.float32)


@pytest.mark.parametrize("kind", ["Softmax", "LogSoftmax", "ArgMax", "both", "cast"])
def test_the_class_is_that_of_the_whole_model(kind):
    writer, scores = scored()
    if kind in {"Softmax", "LogSoftmax"}:
        end = writer.node(kind, scores, axis=-1)
    else:
        inner = writer.node("Softmax", scores, axis=1) if kind == "both" else scores
        end = writer.node("ArgMax", inner, axis=1, keepdims=0)
        end = writer.cast(end, "int32") if kind == "cast" else end
    model = writer.model(end)
    netlist = tabulate(model, "ended")
    assert netlist.decoder.kind == "classes"
    x = random_features()
    (whole,) = run_once(model, {"x": x})
    expected = whole.argmax(axis=1) if whole.ndim > 1 else whole
    np.testing.assert_array_equal(decided(netlist, x), expected)
    _, end = take_off_ends(model)
    assert all("left out" in note or "argmax" in note for note in end.notes)


@pytest.mark.parametrize("behind", ["Greater", "GreaterOrEqual", "Less"])
@pytest.mark.parametrize("sigmoid", [False, True])
def test_a_comparison_is_a_threshold(behind, sigmoid):
    writer, scores = scored()
    number = writer.node("Sigmoid", scores) if sigmoid else scores
    limit = writer.constant(0.62 if sigmoid else 0.5)
    pair = (limit, number) if behind == "Less" else (number, limit)
    yes = writer.node(behind, *pair)
    model = writer.model(writer.cast(yes, "float"))
    netlist = tabulate(model, "labels")
    assert netlist.decoder.kind == "labels"
    x = random_features()
    (whole,) = run_once(model, {"x": x})
    np.testing.assert_array_equal(decided(netlist, x), whole.astype(np.uint8))


def test_one_score_and_a_comparison_are_a_binary_target():
    writer = Writer(1)
    scores = writer.quantised("x", 0.5, bits=4)
    yes = writer.node("GreaterOrEqual", scores, writer.constant(1.0))
    netlist = tabulate(writer.model(yes), "binary")
    assert (netlist.decoder.kind, netlist.decoder.thresholds) == ("binary", (1.0,))


def test_scores_and_their_argmax_are_one_output():
    writer, scores = scored()
    model = writer.model(writer.node("Softmax", scores, axis=1))
    label = writer.node("ArgMax", scores, axis=1, keepdims=0)
    model = writer.model(writer.node("Softmax", scores, axis=1))
    model.graph.output.append(helper.make_tensor_value_info(label, TensorProto.INT64, None))
    assert tabulate(model, "both").decoder.kind == "classes"


def test_ends_that_decide_otherwise_stay():
    writer, scores = scored()
    last = writer.node("ArgMax", scores, axis=1, keepdims=0, select_last_index=1)
    with pytest.raises(OnnxModelError, match="takes the last of equal scores"):
        tabulate(writer.model(last), "last")
    writer, scores = scored()
    across = writer.node("Softmax", scores, axis=0)
    with pytest.raises(OnnxModelError, match="evaluation mode"):
        tabulate(writer.model(across), "across")
    writer, scores = scored()
    never = writer.node("Greater", writer.node("Sigmoid", scores), writer.constant(2.0))
    assert take_off_ends(writer.model(never))[1].kind == ""
