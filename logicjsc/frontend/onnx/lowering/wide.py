"""Codes of 16 bits, which onnxruntime has few operators for, written as rounded numbers.

``QuantizeLinear`` to int16 or uint16 with one scale becomes a division, rounding to the nearest
even number, the zero point, limits, and a conversion to int32: the steps of its definition, in
float32.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import onnx
from onnx import TensorProto

from logicjsc.frontend.onnx.lowering.editing import Array, Editor, attribute_of

_WIDE: Final[dict[int, type[np.integer]]] = {
    TensorProto.INT16: np.int16,
    TensorProto.UINT16: np.uint16,
}
_MOVES: Final = frozenset(["Flatten", "Identity", "Reshape", "Squeeze", "Transpose", "Unsqueeze"])


@dataclass(frozen=True)
class _Codes:
    """Codes that were written anew.

    Attributes:
        number: the limited number that they are made of.
        low: least.
        high: greatest.
    """

    number: str
    low: int
    high: int


def lower_wide_codes(model: onnx.ModelProto) -> onnx.ModelProto:
    """The same model without 16-bit codes of activations; itself if it has none."""
    editor = Editor(model)
    given, editor.nodes = editor.nodes, []
    known: dict[str, _Codes] = {}
    for node in given:
        kept = _rewritten(editor, node, known)
        if kept:
            editor.nodes.append(node)
    return editor.finish() if known else model


def _rewritten(editor: Editor, node: onnx.NodeProto, known: dict[str, _Codes]) -> bool:
    """Write a node anew if it makes or reads such codes; whether it stays as it is."""
    if node.op_type == "QuantizeLinear":
        return not _quantised(editor, node, known)
    codes = known.get(node.input[0]) if node.input else None
    if codes is None:
        return True
    if node.op_type == "Clip":
        ends = [editor.value(name) if name else None for name in [*node.input[1:], "", ""][:2]]
        low, high = (None if end is None or end.size != 1 else int(end.item()) for end in ends)
        low = codes.low if low is None else max(low, codes.low)
        high = codes.high if high is None else min(high, codes.high)
        known[node.output[0]] = _limited(editor, node.output[0], codes.number, low, high)
        return False
    if node.op_type == "DequantizeLinear":
        _dequantised(editor, node)
        return False
    if node.op_type in _MOVES:
        known[node.output[0]] = codes
    return True


def _quantised(editor: Editor, node: onnx.NodeProto, known: dict[str, _Codes]) -> bool:
    kind, zero = int(attribute_of(node, "output_dtype", 0)), np.zeros((), np.int64)
    if len(node.input) > 2 and node.input[2]:  # noqa: PLR2004 - the zero point
        value = editor.value(node.input[2])
        if value is None:
            return False
        zero = value.astype(np.int64)
        kind = next((k for k, dtype in _WIDE.items() if value.dtype == dtype), 0)
    scale = editor.value(node.input[1])
    if kind not in _WIDE or scale is None or scale.size != 1 or zero.size != 1:
        return False
    if scale.dtype != np.float32:
        return False
    stem = node.output[0]
    by = editor.constant(f"{stem}/scale", scale.reshape(()))
    number = editor.node("Div", [node.input[0], by], f"{stem}/steps")
    number = editor.node("Round", [number], f"{stem}/rounded")
    if zero.any():
        by = editor.constant(f"{stem}/zero", zero.reshape(()).astype(scale.dtype))
        number = editor.node("Add", [number, by], f"{stem}/shifted")
    facts = np.iinfo(_WIDE[kind])
    known[stem] = _limited(editor, stem, number, int(facts.min), int(facts.max))
    return True


def _limited(editor: Editor, stem: str, number: str, low: int, high: int) -> _Codes:
    """Codes under a name, of a number between bounds."""
    ends = [
        editor.constant(f"{stem}/{name}", np.array(end, np.float32))
        for name, end in (("low", low), ("high", high))
    ]
    kept = editor.node("Clip", [number, *ends], f"{stem}/limited")
    editor.node("Cast", [kept], f"{stem}/codes", to=TensorProto.INT32)
    editor.nodes[-1].output[0] = stem
    return _Codes(kept, low, high)


def _dequantised(editor: Editor, node: onnx.NodeProto) -> None:
    zero: Array | None = None
    if len(node.input) > 2 and node.input[2]:  # noqa: PLR2004 - the zero point
        zero = editor.value(node.input[2])
    stem = node.output[0]
    if zero is None or not zero.any():
        node.input[:] = node.input[:2]
        editor.nodes.append(node)
        return
    one = editor.constant(f"{stem}/one", np.ones((), np.float32))
    value = editor.node("DequantizeLinear", [node.input[0], one], f"{stem}/integers")
    by = editor.constant(f"{stem}/zero", zero.reshape(()).astype(np.float32))
    value = editor.node("Sub", [value, by], f"{stem}/centred")
    editor.node("Mul", [value, node.input[1]], f"{stem}/values")
    editor.nodes[-1].output[0] = stem
