"""Sessions: exact, batched, the same bits for a row in any batch."""

import numpy as np
import onnx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper

from logicjsc.core.errors import OnnxModelError
from logicjsc.frontend.onnx import session as session_module
from logicjsc.frontend.onnx.session import Session, run_once


def small_model(*nodes, constants=None, outputs=("y",), width=3):
    graph = helper.make_graph(
        list(nodes),
        "small",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", width])],
        [onnx.ValueInfoProto(name=name) for name in outputs],
        [numpy_helper.from_array(value, name) for name, value in (constants or {}).items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 8
    return model


def gemm(sources, neurons, seed=0):
    rng = np.random.default_rng(seed)
    weight = rng.normal(size=(neurons, sources)).astype(np.float32)
    bias = rng.normal(size=neurons).astype(np.float32)
    node = helper.make_node("Gemm", ["x", "w", "b"], ["y"], transB=1)
    return Session(small_model(node, constants={"w": weight, "b": bias}, width=sources))


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 60), st.integers(1, 40), st.integers(1, 50), st.integers(0, 2**32 - 1))
def test_a_row_has_the_same_bits_in_every_batch(sources, neurons, size, seed):
    session = gemm(sources, neurons, seed)
    rows = np.random.default_rng(seed).normal(size=(50, sources)).astype(np.float32)
    (whole,) = session.run({"x": rows})
    (part,) = session.run({"x": rows[:size]})
    (last,) = session.run({"x": rows[-1:]})
    np.testing.assert_array_equal(part, whole[:size])
    np.testing.assert_array_equal(last, whole[-1:])


def test_batches_are_put_together_in_order(monkeypatch):
    session = gemm(4, 3)
    rows = np.random.default_rng(1).normal(size=(101, 4)).astype(np.float32)
    (expected,) = session.run({"x": rows})
    monkeypatch.setattr(session_module, "_BATCH", 20)
    np.testing.assert_array_equal(session.run({"x": rows})[0], expected)


def test_no_rows_give_no_rows():
    (result,) = gemm(4, 3).run({"x": np.zeros((0, 4), np.float32)})
    assert result.shape == (0, 3)


def test_outputs_come_in_the_order_they_are_asked_for():
    nodes = [helper.make_node("Neg", ["x"], ["y"]), helper.make_node("Abs", ["x"], ["z"])]
    session = Session(small_model(*nodes, outputs=("y", "z")))
    assert (session.inputs, session.outputs) == (["x"], ["y", "z"])
    rows = np.array([[1, -2, 3]], np.float32)
    z, y = session.run({"x": rows}, ["z", "y"])
    np.testing.assert_array_equal(z, [[1, 2, 3]])
    np.testing.assert_array_equal(y, [[-1, 2, -3]])


def test_weights_of_quantised_graphs_stay_float():
    # Optimisation turns the float weights of such a graph into int8: rows would differ.
    rng = np.random.default_rng(0)
    weight = rng.normal(size=(8, 16)).astype(np.float32)
    scale, zero = np.float32(0.25), np.int8(0)
    nodes = [
        helper.make_node("QuantizeLinear", ["x", "s", "z"], ["q"]),
        helper.make_node("DequantizeLinear", ["q", "s", "z"], ["d"]),
        helper.make_node("Gemm", ["d", "w", "b"], ["g"], transB=1),
        helper.make_node("QuantizeLinear", ["g", "s", "z"], ["p"]),
        helper.make_node("DequantizeLinear", ["p", "s", "z"], ["y"]),
    ]
    constants = {
        "w": weight,
        "b": np.zeros(8, np.float32),
        "s": np.array(scale),
        "z": np.array(zero),
    }
    rows = rng.normal(size=(2000, 16)).astype(np.float32)
    (result,) = Session(small_model(*nodes, constants=constants, width=16)).run({"x": rows})
    codes = np.clip(np.rint(rows / scale), -128, 127)
    sums = (codes * scale).astype(np.float64) @ weight.T.astype(np.float64)
    clear = np.abs(sums / scale - np.floor(sums / scale) - 0.5) > 1e-4
    expected = np.clip(np.rint(sums / scale), -128, 127) * scale
    np.testing.assert_array_equal(result[clear], expected[clear])
    assert clear.mean() > 0.99


def test_an_output_without_the_batch_is_refused():
    node = helper.make_node("ReduceSum", ["x", "axes"], ["y"], keepdims=1)
    model = small_model(node, constants={"axes": np.array([0])})
    with pytest.raises(OnnxModelError, match=r"'y' does not keep the batch .*dynamic batch axis"):
        Session(model).run({"x": np.zeros((40, 3), np.float32)})


def test_what_onnxruntime_refuses_is_one_sentence():
    with pytest.raises(OnnxModelError, match="onnxruntime refuses the model: ") as caught:
        Session(small_model(helper.make_node("NoSuchThing", ["x"], ["y"])))
    assert "\n" not in str(caught.value)


def test_what_onnxruntime_cannot_run_is_one_sentence():
    with pytest.raises(OnnxModelError, match=r"onnxruntime failed: .*dimension") as caught:
        gemm(4, 3).run({"x": np.zeros((5, 6), np.float32)})
    assert "\n" not in str(caught.value)


def test_a_model_without_inputs_runs_once():
    node = helper.make_node("Add", ["a", "a"], ["y"])
    model = small_model(node, constants={"a": np.array([1.5, 2], np.float32)})
    del model.graph.input[:]
    (result,) = run_once(model, {})
    np.testing.assert_array_equal(result, [3, 4])
