"""A free batch for models in which the size of a batch was written down.

An exporter that saw one batch may write its size into the input's shape and into the targets of
``Reshape`` and ``Expand``. Where the size of the batch stands in a target follows from the shape
that is reshaped; there, the entry is left to be found out.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import onnx
from onnx import TensorProto, helper

from logicjsc.core.errors import OnnxModelError
from logicjsc.frontend.onnx.lowering.editing import Array, Editor, attribute_of
from logicjsc.frontend.onnx.session import run_once

_SAMPLES: Final = "samples"
_ROUNDS: Final = 64
"""Reshapes behind one another that are looked at."""

_OF_SHAPES: Final = frozenset(
    (
        "Add Cast Concat ConstantOfShape Equal Gather Identity Mul Reshape Slice Squeeze Sub "
        "Unsqueeze Where"
    ).split()
)
"""What exporters compute shapes with."""

_LONGEST_SHAPE: Final = 16

_Shape = tuple[int | None, ...]
"""Lengths of axes; None is the batch."""


@dataclass(frozen=True)
class _Freed:
    """A target without the size of the batch.

    Attributes:
        target: the target.
        size: size of the batch that was written down; 0 if none was.
        made: the shape that is made.
    """

    target: list[int]
    size: int
    made: _Shape


def with_free_batch(model: onnx.ModelProto, feed: str) -> tuple[onnx.ModelProto, int]:
    """The same model for batches of any size, and the size that was written down, or 0.

    Args:
        model: the model.
        feed: name of its input.
    """
    editor = Editor(model)
    declared = _open_input(editor, feed)
    targets = _constant_shapes(editor)
    waiting = [node for node in editor.nodes if node.op_type in _RULES and node.input[1] in targets]
    known: dict[str, _Shape] = {}
    kinds: dict[str, int] = {}
    written = declared
    for _ in range(_ROUNDS if waiting else 0):
        shapes = _inferred(editor.model, known, kinds)
        ready = [node for node in waiting if shapes.get(node.input[0], ()).count(None) == 1]
        if not ready:
            break
        for node in ready:
            target = targets[node.input[1]].tolist()
            given = shapes[node.input[0]]
            found = _RULES[node.op_type](node, given, target)
            if found is None:
                continue
            known[node.output[0]] = found.made
            kinds[node.output[0]] = kinds.get(node.input[0], TensorProto.FLOAT)
            if found.size:
                written = written or found.size
                numbers = np.array(found.target, np.int64)
                node.input[1] = editor.constant(f"{node.output[0]}/free", numbers)
        waiting = [node for node in waiting if node not in ready]
    return (editor.finish(), written) if written else (model, 0)


def _open_input(editor: Editor, feed: str) -> int:
    """Leave the size of the input's batch open; the size that was written there, or 0."""
    declared = 0
    for entry in editor.model.graph.input:
        if entry.name == feed:
            axis = entry.type.tensor_type.shape.dim[0]
            declared = int(axis.dim_value)
            axis.Clear()
            axis.dim_param = _SAMPLES
    for entry in editor.model.graph.output:
        if entry.type.HasField("tensor_type"):
            entry.type.tensor_type.ClearField("shape")
    return declared


def _constant_shapes(editor: Editor) -> dict[str, Array]:
    """Short lists of whole numbers that no input changes, also computed ones."""
    read = {name for node in editor.nodes for name in node.input if name}
    known = {}
    for name in sorted(read):
        value = editor.small_value(name, _LONGEST_SHAPE)
        if value is not None:
            known[name] = value
    computed: list[onnx.NodeProto] = []
    names = set(known)
    for node in editor.nodes:
        if node.op_type in _OF_SHAPES and all(name in names for name in node.input if name):
            if node.op_type == "ConstantOfShape" and _too_long(known.get(node.input[0])):
                continue
            computed.append(node)
            names.update(node.output)
    if computed:
        outputs = [onnx.ValueInfoProto(name=name) for node in computed for name in node.output]
        graph = helper.make_graph(
            computed, "shapes", [], outputs, editor.tensors({n for c in computed for n in c.input})
        )
        part = helper.make_model(graph, opset_imports=editor.model.opset_import)
        part.ir_version = editor.model.ir_version
        try:
            known |= dict(zip([e.name for e in outputs], run_once(part, {}), strict=True))
        except OnnxModelError:
            return known  # running the whole model says what is wrong
    return {
        name: value for name, value in known.items() if value.ndim == 1 and value.dtype.kind == "i"
    }


