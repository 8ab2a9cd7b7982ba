"""Float32 features for models that take other types or shapes.

A feature is a finite float32 number. A model of float64 gets the same number; one of integers gets
the number without its fraction, limited to the type; one of bits gets 1 for 1 and more. A model
that takes samples of several axes gets its features in the order in which numpy flattens them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
import onnx
from onnx import TensorProto, helper

from logicjsc.frontend.onnx.lowering.editing import Array, Editor
from logicjsc.frontend.onnx.refusals import refuse_input

_FLOATS: Final[dict[int, type[np.floating]]] = {
    TensorProto.FLOAT: np.float32,
    TensorProto.DOUBLE: np.float64,
    TensorProto.FLOAT16: np.float16,
}
_INTEGERS: Final[dict[int, type[np.integer]]] = {
    TensorProto.INT8: np.int8,
    TensorProto.INT16: np.int16,
    TensorProto.INT32: np.int32,
    TensorProto.INT64: np.int64,
    TensorProto.UINT8: np.uint8,
    TensorProto.UINT16: np.uint16,
    TensorProto.UINT32: np.uint32,
    TensorProto.UINT64: np.uint64,
}


@dataclass(frozen=True)
class InputForm:
    """What a model takes.

    Attributes:
        name: of its input.
        kind: type, as ONNX numbers it.
        shape: of one sample; its product is the number of features.
        axis: that of the samples.
    """

    name: str
    kind: int
    shape: tuple[int, ...]
    axis: int = 0

    @property
    def is_plain(self) -> bool:
        """Whether it is a float32 matrix of a row per sample already."""
        return self.kind == TensorProto.FLOAT and len(self.shape) == 1 and not self.axis

    @property
    def features(self) -> int:
        """Number of features."""
        return math.prod(self.shape)

    def convert(self, features: Array) -> Array:
        """What the model is given for features, float32 ``[samples, features]``."""
        rows = features.astype(np.float32, copy=False).reshape(len(features), *self.shape)
        shaped = np.moveaxis(rows, 0, self.axis)
        if self.kind in _FLOATS:
            most = np.float32(min(np.finfo(_FLOATS[self.kind]).max, np.finfo(np.float32).max))
            return np.clip(shaped, -most, most).astype(_FLOATS[self.kind])
        limits = _limits(self.kind)
        kept = np.trunc(np.clip(shaped, *limits))
        return kept.astype(_INTEGERS.get(self.kind, np.bool_))


def inputs_of(model: onnx.ModelProto) -> list[onnx.ValueInfoProto]:
    """Inputs that no initialiser gives a value."""
    held = {entry.name for entry in model.graph.initializer}
    return [entry for entry in model.graph.input if entry.name not in held]


def input_form(model: onnx.ModelProto) -> InputForm:
    """What a model takes.

    Raises:
        OnnxModelError: it is no tensor of numbers with a fixed number of features.
    """
    given = inputs_of(model)[0]
    facts = given.type.tensor_type
    sizes = [axis.dim_value for axis in facts.shape.dim]
    known = facts.elem_type in _FLOATS or facts.elem_type in _INTEGERS
    known = known or facts.elem_type == TensorProto.BOOL
    open_axes = [axis for axis, size in enumerate(sizes) if size < 1]
    if not known or len(sizes) < 2 or len(open_axes) > 1:  # noqa: PLR2004
        refuse_input(given)
    axis = open_axes[0] if open_axes else 0
    shape = (*sizes[:axis], *sizes[axis + 1 :])
    return InputForm(given.name, facts.elem_type, shape, axis)


def with_float_features(model: onnx.ModelProto, form: InputForm) -> onnx.ModelProto:
    """The same model of a float32 matrix ``[samples, features]``; itself if it takes one."""
    if form.is_plain:
        return model
    editor = Editor(model)
    given, editor.nodes = editor.nodes, []
    name = form.name
    number = _typed(editor, form)
    if len(form.shape) > 1:
        target = editor.constant(f"{name}/shape", np.array([-1, *form.shape], np.int64))
        number = editor.node("Reshape", [number, target], f"{name}/shaped")
    if form.axis:
        order = [*range(1, form.axis + 1), 0, *range(form.axis + 1, len(form.shape) + 1)]
        number = editor.node("Transpose", [number], f"{name}/turned", perm=order)
    for node in given:
        node.input[:] = [number if each == name else each for each in node.input]
    editor.nodes += given
    for entry in editor.model.graph.output:
        if entry.name == name:
            entry.name = number
    batch = inputs_of(model)[0].type.tensor_type.shape.dim[form.axis]
    size = batch.dim_value or batch.dim_param or None
    for entry in editor.model.graph.input:
        if entry.name == name:
            entry.CopyFrom(
                helper.make_tensor_value_info(name, TensorProto.FLOAT, [size, form.features])
            )
    return editor.finish()


def _typed(editor: Editor, form: InputForm) -> str:
    """The features in the type of the model."""
    name = number = form.name
    if form.kind == TensorProto.FLOAT:
        return name
    if form.kind != TensorProto.DOUBLE:
        ends = [
            editor.constant(f"{name}/{end}", np.array(limit, np.float32))
            for end, limit in zip(("low", "high"), _limits(form.kind), strict=True)
        ]
        number = editor.node("Clip", [number, *ends], f"{name}/limited")
    if form.kind == TensorProto.BOOL:
        number = editor.node("Floor", [number], f"{name}/whole")
    return editor.node("Cast", [number], f"{name}/typed", to=form.kind)


def _limits(kind: int) -> tuple[float, float]:
    """Bounds of a type among float32 numbers."""
    if kind == TensorProto.FLOAT16:
        most = float(np.finfo(np.float16).max)
        return -most, most
    if kind == TensorProto.BOOL:
        return 0.0, 1.0
    facts = np.iinfo(_INTEGERS[kind])
    high = np.float32(facts.max)
    if float(high) > facts.max:
        high = np.nextafter(high, np.float32(0))
    return float(facts.min), float(high)
