"""Every refusal of a model: it names the node, says what is wrong, and what to change."""

from __future__ import annotations

import numpy as np
import pytest
from onnx import TensorProto, helper
from reference.typed_models import Writer

from logicjsc.core.errors import OnnxModelError
from logicjsc.frontend.onnx import cost
from logicjsc.frontend.onnx.tabulate import tabulate


def ended(writer, tensor, **changes):
    return writer.model(writer.quantised(tensor, 0.5), **changes)


def one(kind, *inputs, features=4, **attributes):
    """Signals, one node behind them that also reads constants, and a quantiser."""
    writer = Writer(features)
    signals = writer.quantised("x", 0.5)
    constants = [writer.constant(value, np.array(value).dtype) for value in inputs]
    return ended(writer, writer.node(kind, signals, *constants, **attributes))


def of_domain(kind, domain):
    writer = Writer(4)
    made = writer.node(kind, "x", domain=domain)
    model = ended(writer, made)
    model.opset_import.append(helper.make_opsetid(domain, 1))
    return model


def wide_codes(dtype):
    writer = Writer(2)
    step, zero = writer.constant(0.5), writer.constant(0, dtype)
    codes = writer.node("QuantizeLinear", "x", step, zero)
    return writer.model(writer.node("DequantizeLinear", codes, step, zero))


def scales_of_wide_codes():
    writer = Writer(2)
    step, zero = writer.constant([0.5, 0.25]), writer.constant([0, 0], np.int16)
    codes = writer.node("QuantizeLinear", "x", step, zero, axis=1)
    return writer.model(writer.node("DequantizeLinear", codes, step, zero, axis=1))


def untyped_codes():
    writer = Writer(2)
    codes = writer.cast("x", "int8")
    step, zero = writer.constant(0.5), writer.constant(0, np.int8)
    return writer.model(writer.node("DequantizeLinear", codes, step, zero))


def four_bits_by_cast():
    writer = Writer(2)
    narrow = writer.node("Cast", "x", to=TensorProto.INT4)
    return ended(writer, writer.cast(narrow, "float"))


def control_flow():
    writer = Writer(4)
    branch = helper.make_graph(
        [helper.make_node("Neg", ["x"], ["b"])],
        "branch",
        [],
        [helper.make_tensor_value_info("b", TensorProto.FLOAT, None)],
    )
    yes = writer.constant(True, np.bool_)
    return ended(writer, writer.node("If", yes, then_branch=branch, else_branch=branch))


def training_norm():
    writer = Writer(4)
    signals = writer.quantised("x", 0.5)
    parts = [writer.constant(np.ones(4)) for _ in range(4)]
    return ended(
        writer, writer.node("BatchNormalization", signals, *parts, outputs=3, training_mode=1)
    )


def training_dropout():
    writer = Writer(4)
    made = writer.node("Dropout", "x", writer.constant(0.5), writer.constant(True, np.bool_))
    return ended(writer, made)


def of_data_size():
    writer = Writer(4)
    signals = writer.quantised("x", 0.5)
    most = writer.node("ReduceMax", signals, writer.constant([0, 1], np.int64), keepdims=0)
    size = writer.node("Unsqueeze", writer.cast(most, "int64"), writer.constant([0], np.int64))
    total = writer.node("ReduceSum", writer.node("ConstantOfShape", size), keepdims=0)
    return ended(writer, writer.node("Add", signals, total))


def other_ends(outputs):
    writer = Writer(4)
    model = ended(writer, "x")
    model.graph.output.append(helper.make_tensor_value_info("n0", TensorProto.INT8, None))
    return model if outputs else with_input(ended(Writer(4), "x"))


def with_input(model):
    model.graph.input.append(helper.make_tensor_value_info("z", TensorProto.FLOAT, [None, 4]))
    return model


def of_input(kind, shape):
    model = ended(Writer(4), "x", features=shape)
    model.graph.input[0].type.tensor_type.elem_type = kind
    return model


def scores_by(kind, **attributes):
    writer = Writer(4)
    return writer.model(writer.node(kind, writer.quantised("x", 0.5), **attributes))


def two_scales():
    writer = Writer(2)
    step = writer.constant([0.5, 0.75])
    zero = writer.constant([0, 0], np.int8)
    codes = writer.node("QuantizeLinear", "x", step, zero, axis=1)
    return writer.model(writer.node("DequantizeLinear", codes, step, zero, axis=1))


def falling_scores():
    writer = Writer(2)
    return writer.model(writer.node("Neg", writer.quantised("x", 0.5)))


