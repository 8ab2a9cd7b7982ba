"""An ONNX graph opened up: constants folded, shapes known, sub-graphs cut out."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt
import onnx
import onnx.inliner
from onnx import TensorProto, helper, numpy_helper

from logicjsc.core.errors import OnnxModelError
from logicjsc.frontend.onnx.cost import check_cost
from logicjsc.frontend.onnx.files import load_onnx, metadata_of
from logicjsc.frontend.onnx.lowering.batch import with_free_batch
from logicjsc.frontend.onnx.lowering.editing import read_tensor
from logicjsc.frontend.onnx.lowering.ends import take_off_ends
from logicjsc.frontend.onnx.lowering.inputs import (
    InputForm,
    input_form,
    inputs_of,
    with_float_features,
)
from logicjsc.frontend.onnx.lowering.integer import lower_integer_products
from logicjsc.frontend.onnx.lowering.qonnx import lower_qonnx
from logicjsc.frontend.onnx.lowering.wide import lower_wide_codes
from logicjsc.frontend.onnx.narrow import without_narrow_types
from logicjsc.frontend.onnx.observe import Observed, observe
from logicjsc.frontend.onnx.refusals import (
    label_of,
    refuse_ends,
    refuse_what_cannot_be_followed,
    type_name,
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
        scored: the model as it was given, up to its scores, without decisions behind them.
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
        model, self.end = take_off_ends(_without_functions(model))
        self.scored = model
        standard = lower_integer_products(lower_qonnx(model))
        model = lower_wide_codes(standard)
        self._is_foreign = standard is not self.scored or model is not standard
        inputs = inputs_of(model)
        refuse_ends(
            [e.name for e in inputs], [e.name for e in model.graph.output], list(model.graph.node)
        )
        self.form = input_form(model)
        model, self.written_batch = with_free_batch(
            with_float_features(model, self.form), self.form.name
        )
        self._given, self._given_form = self._runnable(self.scored, model)
        refuse_what_cannot_be_followed(model)
        self.model = model = without_narrow_types(model)
        self.opset = {entry.domain: entry.version for entry in model.opset_import}
        graph = model.graph
        self.constants = {entry.name: read_tensor(entry, entry.name) for entry in graph.initializer}
        self.input, self.output = self.form.name, graph.output[0].name
        self.features = self.form.features
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
        self.folds = seen.folds
        self._check_output(seen)

    def sample_shape(self, tensor: str) -> tuple[int, ...]:
        """Shape of what a tensor holds of one sample, without the axis of the samples."""
        shape, axis = self.shapes[tensor], self.axes[tensor]
        if tensor in self.folds:
            return shape
        return (*shape[:axis], *shape[axis + 1 :])

    def has_samples_first(self, tensor: str) -> bool:
        """Whether the first axis of a tensor has one entry per sample."""
        return not self.axes[tensor] and tensor not in self.folds

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
        turned = [n for n in dict.fromkeys((*feeds, *targets)) if not self.has_samples_first(n)]
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

    def given_scores(self, features: Array, *, optimised: bool = False) -> Array:
        """What the model as it was given makes of features, float32 ``[samples, outputs]``.

        Only the size of its batch is left open. Operators that onnxruntime does not have are those
        of the rewritten model, and ends are left out.

        Args:
            features: float32 ``[samples, features]``.
            optimised: let onnxruntime optimise the graph as it does by default, which may change
                what is computed.
        """
        session = Session(self._given, self.row_bytes, optimised=optimised)
        (scores,) = session.run({self.input: self._given_form.convert(features)})
        return np.asarray(scores, np.float32).reshape(len(features), self.outputs)

    @property
    def notes(self) -> tuple[str, ...]:
        """What was rewritten that a reader should know; sentences."""
        notes = list(self.end.notes)
        if not self.form.is_plain:
            kind, shape = type_name(self.form.kind), [*self.form.shape]
            notes.append(
                f"the model takes {kind} of shape {shape} per sample; it is given float32 "
                f"features, limited and converted to {kind}"
            )
        if self.written_batch:
            notes.append(f"a batch of {self.written_batch} that was written into the model is free")
        return tuple(notes)

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

    def _runnable(
        self, given: onnx.ModelProto, lowered: onnx.ModelProto
    ) -> tuple[onnx.ModelProto, InputForm]:
        """The model to run for `given_scores`, and what it takes."""
        if self.written_batch or self._is_foreign or self.form.axis:
            return lowered, InputForm(self.form.name, TensorProto.FLOAT, (self.form.features,))
        model = onnx.ModelProto()
        model.CopyFrom(given)
        for entry in (*model.graph.input, *model.graph.output):
            if entry.name in {self.form.name, model.graph.output[0].name}:
                axes = entry.type.tensor_type.shape.dim
                axis = self.form.axis if entry.name == self.form.name else 0
                if len(axes) > axis:
                    axes[axis].dim_param = BATCH_AXIS
        return model, self.form

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
                result += self._from_samples_first(name, inner[name])
        for node in nodes:
            copy = onnx.NodeProto()
            copy.CopyFrom(node)
            copy.input[:] = [inner.get(name, name) for name in node.input]
            copy.output[:] = [inner.get(name, name) for name in node.output]
            result.append(copy)
        for name in turned:
            if name not in feeds:
                result += self._to_samples_first(inner[name], name)
        return result

    def _from_samples_first(self, name: str, inner: str) -> list[onnx.NodeProto]:
        axis, rank, fold = self.axes[name], len(self.shapes[name]), self.folds.get(name)
        if fold is None:
            order = [*range(1, axis + 1), 0, *range(axis + 1, rank)]
            return [helper.make_node("Transpose", [name], [inner], perm=order)]
        order = np.argsort(fold.samples_first(rank, axis)).tolist()
        joined = [*self.shapes[name][:axis], -1, *self.shapes[name][axis + 1 :]]
        return [
            helper.make_node("Transpose", [name], [f"{inner}/split"], perm=order),
            _constant(f"{inner}/joined", joined),
            helper.make_node("Reshape", [f"{inner}/split", f"{inner}/joined"], [inner]),
        ]

    def _to_samples_first(self, inner: str, name: str) -> list[onnx.NodeProto]:
        axis, rank, fold = self.axes[name], len(self.shapes[name]), self.folds.get(name)
        if fold is None:
            order = [axis, *range(axis), *range(axis + 1, rank)]
            return [helper.make_node("Transpose", [inner], [name], perm=order)]
        return [
            _constant(f"{inner}/apart", fold.split(self.shapes[name], axis)),
            helper.make_node("Reshape", [inner, f"{inner}/apart"], [f"{inner}/split"]),
            helper.make_node(
                "Transpose", [f"{inner}/split"], [name], perm=fold.samples_first(rank, axis)
            ),
        ]

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
        if not self.has_samples_first(self.output):
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


def _constant(name: str, numbers: list[int]) -> onnx.NodeProto:
    value = numpy_helper.from_array(np.array(numbers, np.int64))
    return helper.make_node("Constant", [], [name], value=value)
