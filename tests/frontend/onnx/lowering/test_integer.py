"""Products of integers become products of numbers, and compute what onnxruntime computes."""

from __future__ import annotations

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper
from reference.typed_models import Writer

from logicjsc.core.errors import OnnxModelError
from logicjsc.frontend.onnx.lowering.integer import lower_integer_products
from logicjsc.frontend.onnx.session import run_once
from logicjsc.frontend.onnx.tabulate import tabulate
from logicjsc.netlist import evaluate

SCALES = {"one scale": 0.3, "a scale for each output": [0.3, 0.11, 0.05]}


def codes(writer, zero):
    """Codes of three bits above a zero point."""
    step, point = writer.constant(0.25), writer.constant(zero, np.uint8)
    number = writer.node("QuantizeLinear", "x", step, point)
    ends = writer.constant(0, np.uint8), writer.constant(7, np.uint8)
    return writer.node("Clip", number, *ends), step, point


def behind(writer, product, step, point):
    """What a product's codes stand for."""
    ends = writer.constant(0, np.uint8), writer.constant(15, np.uint8)
    return writer.node("DequantizeLinear", writer.node("Clip", product, *ends), step, point)


def sparse(rng, shape):
    weights = rng.integers(-7, 8, shape)
    return np.where(rng.random(shape) < 0.6, weights, 0)


def matrix(scale, zero=3):
    writer, rng = Writer(6), np.random.default_rng(0)
    given = codes(writer, zero)
    point = np.zeros(np.shape(scale), np.int8)
    weights = [writer.constant(sparse(rng, (6, 3)), np.int8), writer.constant(scale)]
    made = writer.constant(0.5), writer.constant(6, np.uint8)
    product = writer.node("QLinearMatMul", *given, *weights, writer.constant(point, np.int8), *made)
    return writer.model(behind(writer, product, *made))


def convolution(scale):
    writer, rng = Writer(5), np.random.default_rng(1)
    given = codes(writer, 2)
    weights = [writer.constant(sparse(rng, (3, 1, 2)), np.int8), writer.constant(scale)]
    point = writer.constant(np.zeros(np.shape(scale)), np.int8)
    made = writer.constant(0.5), writer.constant(6, np.uint8)
    bias = writer.constant([3, -5, 0], np.int32)
    product = writer.node("QLinearConv", *given, *weights, point, *made, bias, pads=[0, 1])
    flat = writer.node("Flatten", behind(writer, product, *made))
    return writer.model(flat, features=["N", 1, 5])


def integers(operator, zero):
    writer, rng = Writer(5), np.random.default_rng(2)
    number, _, point = codes(writer, zero)
    if operator == "ConvInteger":
        shape, features = (2, 1, 2), ["N", 1, 5]
    else:
        shape, features = (5, 3), ["N", 5]
    points = [point, writer.constant(0, np.int8)] if zero else []
    product = writer.node(operator, number, writer.constant(sparse(rng, shape), np.int8), *points)
    scaled = writer.node("Mul", writer.cast(product, "float"), writer.constant(0.125))
    return writer.model(writer.node("Flatten", writer.quantised(scaled, 0.25)), features=features)


MODELS = {
    **{f"matrix, {name}": lambda s=scale: matrix(s) for name, scale in SCALES.items()},
    **{f"convolution, {name}": lambda s=scale: convolution(s) for name, scale in SCALES.items()},
    **{
        f"{operator}, zero point {zero}": lambda o=operator, z=zero: integers(o, z)
        for operator in ("MatMulInteger", "ConvInteger")
        for zero in (0, 3)
    },
}


@pytest.mark.parametrize("name", MODELS)
def test_netlists_are_what_onnxruntime_computes(name):
    model = MODELS[name]()
    shape = [axis.dim_value for axis in model.graph.input[0].type.tensor_type.shape.dim]
    x = np.random.default_rng(3).normal(0, 1, (500, *shape[1:])).astype(np.float32)
    (theirs,) = run_once(model, {"x": x})
    lowered = lower_integer_products(model)
    assert not any(
        "Integer" in node.op_type or "QLinear" in node.op_type for node in lowered.graph.node
    )
    np.testing.assert_array_equal(run_once(lowered, {"x": x})[0], theirs)
    netlist = tabulate(model, "integer")
    made = netlist.decoder.decode(evaluate(netlist, netlist.encoder.encode(x.reshape(500, -1))))
    np.testing.assert_array_equal(made, theirs)


def test_other_models_stay_as_they_are():
    writer = Writer(2)
    model = writer.model(writer.quantised("x", 0.5))
    assert lower_integer_products(model) is model


def test_what_is_no_constant_is_named():
    model = matrix(0.3)
    (node,) = (node for node in model.graph.node if node.op_type == "QLinearMatMul")
    model.graph.input.append(helper.make_tensor_value_info("scale", TensorProto.FLOAT, []))
    node.input[1] = "scale"
    with pytest.raises(OnnxModelError, match=r"reads 'scale', which is no constant"):
        lower_integer_products(model)


def test_rows_with_scales_of_their_own_are_refused():
    model = matrix(0.3)
    (node,) = (node for node in model.graph.node if node.op_type == "QLinearMatMul")
    (entry,) = (entry for entry in model.graph.initializer if entry.name == node.input[6])
    entry.CopyFrom(numpy_helper.from_array(np.float32([0.1, 0.2]), entry.name))
    with pytest.raises(OnnxModelError, match="several scales for what it reads or makes"):
        lower_integer_products(model)


def test_dynamic_quantisation_is_refused_by_that_name():
    writer = Writer(4)
    number = writer.node("DynamicQuantizeLinear", "x", outputs=3)
    product = writer.node(
        "MatMulInteger",
        number,
        writer.constant(np.eye(4), np.int8),
        f"{number}_2",
    )
    model = writer.model(writer.quantised(writer.cast(product, "float"), 0.5))
    with pytest.raises(OnnxModelError, match="dynamic quantisation"):
        tabulate(model, "dynamic")
