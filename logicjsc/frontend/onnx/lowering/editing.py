"""What all rewritings need: constants by name, fresh names, nodes that nothing reads."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import onnx
from onnx import helper, numpy_helper

from logicjsc.core.errors import OnnxModelError

Array: TypeAlias = npt.NDArray[Any]


def read_tensor(tensor: onnx.TensorProto, name: str) -> Array:
    """Value of an initialiser or ``Constant``.

    Raises:
        OnnxModelError: it is damaged.
    """
    try:
        return numpy_helper.to_array(tensor)
    except Exception as error:  # whatever numpy and protobuf make of damaged contents
        reason = str(error).strip().partition("\n")[0]
        raise OnnxModelError(
            f"initialiser {name!r} cannot be read ({reason}); export the model again"
        ) from error


class Editor:
    """A copy of a model that is being rewritten.

    Attributes:
        model: the copy.
        nodes: its nodes in the order in which they will be written back.
    """

    def __init__(self, model: onnx.ModelProto) -> None:
        self.model = onnx.ModelProto()
        self.model.CopyFrom(model)
        self.nodes: list[onnx.NodeProto] = list(self.model.graph.node)
        graph = self.model.graph
        self._taken = {name for node in graph.node for name in (*node.input, *node.output)}
        self._taken |= {entry.name for entry in (*graph.input, *graph.initializer)}
        self._initialisers = {entry.name: entry for entry in graph.initializer}
        self._constants = {
            node.output[0]: entry.t
            for node in graph.node
            if node.op_type == "Constant"
            for entry in node.attribute
            if entry.name == "value"
        }

    def value(self, name: str) -> Array | None:
        """Value of an initialiser or ``Constant``; None if the tensor is neither.

        Raises:
            OnnxModelError: it is damaged.
        """
        tensor = self._tensor(name)
        return None if tensor is None else read_tensor(tensor, name)

    def small_value(self, name: str, longest: int) -> Array | None:
        """Value of an initialiser or ``Constant`` of at most so many elements, else None."""
        tensor = self._tensor(name)
        small = tensor is not None and math.prod(tensor.dims) <= longest
        return self.value(name) if small else None

    def tensors(self, names: Iterable[str]) -> list[onnx.TensorProto]:
        """Initialisers and ``Constant`` tensors of these names, as far as they are some."""
        found = []
        for name in sorted(names):
            tensor = self._tensor(name)
            if tensor is not None:
                copy = onnx.TensorProto()
                copy.CopyFrom(tensor)
                copy.name = name
                found.append(copy)
        return found

    def _tensor(self, name: str) -> onnx.TensorProto | None:
        return self._initialisers.get(name, self._constants.get(name))

    def producers(self) -> dict[str, onnx.NodeProto]:
        """Node by output."""
        return {name: node for node in self.nodes for name in node.output if name}

    def fresh(self, wanted: str) -> str:
        """A name that nothing has yet."""
        name, again = wanted, 2
        while name in self._taken:
            name, again = f"{wanted}_{again}", again + 1
        self._taken.add(name)
        return name

    def constant(self, wanted: str, value: Array) -> str:
        """Add an initialiser; its name."""
        name = self.fresh(wanted)
        self.model.graph.initializer.append(numpy_helper.from_array(np.asarray(value), name))
        self._initialisers[name] = self.model.graph.initializer[-1]
        return name

    def node(self, operator: str, inputs: Iterable[str], wanted: str, **attributes: Any) -> str:  # noqa: ANN401 - onnx's
        """Add a node behind those there are; the name of its output."""
        output = self.fresh(wanted)
        self.nodes.append(
            helper.make_node(operator, list(inputs), [output], name=output, **attributes)
        )
        return output

    def drop_unread(self) -> None:
        """Leave out nodes from which no way leads to an output."""
        needed = {entry.name for entry in self.model.graph.output}
        kept = []
        for node in reversed(self.nodes):
            if needed.intersection(node.output):
                needed.update(name for name in node.input if name)
                kept.append(node)
        self.nodes = kept[::-1]

    def finish(self) -> onnx.ModelProto:
        """The rewritten model."""
        graph = self.model.graph
        nodes = list(self.nodes)
        del graph.node[:], graph.value_info[:]
        graph.node.extend(nodes)
        return self.model


def attribute_of(node: onnx.NodeProto, name: str, default: Any) -> Any:  # noqa: ANN401 - onnx's
    """Value of an attribute; texts as text."""
    for entry in node.attribute:
        if entry.name == name:
            value = helper.get_attribute_value(entry)
            return value.decode() if isinstance(value, bytes) else value
    return default
