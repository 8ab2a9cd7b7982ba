"""Operators of QONNX mean what their own package computes, bit by bit."""

from __future__ import annotations

import numpy as np
import onnx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper

from logicjsc.core.errors import OnnxModelError
from logicjsc.frontend.onnx.lowering.qonnx import lower_qonnx
from logicjsc.frontend.onnx.session import run_once
from logicjsc.frontend.onnx.tabulate import tabulate
from logicjsc.netlist import evaluate

GENERAL = "qonnx.custom_op.general"
MODES = ["ROUND", "CEIL", "FLOOR", "UP", "DOWN", "HALF_UP", "HALF_DOWN", "HALF_EVEN"]


def model_of(kind, constants, features=4, version=2, shape=None, **attributes):
    """A model of one operator of QONNX on the features."""
    names = [f"c{place}" for place in range(len(constants))]
    shape = shape or [None, features]
    node = helper.make_node(kind, ["x", *names], ["y"], domain=GENERAL, name="q", **attributes)
    graph = helper.make_graph(
        [node],
        "qonnx",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, shape)],
        [
            numpy_helper.from_array(np.asarray(value, np.float32), name)
            for name, value in zip(names, constants, strict=True)
        ],
    )
    imports = [helper.make_opsetid("", 17), helper.make_opsetid(GENERAL, version)]
    return helper.make_model(graph, opset_imports=imports, ir_version=8)


def theirs(model, x):
    """What the package of QONNX makes of features."""
    from qonnx.core.modelwrapper import ModelWrapper
    from qonnx.core.onnx_exec import execute_onnx
    from qonnx.transformation.infer_shapes import InferShapes

    fixed = onnx.ModelProto()
    fixed.CopyFrom(model)
    for entry in (*fixed.graph.input, *fixed.graph.output):
        entry.type.tensor_type.shape.dim[0].dim_value = len(x)
    wrapped = ModelWrapper(fixed).transform(InferShapes())
    return execute_onnx(wrapped, {"x": x})["y"]


def numbers(seed, shape=(64, 4), reach=6.0):
    """Random numbers, halves and whole numbers among them."""
    rng = np.random.default_rng(seed)
    x = rng.normal(0, reach, shape).astype(np.float32)
    x[::3] = np.round(x[::3] * 2) / 2
    return x


def assert_equal(model, x):
    (ours,) = run_once(lower_qonnx(model), {"x": x})
    np.testing.assert_array_equal(ours, theirs(model, x))


@given(
    bits=st.integers(1, 16),
    kind=st.tuples(st.booleans(), st.booleans(), st.sampled_from(MODES)),
    scale=st.sampled_from([0.5, 0.57, 1.0, 2.25]),
    zero=st.sampled_from([0.0, 3.0, -2.0, 0.5]),
    seed=st.integers(0, 1000),
)
@settings(max_examples=60, deadline=None)
def test_quant(bits, kind, scale, zero, seed):
    signed, narrow, mode = kind
    if bits == 1 and (narrow or mode != "ROUND"):
        narrow, mode = False, "ROUND"
    model = model_of("Quant", [scale, zero, bits], signed=signed, narrow=narrow, rounding_mode=mode)
    assert_equal(model, numbers(seed))


def test_scales_and_zero_points_of_channels():
    scale = np.array([[0.5, 0.3, 1.0, 2.0]])
    for zero in (0.0, 2.0, np.array([[0.0, 1.0, 2.0, 3.0]])):
        model = model_of("Quant", [scale, zero, 4], signed=0, narrow=0, rounding_mode="ROUND")
        assert_equal(model, numbers(1))


@pytest.mark.parametrize("scale", [1.0, 0.37, [[0.5, 1.0, 2.0, 0.25]]])
def test_bipolar_quant(scale):
    x = numbers(2)
    x[0] = [0.0, -0.0, 1e-30, -1e-30]
    assert_equal(model_of("BipolarQuant", [scale]), x)


@pytest.mark.parametrize("mode", ["FLOOR", "CEIL", "ROUND"])
def test_both_versions_of_trunc(mode):
    x = np.abs(numbers(3))
    assert_equal(model_of("Trunc", [0.25, 0.0, 8, 4], version=1, rounding_mode=mode), x)
    second = [0.25, 0.0, 8, 2.0, 4]
    model = model_of("Trunc", second, version=2, rounding_mode=mode, signed=1, narrow=0)
    assert_equal(model, numbers(4))


@pytest.mark.parametrize("layout", ["", "NCHW", "NHWC"])
def test_multi_threshold(layout):
    rng = np.random.default_rng(5)
    channels = 3
    thresholds = np.sort(rng.normal(size=(channels, 5)), axis=1)
    shape = {"": [None, 3], "NCHW": [None, 3, 2, 2], "NHWC": [None, 2, 2, 3]}[layout]
    chosen = {"data_layout": layout} if layout else {}
    model = model_of(
        "MultiThreshold",
        [thresholds],
        shape=shape,
        out_dtype="INT4",
        out_scale=0.5,
        out_bias=-1.0,
        **chosen,
    )
    x = rng.normal(size=(9, *shape[1:])).astype(np.float32)
    x.flat[:5] = thresholds[0]
    assert_equal(model, x)


@pytest.mark.parametrize("bits", [1, 2, 9, 12])
def test_codes_of_any_width_become_signals(bits):
    model = model_of("Quant", [0.25, 0.0, bits], signed=0, narrow=0, rounding_mode="ROUND")
    netlist = tabulate(model, "wide")
    assert netlist.input_widths.tolist() == [bits] * 4
    x = numbers(6)
    made = netlist.decoder.decode(evaluate(netlist, netlist.encoder.encode(x)))
    np.testing.assert_array_equal(made, theirs(model, x))


@pytest.mark.parametrize(
    ("constants", "attributes", "sentence"),
    [
        ([0.5, 0, 17], {}, "makes codes of 17 bits, the limit is 16"),
        ([0.5, 0, 2.5], {}, r"bit widths \[2.5\]"),
        ([[[0.5, 1, 1, 1]], 0, [[2, 2, 3, 3]]], {}, r"bit widths \[2.0, 3.0\]"),
        ([0.0, 0, 4], {}, "scale that is not positive"),
        ([np.nan, 0, 4], {}, "scale that is no constant number"),
        ([0.5, 0, 4], {"rounding_mode": "SIDEWAYS"}, "rounding_mode = 'SIDEWAYS'; use one of"),
    ],
)
def test_what_no_code_can_be_is_refused(constants, attributes, sentence):
    attributes = {"signed": 1, "narrow": 0, "rounding_mode": "ROUND"} | attributes
    with pytest.raises(OnnxModelError, match=sentence):
        lower_qonnx(model_of("Quant", constants, **attributes))
