"""Quantised models that compute in other types than float32, written node by node."""

from __future__ import annotations

from typing import Any

import ml_dtypes
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

TYPES = {
    "float16": TensorProto.FLOAT16,
    "bfloat16": TensorProto.BFLOAT16,
    "float": TensorProto.FLOAT,
    "double": TensorProto.DOUBLE,
    "int8": TensorProto.INT8,
    "uint8": TensorProto.UINT8,
    "int16": TensorProto.INT16,
    "int32": TensorProto.INT32,
    "int64": TensorProto.INT64,
}


class Writer:
    """Writes nodes and constants one after the other; every method returns a tensor's name."""

    def __init__(self, features: int, opset: int = 21) -> None:
        self.features, self.opset = features, opset
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def constant(self, value: Any, dtype: Any = np.float32) -> str:
        name = f"c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.array(value, dtype), name))
        return name

    def node(self, kind: str, *inputs: str, outputs: int = 1, **attributes: Any) -> str:
        number = len(self.nodes)
        names = [f"n{number}" + (f"_{place}" if place else "") for place in range(outputs)]
        self.nodes.append(
            helper.make_node(kind, list(inputs), names, name=f"{kind}{number}", **attributes)
        )
        return names[0]

    def cast(self, tensor: str, kind: str) -> str:
        return self.node("Cast", tensor, to=TYPES[kind])

    def quantised(self, tensor: str, scale: float, bits: int = 4, dtype: Any = np.float32) -> str:
        """Signed codes and what they stand for."""
        step, zero = self.constant(scale, dtype), self.constant(0, np.int8)
        codes = self.node("QuantizeLinear", tensor, step, zero)
        ends = (self.constant(end, np.int8) for end in (-(1 << bits - 1), (1 << bits - 1) - 1))
        return self.node("DequantizeLinear", self.node("Clip", codes, *ends), step, zero)

    def model(self, output: str, shape: Any = None, features: Any = None) -> onnx.ModelProto:
        shape = ["N", None] if shape is None else shape
        graph = helper.make_graph(
            self.nodes,
            "typed",
            [
                helper.make_tensor_value_info(
                    "x", TensorProto.FLOAT, ["N", self.features] if features is None else features
                )
            ],
            [onnx.ValueInfoProto(name=output)],
            self.constants,
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", self.opset)])
        model.ir_version = 10
        return model


def adding_model(
    kind: str, scale: float, how: str, terms: int = 8, *, dequantised: bool = False
) -> onnx.ModelProto:
    """Sums of many 4-bit signals in a floating-point type, then a quantiser.

    Args:
        kind: the type.
        scale: of the signals.
        how: the operator that adds.
        terms: signals per sum.
        dequantised: whether signals are already dequantised in that type, not converted to it.
    """
    writer = Writer(terms)
    number = np.dtype(helper.tensor_dtype_to_np_dtype(TYPES[kind]))
    if dequantised:
        signals = writer.quantised(writer.cast("x", kind), scale, dtype=number)
    else:
        signals = writer.cast(writer.quantised("x", scale), kind)
    signs = np.where(np.arange(terms) % 3, 1, -1)
    if how in {"MatMul", "Gemm"}:
        total = writer.node(how, signals, writer.constant(signs[:, None], number))
    elif how == "ReduceSum":
        total = writer.node(how, signals, writer.constant([1], np.int64), keepdims=1)
    else:
        parts = [
            writer.node("Gather", signals, writer.constant([place], np.int64), axis=1)
            for place in range(terms)
        ]
        total = parts[0]
        for part in parts[1:]:
            total = writer.node("Add", total, part)
    return writer.model(writer.quantised(writer.cast(total, "float"), scale, bits=6))


def integer_model(kind: str, operator: str) -> onnx.ModelProto:
    """Two 4-bit signals in an integer type, an operator on them, and a quantiser."""
    writer = Writer(2)
    whole = writer.cast(writer.quantised("x", 1.0), kind)
    number = np.dtype(helper.tensor_dtype_to_np_dtype(TYPES[kind]))
    left, right = (
        writer.node("Gather", whole, writer.constant([place], np.int64), axis=1)
        for place in range(2)
    )
    if operator in {"Div", "Mod"}:  # by nothing that may be zero
        right = writer.node(
            "Where",
            writer.node("Equal", right, writer.constant(0, number)),
            writer.constant(3, number),
            right,
        )
    if operator == "Square":  # overflows int8
        square = writer.node("Mul", left, left)
        made = writer.node("Mul", square, right)
    else:
        made = writer.node(operator, left, right)
    return writer.model(writer.quantised(writer.cast(made, "float"), 4.0))


def rounded_model() -> onnx.ModelProto:
    """Signals that pass through bfloat16, which numpy does not have."""
    writer = Writer(3)
    signals = writer.quantised("x", 0.3)
    short = writer.cast(writer.cast(signals, "bfloat16"), "float")
    total = writer.node("ReduceSum", short, writer.constant([1], np.int64), keepdims=1)
    assert ml_dtypes.bfloat16
    return writer.model(writer.quantised(total, 0.3))


def rewritten_model() -> onnx.ModelProto:
    """A model of everything that is rewritten: a fixed batch, QONNX, dense sums, an argmax."""
    writer = Writer(6, opset=17)
    box = writer.node("Reshape", "x", writer.constant([1, 2, 3], np.int64))
    flat = writer.node("Reshape", box, writer.constant([1, -1], np.int64))
    domain = "qonnx.custom_op.general"
    quant = {"domain": domain, "signed": 1, "narrow": 0, "rounding_mode": "ROUND"}
    ends = [writer.constant(value) for value in (0.25, 0.0, 4.0)]
    signals = writer.node("Quant", flat, *ends, **quant)
    weights = np.arange(-9, 9).reshape(6, 3) * 0.125
    total = writer.node("MatMul", signals, writer.constant(weights))
    signs = writer.node("BipolarQuant", total, writer.constant(0.5), domain=domain)
    scores = writer.node("Quant", writer.node("Add", total, signs), *ends, **quant)
    model = writer.model(writer.node("ArgMax", scores, axis=1, keepdims=0))
    model.opset_import.append(helper.make_opsetid(domain, 1))
    return model
