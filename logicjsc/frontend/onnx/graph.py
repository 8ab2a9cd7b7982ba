"""An ONNX graph opened up: constants folded, shapes known, sub-graphs cut out."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt
import onnx
import onnx.inliner
from onnx import helper, numpy_helper

from logicjsc.core.errors import OnnxModelError
from logicjsc.frontend.onnx.cost import check_cost
from logicjsc.frontend.onnx.files import load_onnx, metadata_of
from logicjsc.frontend.onnx.narrow import without_narrow_types
from logicjsc.frontend.onnx.observe import Observed, observe
from logicjsc.frontend.onnx.refusals import (
    label_of,
    refuse_ends,
    refuse_input,
    refuse_what_cannot_be_followed,
)
from logicjsc.frontend.onnx.session import Session, run_once
from logicjsc.frontend.onnx.sizes import fixed_reshapes, size_tensors

__all__ = ["Array", "Graph", "load_onnx", "metadata_of"]

Array: TypeAlias = npt.NDArray[Any]

BATCH_AXIS: Final = "samples"
"""What the batch axis of a part of a graph is called."""


class Graph:
    """One input of raw features, one output of class scores, and what lies between.

    Attributes:
        given: the model as it was given.
        nodes: the nodes that depend on the features, in topological order.
        constants: value of every tensor that does not.
        row_bytes: memory that one sample takes, about.
        sizes: value, for a batch of one sample, of tensors that depend on the size of the batch
            alone, such as the target of a reshape.
        producer: node by output tensor.
        shapes: shape of every remaining tensor for a batch of one sample.
        axes: by the same, which axis is that of the samples.
        dtypes: numpy type of the same.
    """

    def __init__(self, model: onnx.ModelProto) -> None:
        self.given = model
        model = _without_functions(model)
        refuse_what_cannot_be_followed(model)
        self.model = model = without_narrow_types(model)
        self.opset = {entry.domain: entry.version for entry in model.opset_import}
        graph = model.graph
        self.constants = {entry.name: _read_initialiser(entry) for entry in graph.initializer}
        inputs = [entry for entry in graph.input if entry.name not in self.constants]
        refuse_ends([e.name for e in inputs], [e.name for e in graph.output], list(graph.node))
        refuse_input(inputs[0])
        self.input, self.output = inputs[0].name, graph.output[0].name
        self.features = int(inputs[0].type.tensor_type.shape.dim[1].dim_value)
        self.row_bytes = check_cost(model, self.input)
        nodes = self._fold_constants()
        names_of_sizes = size_tensors(nodes, self.constants)
        seen = observe(model, nodes, self.input, self.features, names_of_sizes)
        self.constants |= seen.fixed
        nodes = [
            node for node in nodes if not self.constants.keys() >= set(filter(None, node.output))
        ]
        nodes, targets = fixed_reshapes(nodes, seen, names_of_sizes)
        self.constants |= targets
        self._all_nodes = nodes
        self.nodes = [node for node in self._all_nodes if node.output[0] not in names_of_sizes]
        self.producer = {name: node for node in self.nodes for name in node.output if name}
        self.sizes = seen.sizes
        self.shapes, self.axes, self.dtypes = seen.shapes, seen.axes, seen.dtypes
        self._check_output(seen)

    def sample_shape(self, tensor: str) -> tuple[int, ...]:
        """Shape of what a tensor holds of one sample, without the axis of the samples."""
        shape, axis = self.shapes[tensor], self.axes[tensor]
        return (*shape[:axis], *shape[axis + 1 :])

    @property
    def outputs(self) -> int:
        """Numbers in the output of one sample."""
        return math.prod(self.sample_shape(self.output))

    def known(self, tensor: str) -> Array | None:
        """Value of a tensor that no feature changes, for a batch of one sample."""
        value = self.constants.get(tensor)
        return self.sizes.get(tensor) if value is None else value

    def subgraph(self, sources: Sequence[str], targets: Sequence[str]) -> Session:
        """A session for the part of the graph from tensors ``sources`` to tensors ``targets``.

        Its inputs are the sources that the targets are computed from, and the graph's input where
        a path leads past the sources. All have the samples on their first axis, wherever the graph
        has them.
        """
        kept: list[onnx.NodeProto] = []
        needed = set(targets)
        for node in reversed(self._all_nodes):
            if needed.intersection(node.output).difference(sources):
                kept.append(node)
                needed.update(name for name in node.input if name)
        feeds = [name for name in dict.fromkeys((*sources, self.input)) if name in needed]
        nodes = kept[::-1]
        turned = [n for n in dict.fromkeys((*feeds, *targets)) if self.axes[n]]
        if turned:
            nodes = self._turned(nodes, turned, feeds)
        graph = helper.make_graph(
            nodes,
            "part",
            [self._value_info(name) for name in feeds],
            [self._value_info(name) for name in targets],
            [
                numpy_helper.from_array(self.constants[name], name)
                for name in sorted(needed & set(self.constants))
            ],
        )
        return Session(self._model_of(graph), self.row_bytes)

    def as_given(self) -> Session:
        """A session for the model as it was given, from features to scores.

        Only the size of its batch is left open.
        """
        model = onnx.ModelProto()
        model.CopyFrom(self.given)
        for entry in (*model.graph.input, *model.graph.output):
            if entry.name in {self.input, self.output}:
                axes = entry.type.tensor_type.shape.dim
                if len(axes):
                    axes[0].dim_param = BATCH_AXIS
        return Session(model, self.row_bytes)

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

    def _turned(
        self, nodes: list[onnx.NodeProto], turned: list[str], feeds: list[str]
    ) -> list[onnx.NodeProto]:
        """Nodes between which some tensors have the samples where the graph has them.

        Outside, under their own names, the samples are the first axis.
        """
        inner = {name: f"{name}/inner" for name in turned}
        result = []
        for name in turned:
            if name in feeds:
                axis, rank = self.axes[name], len(self.shapes[name])
                order = np.moveaxis(np.arange(rank), 0, axis).tolist()
                result.append(helper.make_node("Transpose", [name], [inner[name]], perm=order))
        for node in nodes:
            copy = onnx.NodeProto()
            copy.CopyFrom(node)
            copy.input[:] = [inner.get(name, name) for name in node.input]
            copy.output[:] = [inner.get(name, name) for name in node.output]
            result.append(copy)
        for name in turned:
            if name not in feeds:
                axis, rank = self.axes[name], len(self.shapes[name])
                order = np.moveaxis(np.arange(rank), axis, 0).tolist()
                result.append(helper.make_node("Transpose", [inner[name]], [name], perm=order))
        return result

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
        # What only constants read need not be a type that numpy has.
        read = {name for node in kept for name in node.input} | {self.output}
        names = [name for node in constant for name in node.output if name in read]
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

    def _check_output(self, seen: Observed) -> None:
        """The scores need one row per sample."""
        if self.output in self.constants or self.output not in self.axes:
            raise OnnxModelError(
                f"output {self.output!r} does not depend on the features; export what the model "
                f"computes from them"
            )
        if self.axes[self.output]:
            raise OnnxModelError(
                f"{label_of(self.producer[self.output])}: output {self.output!r} does not keep the "
                f"batch as its first axis (shape {seen.shape_of_many(self.output)} for "
                f"{seen.many} samples); export the model with a dynamic batch axis, and one row of "
                f"scores per sample"
            )

    def _value_info(self, name: str) -> onnx.ValueInfoProto:
        kind = helper.np_dtype_to_tensor_dtype(self.dtypes[name])
        return helper.make_tensor_value_info(name, kind, [BATCH_AXIS, *self.sample_shape(name)])


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
        raise OnnxModelError(
            f"the model's local functions cannot be used ({reason}); export it without functions"
        ) from error


def _read_initialiser(tensor: onnx.TensorProto) -> Array:
    try:
        return numpy_helper.to_array(tensor)
    except Exception as error:  # whatever numpy and protobuf make of damaged contents
        reason = str(error).strip().partition("\n")[0]
        raise OnnxModelError(
            f"initialiser {tensor.name!r} cannot be read ({reason}); export the model again"
        ) from error
