"""What is refused before a model runs: which node, what is wrong with it, what to change."""

from __future__ import annotations

from typing import Final

import onnx
from onnx import TensorProto

from logicjsc.core.errors import OnnxModelError

_RANDOM: Final = frozenset(
    "Bernoulli Multinomial RandomNormal RandomNormalLike RandomUniform RandomUniformLike".split()
)

_OF_QONNX: Final = frozenset("BipolarQuant FloatQuant IntQuant Quant Trunc".split())

_CODES: Final = frozenset(
    (TensorProto.INT8, TensorProto.UINT8, TensorProto.INT4, TensorProto.UINT4)
)
"""Types of codes that can be tabulated."""

_TRAINING: Final = "export the model in evaluation mode (model.eval() before the export)"


def label_of(node: onnx.NodeProto) -> str:
    """What messages call a node: its name, or its first output if it has none, and its operator."""
    named = node.name or next((name for name in node.output if name), "")
    return f"node {named!r} ({node.op_type})"


def type_name(kind: int) -> str:
    """What a type of ONNX is called: ``float16``, ``int4``."""
    try:
        return str(TensorProto.DataType.Name(kind)).lower()
    except ValueError:
        return f"type {kind}"


def refuse_what_cannot_be_followed(model: onnx.ModelProto) -> None:
    """Refuse what would make dependence or constants unsound, and what does not run.

    Raises:
        OnnxModelError: names the node.
    """
    graph = model.graph
    if graph.sparse_initializer:
        raise OnnxModelError(
            f"initialiser {graph.sparse_initializer[0].values.name!r} is stored sparse; store it "
            f"as a dense tensor with zeros"
        )
    zero_points = _types_of_constants(graph)
    varying = _names_that_vary(graph)
    off = _constants_of_false(graph)
    for node in graph.node:
        reason = _reason_against(node)
        if node.op_type == "Dropout" and any(name and name not in off for name in node.input[2:]):
            reason = f"may drop signals at random (training mode); {_TRAINING}"
        if reason:
            raise OnnxModelError(f"{label_of(node)} {reason}")
        if node.op_type == "QuantizeLinear" and varying.intersection(node.input):
            _refuse_wide_codes(node, zero_points)


def refuse_input(tensor: onnx.ValueInfoProto) -> None:
    """Refuse features that are no float32 matrix.

    Raises:
        OnnxModelError: says what they are, and what to change.
    """
    facts = tensor.type.tensor_type
    sizes = [axis.dim_value or axis.dim_param or "?" for axis in facts.shape.dim]
    must = "must be a float32 matrix [samples, features] with a fixed number of features"
    if facts.elem_type != TensorProto.FLOAT:
        raise OnnxModelError(
            f"input {tensor.name!r} {must}, its type is {type_name(facts.elem_type)}; export the "
            f"model with a float32 input, converted inside the model if need be"
        )
    matrix = 2
    if len(sizes) != matrix or facts.shape.dim[1].dim_value < 1:
        raise OnnxModelError(
            f"input {tensor.name!r} {must}, its shape is [{', '.join(map(str, sizes))}]; export "
            f"the model with one row of features per sample, reshaped inside the model if need be"
        )


def refuse_ends(inputs: list[str], outputs: list[str], nodes: list[onnx.NodeProto]) -> None:
    """Refuse a model that has not one input and one output.

    Raises:
        OnnxModelError: names them, and the node if it is one that writes several.
    """
    if len(inputs) == 1 and len(outputs) == 1:
        return
    made = next((node for node in nodes if set(outputs) & set(node.output)), None)
    several = made is not None and len(outputs) > 1
    by = f"; {label_of(made)} makes {outputs[0]!r}" if made is not None and several else ""
    raise OnnxModelError(
        f"the model has {len(inputs)} inputs and {len(outputs)} outputs; one input of features and "
        f"one output of class scores are expected, and it has {', '.join(inputs)} and "
        f"{', '.join(outputs)}{by}; join inputs inside the model (Concat), and export one output"
    )


def _reason_against(node: onnx.NodeProto) -> str:
    """Why a node cannot be followed, and what to change; nothing if it can."""
    if "qonnx" in node.domain or "finn" in node.domain or node.op_type in _OF_QONNX:
        return (
            "is an operator of QONNX, and a QCDQ file is needed; export the model again in QCDQ "
            "(brevitas.export.export_onnx_qcdq, logicjsc export-onnx --format qcdq), or convert "
            "it (qonnx-convert --output-style qcdq)"
        )
    if any(entry.HasField("g") or entry.graphs for entry in node.attribute):
        return "holds a graph of its own; export the model without control flow"
    if node.op_type in _RANDOM:
        return f"makes random numbers, which no table holds; {_TRAINING}"
    if node.op_type == "DynamicQuantizeLinear":
        return (
            "chooses its scale anew for every batch (dynamic quantisation), which no circuit does; "
            "quantise the model statically, with scales from calibration data"
        )
    training = any(entry.name == "training_mode" and entry.i for entry in node.attribute)
    if node.op_type == "BatchNormalization" and (training or sum(map(bool, node.output)) > 1):
        return f"normalises by the samples of its batch (training mode); {_TRAINING}"
    return ""


def _refuse_wide_codes(node: onnx.NodeProto, zero_points: dict[str, int]) -> None:
    """Refuse codes of activations that are wider than a byte, or no integers."""
    kind: int = TensorProto.UINT8
    for entry in node.attribute:
        if entry.name == "output_dtype" and entry.i:
            kind = entry.i
    if len(node.input) > 2 and node.input[2]:  # noqa: PLR2004 - the zero point
        kind = zero_points.get(node.input[2], kind)
    if kind not in _CODES:
        raise OnnxModelError(
            f"quantiser {node.name or node.output[0]!r} ({node.op_type}) makes {type_name(kind)} "
            f"codes; only int8, uint8, int4 and uint4 can be tabulated; quantise activations to 8 "
            f"bits or fewer"
        )


def _types_of_constants(graph: onnx.GraphProto) -> dict[str, int]:
    """Types of initialisers and of what ``Constant`` nodes hold."""
    types = {entry.name: entry.data_type for entry in graph.initializer}
    for node in graph.node:
        if node.op_type == "Constant":
            for entry in node.attribute:
                if entry.name == "value":
                    types[node.output[0]] = entry.t.data_type
    return types


def _constants_of_false(graph: onnx.GraphProto) -> set[str]:
    """Initialisers and ``Constant`` nodes that hold a single false."""
    tensors = {entry.name: entry for entry in graph.initializer}
    for node in graph.node:
        if node.op_type == "Constant":
            held = [entry.t for entry in node.attribute if entry.name == "value"]
            tensors |= dict.fromkeys(node.output[:1], held[0]) if held else {}
    return {
        name
        for name, entry in tensors.items()
        if entry.data_type == TensorProto.BOOL
        and entry.int32_data in ([], [0])
        and not entry.raw_data.strip(b"\0")
    }


def _names_that_vary(graph: onnx.GraphProto) -> set[str]:
    """Tensors that depend on an input."""
    fixed = {entry.name for entry in graph.initializer}
    found = {entry.name for entry in graph.input} - fixed
    for node in graph.node:
        if found.intersection(node.input):
            found.update(name for name in node.output if name)
    return found