def _too_long(shape: Array | None) -> bool:
    """Whether a shape, where it is known, is none of a short list."""
    return shape is None or shape.size > 1 or int(shape.max(initial=0)) > _LONGEST_SHAPE


def _freed_expand(_node: onnx.NodeProto, given: _Shape, target: Sequence[int]) -> _Freed | None:
    """An ``Expand`` whose target has 1 where the batch is: that axis stays as it is."""
    from_end = len(given) - given.index(None)
    if from_end > len(target):
        return None
    at = len(target) - from_end
    fresh = [1 if axis == at else length for axis, length in enumerate(target)]
    lengths = [1] * (len(target) - len(given)) + [length or 1 for length in given]
    made = [max(pair) for pair in zip(target, lengths, strict=True)]
    size = target[at] if target[at] > 1 else 0
    return _Freed(fresh, size, (*made[:at], None, *made[at + 1 :]))


def _freed_reshape(node: onnx.NodeProto, given: _Shape, target: Sequence[int]) -> _Freed | None:
    """A ``Reshape`` that finds the batch by itself; None if it is unclear where the batch goes."""
    if not attribute_of(node, "allowzero", 0):
        copied = [axis for axis, length in enumerate(target) if length == 0]
        if any(axis >= len(given) for axis in copied):
            return None
        if any(given[axis] is None for axis in copied):
            return _Freed(list(target), 0, _copied(given, target))
        target = [given[axis] or 0 if axis in copied else n for axis, n in enumerate(target)]
    place = given.index(None)
    before = math.prod(length or 1 for length in given[:place])
    after = math.prod(length or 1 for length in given[place + 1 :])
    # The batch stands behind axes of as many elements as it stands behind now.
    fits = (axis for axis in range(len(target)) if math.prod(target[:axis]) == before)
    at = next(fits, None)
    if at is None:
        return None
    lead, rest = list(target[:at]), list(target[at + 1 :])
    others = math.prod(length for length in rest if length != -1)
    if -1 in rest and others and not after % others:
        rest = [after // others if length == -1 else length for length in rest]
    if math.prod(rest) != after or -1 in rest:
        return None
    made = (*lead, None, *rest)
    size = max(target[at], 0)
    return _Freed([*lead, -1, *rest] if size else list(target), size, made)


def _followed_tile(_node: onnx.NodeProto, given: _Shape, target: Sequence[int]) -> _Freed | None:
    """A ``Tile``, which onnx does not follow where a length is open; it stays as it is."""
    if len(target) != len(given) or target[given.index(None)] != 1:
        return None
    made = [None if length is None else length * n for length, n in zip(given, target, strict=True)]
    return _Freed(list(target), 0, tuple(made))


def _copied(given: _Shape, target: Sequence[int]) -> _Shape:
    """The shape that a target makes which copies the batch."""
    made = [given[axis] if length == 0 else length for axis, length in enumerate(target)]
    rest = math.prod(length for length in given if length)
    others = math.prod(length for length in made if length and length > 0)
    return tuple(rest // max(others, 1) if length == -1 else length for length in made)


_RULES: Final[dict[str, Callable[[onnx.NodeProto, _Shape, Sequence[int]], _Freed | None]]] = {
    "Expand": _freed_expand,
    "Reshape": _freed_reshape,
    "Tile": _followed_tile,
}


def _inferred(
    model: onnx.ModelProto, known: dict[str, _Shape], kinds: dict[str, int]
) -> dict[str, _Shape]:
    """Shapes of which all lengths but that of the batch are known; types are noted in ``kinds``."""
    probe = onnx.ModelProto()
    probe.CopyFrom(model)
    del probe.graph.value_info[:]
    for name, shape in known.items():
        lengths: list[int | str] = [_SAMPLES if length is None else length for length in shape]
        probe.graph.value_info.append(helper.make_tensor_value_info(name, kinds[name], lengths))
    try:
        graph = onnx.shape_inference.infer_shapes(probe, data_prop=True).graph
    except Exception:  # noqa: BLE001 - of damaged models; running them says what is wrong
        return {}
    found: dict[str, _Shape] = dict(known)
    for entry in (*graph.input, *graph.value_info, *graph.output):
        facts = entry.type.tensor_type
        if facts.HasField("shape"):
            seen = [None if d.dim_param == _SAMPLES else d.dim_value or -1 for d in facts.shape.dim]
            if -1 not in seen:
                found[entry.name] = tuple(seen)
                kinds.setdefault(entry.name, facts.elem_type)
    return found
