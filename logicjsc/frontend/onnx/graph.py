"""An ONNX graph opened up: constants folded, shapes known, sub-graphs cut out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt
import onnx
import onnx.inliner
from onnx import helper, numpy_helper

from logicjsc.core.errors import OnnxModelError
from logicjsc.frontend.onnx.session import Session, run_once

Array: TypeAlias = npt.NDArray[Any]

_BATCH_AXIS: Final = "samples"

_PROBE_JETS: Final = (17, 23)
"""Sizes of the batches that show shapes; two, so that no other axis is taken for the batch."""

_RANDOM: Final = frozenset(
    "Bernoulli Multinomial RandomNormal RandomNormalLike RandomUniform RandomUniformLike".split()
)


def load_onnx(path: Path) -> onnx.ModelProto:
    """Read and check an ONNX file.

    Raises:
        OnnxModelError: the file is missing or not a valid ONNX model.
    """
    from google.protobuf.message import DecodeError

    try:
        model = onnx.load(str(path), format="protobuf")
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
        self.model = model = _without_functions(model)
        self.opset = {entry.domain: entry.version for entry in model.opset_import}
        graph = model.graph
        _refuse_what_cannot_be_followed(graph)
        self.constants = {entry.name: _read_initialiser(entry) for entry in graph.initializer}
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
        """A session for the part of the graph from tensors ``sources`` to tensors ``targets``.

        Its inputs are the sources that the targets are computed from, and the graph's input where
        a path leads past the sources.
        """
        kept: list[onnx.NodeProto] = []
        needed = set(targets)
        for node in reversed(self.nodes):
            if needed.intersection(node.output).difference(sources):
                kept.append(node)
                needed.update(name for name in node.input if name)
        feeds = [name for name in (*sources, self.input) if name in needed]
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
        return Session(self._model_of(graph))

    def attributes(self, node: onnx.NodeProto) -> dict[str, Any]:
        """A node's attributes by name."""
        return {entry.name: helper.get_attribute_value(entry) for entry in node.attribute}

    def evaluate_node(self, node: onnx.NodeProto, inputs: Mapping[str, Array]) -> list[Array]:
        """Outputs of a single node."""
        info = [
            helper.make_tensor_value_info(
                name, helper.np_dtype_to_tensor_dtype(value.dtype), value.shape
            )
            for name, value in inputs.items()
        ]
        outputs = [onnx.ValueInfoProto(name=name) for name in node.output if name]
        return run_once(self._model_of(helper.make_graph([node], "node", info, outputs)), inputs)

    def _feature_count(self) -> int:
        (entry,) = (entry for entry in self.model.graph.input if entry.name == self.input)
        tensor = entry.type.tensor_type
        sizes = [axis.dim_value for axis in tensor.shape.dim]
        matrix = 2
        if len(sizes) != matrix or sizes[1] < 1 or tensor.elem_type != onnx.TensorProto.FLOAT:
            raise OnnxModelError(
                f"input {self.input!r} must be a float32 matrix [samples, features] with a fixed "
                f"number of features, its shape is {sizes}"
            )
        return int(sizes[1])

    def _model_of(self, graph: onnx.GraphProto) -> onnx.ModelProto:
        model = helper.make_model(graph, opset_imports=self.model.opset_import)
        model.ir_version = self.model.ir_version
        return model

    def _fold_constants(self) -> list[onnx.NodeProto]:
        """Compute everything that does not depend on the input; the other nodes are returned."""
        known = set(self.constants)
        constant, kept = [], []
        for node in self.model.graph.node:
            if all(not name or name in known for name in node.input):
                constant.append(node)
                known.update(name for name in node.output if name)
            else:
                kept.append(node)
        names = [name for node in constant for name in node.output if name]
        if names:
            graph = helper.make_graph(
                constant,
                "constants",
                [],
                [onnx.ValueInfoProto(name=name) for name in names],
                self.model.graph.initializer,
            )
            self.constants |= dict(zip(names, run_once(self._model_of(graph), {}), strict=True))
        return kept

    def _infer_shapes(self) -> tuple[dict[str, tuple[int, ...]], dict[str, np.dtype[Any]]]:
        """Shapes for one sample and types, as onnxruntime produces them on a few random samples."""
        probe = onnx.ModelProto()
        probe.CopyFrom(self.model)
        for entry in probe.graph.input:
            if entry.name == self.input:
                entry.type.tensor_type.shape.dim[0].dim_param = _BATCH_AXIS
        del probe.graph.output[:], probe.graph.value_info[:]
        names = [name for node in self.nodes for name in node.output if name]
        probe.graph.output.extend(onnx.ValueInfoProto(name=name) for name in names)
        session = Session(probe)
        samples = np.random.default_rng(0).normal(size=(max(_PROBE_JETS), self.features))
        few, many = (
            session.run({self.input: samples[:count].astype(np.float32)}, names)
            for count in _PROBE_JETS
        )
        shapes: dict[str, tuple[int, ...]] = {self.input: (1, self.features)}
        dtypes: dict[str, np.dtype[Any]] = {self.input: np.dtype(np.float32)}
        for name, part, whole in zip(names, few, many, strict=True):
            # A row has the same bits in any batch, unless other rows are mixed into it.
            if not np.array_equal(part, whole[: len(part)], equal_nan=part.dtype.kind == "f"):
                raise OnnxModelError(
                    f"tensor {name!r} of one sample depends on the other samples of its batch; "
                    f"export the model in evaluation mode, with every operation along the features"
                )
            shapes[name], dtypes[name] = (1, *part.shape[1:]), part.dtype
        return shapes, dtypes

    def _value_info(self, name: str) -> onnx.ValueInfoProto:
        kind = helper.np_dtype_to_tensor_dtype(self.dtypes[name])
        return helper.make_tensor_value_info(name, kind, [_BATCH_AXIS, *self.shapes[name][1:]])


def _without_functions(model: onnx.ModelProto) -> onnx.ModelProto:
    """The model with its local functions written out: sub-graphs have no room for them.

    onnxruntime 1.32 aborts the process on a function that is named like an operator.
    """
    if not model.functions:
        return model
    try:
        return onnx.inliner.inline_local_functions(model)
    except Exception as error:  # whatever the checker in it makes of a damaged model
        reason = str(error).strip().partition("\n")[0]
        raise OnnxModelError(f"the model's local functions cannot be used ({reason})") from error


def _refuse_what_cannot_be_followed(graph: onnx.GraphProto) -> None:
    """Refuse what would make dependence or constants unsound."""
    if graph.sparse_initializer:
        raise OnnxModelError(
            f"initialiser {graph.sparse_initializer[0].values.name!r} is stored sparse; store it "
            f"as a dense tensor with zeros"
        )
    for node in graph.node:
        if any(entry.HasField("g") or entry.graphs for entry in node.attribute):
            raise OnnxModelError(
                f"node {node.name!r} ({node.op_type}) holds a graph of its own; export the model "
                f"without control flow"
            )
        if node.op_type in _RANDOM:
            raise OnnxModelError(
                f"node {node.name!r} ({node.op_type}) makes random numbers, which no table holds; "
                f"export the model in evaluation mode"
            )


def _read_initialiser(tensor: onnx.TensorProto) -> Array:
    try:
        return numpy_helper.to_array(tensor)
    except Exception as error:  # whatever numpy and protobuf make of damaged contents
        reason = str(error).strip().partition("\n")[0]
        raise OnnxModelError(f"initialiser {tensor.name!r} cannot be read ({reason})") from error
