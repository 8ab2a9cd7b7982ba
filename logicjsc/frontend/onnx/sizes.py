"""Tensors that depend on the size of the batch alone: ``Shape`` and what is made of it.

Exporters write ``x.view(x.size(0), -1)`` as ``Shape``, ``Gather``, ``Concat`` and ``Reshape``. The
first three compute a shape, not data: where nothing of it depends on the batch they are constants,
and where one entry does, ``Reshape`` finds that entry by itself.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Final

import numpy as np
import onnx

from logicjsc.core.errors import OnnxModelError
from logicjsc.frontend.onnx.refusals import label_of

if TYPE_CHECKING:
    from logicjsc.frontend.onnx.observe import Array, Observed

_SIZE_INPUTS: Final = {
    **dict.fromkeys(("Expand", "OneHot", "Pad", "Reshape", "Slice", "Tile"), slice(1, 2)),
    **dict.fromkeys(("Resize", "TopK", "Upsample"), slice(1, None)),
    **dict.fromkeys(("Compress", "ConstantOfShape", "NonZero", "Range", "Unique"), slice(None)),
    "NonMaxSuppression": slice(None),
}
"""By operator, the inputs that decide how large its outputs are."""

_SIZE_OPERATORS: Final = frozenset(["Shape", "Size"])


def size_tensors(nodes: list[onnx.NodeProto], constants: Collection[str]) -> set[str]:
    """Outputs of nodes that read shapes and constants only."""
    found: set[str] = set()
    for node in nodes:
        of_sizes = all(not name or name in found or name in constants for name in node.input)
        if node.op_type in _SIZE_OPERATORS or of_sizes:
            found.update(name for name in node.output if name)
    return found


def refuse_sizes_of_data(nodes: list[onnx.NodeProto], constants: Collection[str]) -> None:
    """Refuse nodes whose outputs have a size that features decide.

    Args:
        nodes: all nodes of a model.
        constants: its initialisers.

    Raises:
        OnnxModelError: names the node.
    """
    known = size_tensors(nodes, constants) | set(constants)
    for node in nodes:
        places = _SIZE_INPUTS.get(node.op_type)
        if places is None:
            continue
        if any(name and name not in known for name in node.input[places]):
            raise OnnxModelError(
                f"{label_of(node)} makes a tensor whose size depends on the features, and a "
                f"circuit has wires of a fixed number; write the size as a constant"
            )


def fixed_reshapes(
    nodes: list[onnx.NodeProto], seen: Observed, sizes: Collection[str]
) -> tuple[list[onnx.NodeProto], dict[str, Array]]:
    """Nodes whose reshapes find the size of the batch by themselves, and their targets.

    Returns:
        The nodes, and the new constants by name.
    """
    targets: dict[str, Array] = {}
    result = []
    for node in nodes:
        copy = node
        varies = node.op_type in {"Expand", "Reshape"} and node.input[1] in sizes
        if varies and node.output[0] in seen.axes:
            shape = np.array(seen.shapes[node.output[0]], np.int64)
            axis = seen.axes[node.output[0]]
            # An entry of 1 leaves an axis of Expand as it is, which must be the samples already.
            kept = node.op_type == "Reshape" or _keeps_samples(node, seen)
            if kept and (shape > 0).all():
                shape[axis] = -1 if node.op_type == "Reshape" else 1
                name = f"{node.output[0]}/target"
                targets[name] = shape
                copy = onnx.NodeProto()
                copy.CopyFrom(node)
                copy.input[1] = name
        result.append(copy)
    return result, targets


def _keeps_samples(node: onnx.NodeProto, seen: Observed) -> bool:
    """Whether an ``Expand`` reads a tensor with the samples where its output has them."""
    given, made = node.input[0], node.output[0]
    if given not in seen.axes:
        return False
    from_end = len(seen.shapes[given]) - seen.axes[given]
    return from_end == len(seen.shapes[made]) - seen.axes[made]