def rounded_many():
    writer = Writer(9)
    signals = writer.node("Sqrt", writer.quantised("x", 0.3))
    total = writer.node("MatMul", signals, writer.constant(np.full((9, 1), 0.7)))
    return ended(writer, writer.node("Sign", total))


def bfloat_sum():
    writer = Writer(4)
    short = writer.cast("x", "bfloat16")
    return ended(writer, writer.cast(writer.node("Add", short, short), "float"))


def deep():
    writer = Writer(1)
    tensor = "x"
    for _ in range(cost._MOST_NODES):
        tensor = writer.node("Identity", tensor)
    return ended(writer, tensor)


REFUSALS = {
    "QONNX": (
        lambda: of_domain("Quant", "qonnx.custom_op.general"),
        r"\(Quant\) has a scale that is no constant",
        "as an initialiser",
    ),
    "old QONNX": (
        lambda: of_domain("BipolarQuant", "onnx.brevitas"),
        r"\(Bipolar",
        "as an initialiser",
    ),
    "float QONNX": (
        lambda: of_domain("FloatQuant", "qonnx.custom_op.general"),
        r"\(FloatQuant\)",
        "quantise to integers",
    ),
    "unknown": (lambda: of_domain("Wonder", "mine"), "Wonder", "standard operators"),
    "control flow": (control_flow, r"\(If\)", "without control flow"),
    "random": (lambda: one("RandomNormalLike"), r"\(RandomNormalLike\)", "evaluation mode"),
    "dynamic": (
        lambda: one("DynamicQuantizeLinear", outputs=3),
        r"\(DynamicQuantizeLinear\)",
        "quantise the model statically",
    ),
    "batch norm": (training_norm, r"\(BatchNormalization\)", "evaluation mode"),
    "dropout": (training_dropout, r"\(Dropout\)", "evaluation mode"),
    "int32": (lambda: wide_codes(np.int32), r"QuantizeLinear0.* int32", "8 bits or fewer"),
    "16-bit scales": (scales_of_wide_codes, r"QuantizeLinear0.* int16", "8 bits or fewer"),
    "no quantiser": (untyped_codes, r"\(DequantizeLinear\)", "QuantizeLinear, Clip"),
    "int4 by cast": (four_bits_by_cast, r"\(Cast\)", "QuantizeLinear"),
    "data size": (of_data_size, r"\(ConstantOfShape\)", "as a constant"),
    "two inputs": (lambda: other_ends(outputs=False), "2 inputs.* x and z|x, z", "Concat"),
    "two outputs": (lambda: other_ends(outputs=True), "2 outputs", "export one output"),
    "text": (lambda: of_input(TensorProto.STRING, ["N", 4]), "'x'.* string", "float32 input"),
    "open axis": (lambda: of_input(TensorProto.FLOAT, ["N", 2, "M"]), r"\[N, 2, M\]", "reshaped"),
    "last argmax": (
        lambda: scores_by("ArgMax", axis=1, keepdims=0, select_last_index=1),
        r"\(ArgMax\)",
        "select_last_index = 0",
    ),
    "two scales": (two_scales, r"\(DequantizeLinear\)", "one scale"),
    "falling": (falling_scores, r"\(Neg\)", "end it with its last quantiser"),
    "mixing": (
        lambda: one("LpNormalization", features=9, axis=1),
        r"\(LpNormalization\) is not followed",
        "put a quantiser in front",
    ),
    "sign": (rounded_many, r"\(Sign\) rounds, but is no quantiser", "QuantizeLinear"),
    "bfloat16": (bfloat_sum, r"\(Add\) on bfloat16", "float32"),
    "two samples": (lambda: one("Reshape", np.array([-1, 8])), r"\(Reshape\)", "dynamic batch"),
    "across": (lambda: one("Softmax", axis=0), r"\(Softmax\)", "evaluation mode"),
    "whole batch": (
        lambda: one("ReduceMax", np.array([0, 1]), keepdims=0),
        r"\(ReduceMax\)",
        "along the features",
    ),
    "tile": (lambda: one("Tile", np.array([1, 10**8])), r"\(Tile\)", "check the sizes"),
    "deep": (deep, "nodes, the limit", "simplify it"),
    "expand": (lambda: one("Expand", np.array([10**9, 1, 4])), r"\(Expand\)", "check the sizes"),
}
"""For each refusal a model, what names the node, and what says how to change it."""


@pytest.mark.parametrize("name", REFUSALS)
def test_refusals_name_the_node_and_the_change(name):
    make, node, change = REFUSALS[name]
    with pytest.raises(OnnxModelError, match=node) as caught:
        tabulate(make(), "n")
    assert change in str(caught.value)
    assert "\n" not in str(caught.value)
