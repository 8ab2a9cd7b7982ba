"""Products of integers, as static quantisation in onnxruntime's "QOperator" form writes them.

``QLinearMatMul``, ``QLinearConv``, ``MatMulInteger`` and ``ConvInteger`` take codes. They become
products of the numbers that codes are above their zero points, which float32 holds exactly, and
where they quantise again, a factor, ``(scale * scale) / scale`` in float32, and ``QuantizeLinear``
with scale 1: the steps that onnxruntime takes.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import onnx
from onnx import TensorProto

from logicjsc.core.errors import OnnxModelError
from logicjsc.frontend.onnx.lowering.editing import Array, Editor
from logicjsc.frontend.onnx.refusals import label_of

_PRODUCTS: Final = {
    "QLinearMatMul": "MatMul",
    "MatMulInteger": "MatMul",
    "QLinearConv": "Conv",
    "ConvInteger": "Conv",
}

_DYNAMIC: Final = "DynamicQuantizeLinear"

_OWN_DOMAINS: Final = frozenset(["", "ai.onnx"])


def lower_integer_products(model: onnx.ModelProto) -> onnx.ModelProto:
    """The same model without products of integers; itself if it has none.

    A model that is quantised dynamically is left as it is, to be refused by that name.

    Raises:
        OnnxModelError: a scale or zero point is no constant, or has another shape than one number
            or one for each output.
    """
    products = any(_is_product(node) for node in model.graph.node)
    if not products or any(node.op_type == _DYNAMIC for node in model.graph.node):
        return model
    editor = Editor(model)
    given, editor.nodes = editor.nodes, []
    for node in given:
        if not _is_product(node):
            editor.nodes.append(node)
        elif node.op_type.startswith("QLinear"):
            _requantised(editor, node)
        else:
            left, right, *zeros = node.input
            zero, other = (*zeros, "", "")[:2]
            product = _product(editor, node, (left, zero), (right, other), "")
            _named(editor, node, "Cast", [product], to=TensorProto.INT32)
    return editor.finish()


def _is_product(node: onnx.NodeProto) -> bool:
    return node.domain in _OWN_DOMAINS and node.op_type in _PRODUCTS


def _requantised(editor: Editor, node: onnx.NodeProto) -> None:
    """A product and what quantises it again."""
    left, left_scale, left_zero, right, right_scale, right_zero, scale, zero, *bias = node.input
    scales = [_constant(editor, node, name) for name in (left_scale, right_scale, scale)]
    if scales[0].size != 1 or scales[2].size != 1:
        raise OnnxModelError(
            f"{label_of(node)} has several scales for what it reads or makes; one each is possible"
        )
    factor = scales[0].reshape(()) * scales[1] / scales[2].reshape(())
    start = _product(editor, node, (left, left_zero), (right, right_zero), *(bias or [""]))
    stem = node.output[0]
    by = editor.constant(f"{stem}/factor", _by_output(editor, node, right, factor))
    number = editor.node("Mul", [start, by], f"{stem}/number")
    one = editor.constant(f"{stem}/one", np.ones((), np.float32))
    point = editor.constant(f"{stem}/zero", _constant(editor, node, zero).reshape(()))
    _named(editor, node, "QuantizeLinear", [number, one, point])


def _by_output(editor: Editor, node: onnx.NodeProto, weights: str, factor: Array) -> Array:
    """Factors so that each output meets its own."""
    factor = factor.astype(np.float32)
    if factor.size == 1:
        return factor.reshape(())
    if _PRODUCTS[node.op_type] == "MatMul":
        return factor.reshape(-1)
    axes = _constant(editor, node, weights).ndim - 2
    return factor.reshape(-1, *[1] * axes)


def _product(
    editor: Editor, node: onnx.NodeProto, left: tuple[str, str], right: tuple[str, str], bias: str
) -> str:
    """The product of two tensors of codes, each above its zero points; the name of the result."""
    kind = _PRODUCTS[node.op_type]
    stem = node.output[0]
    # One zero point for each output: columns of a matrix, filters of a convolution.
    axes = {"MatMul": -1, "Conv": 0}
    inputs = [
        _above_zero(editor, node, *left, axis=1, wanted=f"{stem}/left"),
        _above_zero(editor, node, *right, axis=axes[kind], wanted=f"{stem}/right"),
    ]
    if bias:
        added = _constant(editor, node, bias).astype(np.float32)
        inputs.append(editor.constant(f"{stem}/bias", added))
    product = editor.node(kind, inputs, f"{stem}/product")
    editor.nodes[-1].attribute.extend(node.attribute)
    return product


def _above_zero(
    editor: Editor, node: onnx.NodeProto, codes: str, zero: str, *, axis: int, wanted: str
) -> str:
    """Codes less their zero points, as float32 numbers."""
    points = _constant(editor, node, zero) if zero else np.zeros((), np.int8)
    shape = points.shape if points.size > 1 else ()
    inputs = [codes, editor.constant(f"{wanted}_scale", np.ones(shape, np.float32))]
    if zero:
        inputs.append(editor.constant(f"{wanted}_zero", points.reshape(shape)))
    return editor.node("DequantizeLinear", inputs, wanted, axis=axis)


def _constant(editor: Editor, node: onnx.NodeProto, name: str) -> Array:
    value = editor.value(name)
    if value is None:
        raise OnnxModelError(
            f"{label_of(node)} reads {name!r}, which is no constant; export the model with fixed "
            f"weights, scales and zero points"
        )
    return value


def _named(
    editor: Editor, node: onnx.NodeProto, operator: str, inputs: list[str], **given: int
) -> None:
    """A node that makes what another one made, under its name."""
    editor.node(operator, inputs, f"{node.output[0]}/made", **given)
    made = editor.nodes[-1]
    made.output[:] = node.output[:1]
    made.name = node.name
