"""Four-bit integers read as eight bits: onnxruntime hands none over, neither in nor out.

A ``QuantizeLinear`` to int4 saturates at -8 and 7. One to int8 with a ``Clip`` at the same bounds
makes the same codes, whatever scale and zero point, and is what QCDQ models hold anyway.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from logicjsc.core.errors import OnnxModelError
from logicjsc.frontend.onnx.refusals import label_of, type_name

_WIDER: Final[dict[int, tuple[int, type[np.integer], int, int]]] = {
    TensorProto.INT4: (TensorProto.INT8, np.int8, -8, 7),
    TensorProto.UINT4: (TensorProto.UINT8, np.uint8, 0, 15),
}
"""For each type the wider one, its numpy type, and the bounds of the narrow one."""


def without_narrow_types(model: onnx.ModelProto) -> onnx.ModelProto:
    """The same model with int8 and uint8 in place of int4 and uint4.

    Raises:
        OnnxModelError: a node makes four-bit integers otherwise than by quantising.
    """
    if not _has_narrow(model.graph):
        return model
    result = onnx.ModelProto()
    result.CopyFrom(model)
    graph = result.graph
    del graph.value_info[:]
    types = {entry.name: entry.data_type for entry in graph.initializer}
    for entry in graph.initializer:
        if entry.data_type in _WIDER:
            entry.CopyFrom(_widened(entry))
    nodes: list[onnx.NodeProto] = []
    for node in graph.node:
        if node.op_type == "Constant":
            _widen_constant(node, types)
            nodes.append(node)
        elif node.op_type == "QuantizeLinear":
            nodes += _quantise(node, types, graph)
        elif any(a.name == "to" and a.i in _WIDER for a in node.attribute):
            raise OnnxModelError(
                f"{label_of(node)} converts to a four-bit type; make such codes with "
                f"QuantizeLinear, or convert to int8"
            )
        else:
            nodes.append(node)
    del graph.node[:]
    graph.node.extend(nodes)
    return result


def _has_narrow(graph: onnx.GraphProto) -> bool:
    return any(entry.data_type in _WIDER for entry in graph.initializer) or any(
        attribute.i in _WIDER
        if attribute.name in {"to", "output_dtype"}
        else attribute.name == "value" and attribute.t.data_type in _WIDER
        for node in graph.node
        for attribute in node.attribute
    )


def _widened(tensor: onnx.TensorProto) -> onnx.TensorProto:
    """A four-bit tensor in eight bits."""
    _, dtype, _, _ = _WIDER[tensor.data_type]
    try:
        numbers = numpy_helper.to_array(tensor).astype(dtype)
    except Exception as error:  # whatever numpy and protobuf make of damaged contents
        reason = str(error).strip().partition("\n")[0]
        raise OnnxModelError(
            f"initialiser {tensor.name!r} ({type_name(tensor.data_type)}) cannot be read ({reason})"
        ) from error
    return numpy_helper.from_array(numbers, tensor.name)


def _widen_constant(node: onnx.NodeProto, types: dict[str, int]) -> None:
    for attribute in node.attribute:
        if attribute.name == "value":
            types[node.output[0]] = attribute.t.data_type
            if attribute.t.data_type in _WIDER:
                attribute.t.CopyFrom(_widened(attribute.t))


def _quantise(
    node: onnx.NodeProto, types: dict[str, int], graph: onnx.GraphProto
) -> list[onnx.NodeProto]:
    """A quantiser, with a ``Clip`` behind it if its codes were narrow."""
    kind = next((entry.i for entry in node.attribute if entry.name == "output_dtype"), 0)
    if len(node.input) > 2 and node.input[2]:  # noqa: PLR2004 - the zero point
        kind = types.get(node.input[2], kind)
    if kind not in _WIDER:
        return [node]
    wide, dtype, low, high = _WIDER[kind]
    for entry in node.attribute:
        if entry.name == "output_dtype" and entry.i:
            entry.i = wide
    codes = node.output[0]
    node.output[0] = f"{codes}/wide"
    bounds = [f"{codes}/low", f"{codes}/high"]
    graph.initializer.extend(
        numpy_helper.from_array(np.array(bound, dtype), name)
        for bound, name in zip((low, high), bounds, strict=True)
    )
    name = f"{node.name or codes}/clip"
    return [node, helper.make_node("Clip", [f"{codes}/wide", *bounds], [codes], name=name)]
