"""An ONNX graph opened up: constants folded, shapes known, sub-graphs cut out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt
import onnx
from onnx import helper, numpy_helper
from onnx.reference import ReferenceEvaluator

from logicjsc.errors import OnnxModelError
from logicjsc.onnx_io.session import Session

Array: TypeAlias = npt.NDArray[Any]

_BATCH_AXIS: Final = "jets"


def load_onnx(path: Path) -> onnx.ModelProto:
    """Read and check an ONNX file.

    Raises:
        OnnxModelError: the file is missing or not a valid ONNX model.
    """
    from google.protobuf.message import DecodeError

    try:
        model = onnx.load(str(path))
        onnx.checker.check_model(model)
    except FileNotFoundError as error:
        raise OnnxModelError(f"there is no ONNX model {path}") from error
    except (OSError, DecodeError, onnx.checker.ValidationError, ValueError) as error:
        reason = str(error).strip().partition("\n")[0]
        raise OnnxModelError(f"{path} is not a valid ONNX model ({reason})") from error
    return model


def metadata_of(model: onnx.ModelProto) -> dict[str, str]:
    """The model's metadata properties."""
    return {entry.key: entry.value for entry in model.metadata_props}


class Graph:
    """One input of raw features, one output of class scores, and what lies between.

    Attributes:
        nodes: the nodes that depend on the input, in topological order.
        constants: value of every tensor that does not.
        producer: node by output tensor.
        shapes: shape of every remaining tensor for a batch of one row.
        dtypes: numpy type of the same.
    """

    def __init__(self, model: onnx.ModelProto) -> None:
        self.model = model
        self.opset = {entry.domain: entry.version for entry in model.opset_import}
        graph = model.graph
        self.constants = {entry.name: numpy_helper.to_array(entry) for entry in graph.initializer}
        inputs = [entry.name for entry in graph.input if entry.name not in self.constants]
        if len(inputs) != 1 or len(graph.output) != 1:
            raise OnnxModelError(
                f"the model has {len(inputs)} inputs and {len(graph.output)} outputs; one input of "
                f"features and one output of class scores are expected"
            )
        self.input, self.output = inputs[0], graph.output[0].name
        self.features = self._feature_count()
        self.nodes = self._fold_constants()
        self.producer = {name: node for node in self.nodes for name in node.output if name}
        self.shapes, self.dtypes = self._infer_shapes()

    def subgraph(self, sources: Sequence[str], targets: Sequence[str]) -> Session:
        """A session for the part of the graph from tensors ``sources`` to tensors ``targets``."""
        kept: list[onnx.NodeProto] = []
        needed = set(targets)
        for node in reversed(self.nodes):
            if needed.intersection(node.output).difference(sources):
                kept.append(node)
                needed.update(name for name in node.input if name)
        feeds = [name for name in (*sources, self.input) if name in needed or name in sources]
        graph = helper.make_graph(
            kept[::-1],
            "part",
            [self._value_info(name) for name in dict.fromkeys(feeds)],
            [self._value_info(name) for name in targets],
            [
                numpy_helper.from_array(self.constants[name], name)
                for name in sorted(needed & set(self.constants))
            ],
        )
        model = helper.make_model(graph, opset_imports=self.model.opset_import)
        model.ir_version = self.model.ir_version
        return Session(model)

    def attributes(self, node: onnx.NodeProto) -> dict[str, Any]:
        """A node's attributes by name."""
        return {entry.name: helper.get_attribute_value(entry) for entry in node.attribute}

    def evaluate_node(self, node: onnx.NodeProto, inputs: Mapping[str, Array]) -> list[Array]:
        """Outputs of a single node, by ONNX's reference implementation."""
        info = [
            helper.make_tensor_value_info(
                name, helper.np_dtype_to_tensor_dtype(value.dtype), value.shape
            )
            for name, value in inputs.items()
        ]
        outputs = [onnx.ValueInfoProto(name=name) for name in node.output if name]
        graph = helper.make_graph([node], "node", info, outputs)
        model = helper.make_model(graph, opset_imports=self.model.opset_import)
        return [np.asarray(result) for result in ReferenceEvaluator(model).run(None, dict(inputs))]

    def _feature_count(self) -> int:
        (entry,) = (entry for entry in self.model.graph.input if entry.name == self.input)
        tensor = entry.type.tensor_type
        sizes = [axis.dim_value for axis in tensor.shape.dim]
        matrix = 2
        if len(sizes) != matrix or sizes[1] < 1 or tensor.elem_type != onnx.TensorProto.FLOAT:
            raise OnnxModelError(
                f"input {self.input!r} must be a float32 matrix [jets, features] with a fixed "
                f"number of features, its shape is {sizes}"
            )
        return int(sizes[1])

    def _fold_constants(self) -> list[onnx.NodeProto]:
        kept = []
        for node in self.model.graph.node:
            if all(not name or name in self.constants for name in node.input):
                feeds = {name: self.constants[name] for name in node.input if name}
                results = self.evaluate_node(node, feeds)
                names = [name for name in node.output if name]
                self.constants |= dict(zip(names, results, strict=True))
            else:
                kept.append(node)
        return kept

    def _infer_shapes(self) -> tuple[dict[str, tuple[int, ...]], dict[str, np.dtype[Any]]]:
        """Shapes and types as onnxruntime produces them, on one row."""
        probe = onnx.ModelProto()
        probe.CopyFrom(self.model)
        for entry in probe.graph.input:
            if entry.name == self.input:
                entry.type.tensor_type.shape.dim[0].dim_param = _BATCH_AXIS
        del probe.graph.output[:], probe.graph.value_info[:]
        names = [name for node in self.nodes for name in node.output if name]
        probe.graph.output.extend(onnx.ValueInfoProto(name=name) for name in names)
        session = Session(probe)
        results = session.run({self.input: np.zeros((1, self.features), np.float32)}, names)
        shapes: dict[str, tuple[int, ...]] = {self.input: (1, self.features)}
        dtypes: dict[str, np.dtype[Any]] = {self.input: np.dtype(np.float32)}
        for name, result in zip(names, results, strict=True):
            if result.shape[:1] != (1,):
                raise OnnxModelError(
                    f"tensor {name!r} does not keep the batch as its first axis (shape "
                    f"{result.shape} for one jet); export the model with a dynamic batch axis"
                )
            shapes[name], dtypes[name] = result.shape, result.dtype
        return shapes, dtypes

    def _value_info(self, name: str) -> onnx.ValueInfoProto:
        kind = helper.np_dtype_to_tensor_dtype(self.dtypes[name])
        return helper.make_tensor_value_info(name, kind, [_BATCH_AXIS, *self.shapes[name][1:]])
