"""QONNX, the interchange form of quantised networks, written in standard operators.

``Quant`` (also called ``IntQuant``), ``BipolarQuant`` and ``Trunc`` of QONNX and ``MultiThreshold``
of FINN become a rounded, limited number, its conversion to an integer (the code), and
``DequantizeLinear``. The steps are those of the operators' definitions, in the same order and in
float32; only limiting and rounding, which commute, are exchanged.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import onnx
from onnx import TensorProto

from logicjsc.core.errors import OnnxModelError
from logicjsc.frontend.onnx.lowering.editing import Array, Editor, attribute_of
from logicjsc.frontend.onnx.refusals import label_of

_DOMAINS: Final = ("qonnx", "finn", "onnx.brevitas")
"""How the domains of these operators begin."""

_WIDEST: Final = 16
_FLOAT_QUANT: Final = (
    "rounds to floating-point numbers of few bits, which no adder adds; quantise to integers"
)


_ONE: Final = np.ones((), np.float32)
_NOTHING: Final = np.zeros((), np.float32)


@dataclass(frozen=True, eq=False)
class _Grid:
    """The numbers that codes stand for: ``(code - zero) * scale``.

    Attributes:
        scale: of each channel, or one; float32.
        zero: zero point of each channel, or one; float32.
        low: least code.
        high: greatest.
    """

    scale: Array
    zero: Array = field(default_factory=lambda: _NOTHING)
    low: int = 0
    high: int = 1

    @property
    def zero_is_code(self) -> bool:
        """Whether ``DequantizeLinear`` takes the zero point: there is none, or it is one code."""
        kind, dtype = _type_of(self.low, self.high)
        if not self.zero.any():
            return True
        if kind == TensorProto.INT32 or (self.zero != self.zero.ravel()[0]).any():
            return False
        zero = float(self.zero.ravel()[0])
        facts = np.iinfo(dtype)
        return zero == round(zero) and facts.min <= zero <= facts.max


def lower_qonnx(model: onnx.ModelProto) -> onnx.ModelProto:
    """The same model without operators of QONNX and FINN; itself if it has none.

    Raises:
        OnnxModelError: a quantiser is wider than 16 bits, its scale, zero point or width is no
            constant, or the operator is another one of these domains.
    """
    if not any(is_qonnx(node) for node in model.graph.node):
        return model
    editor = Editor(model)
    given, editor.nodes = editor.nodes, []
    version = {entry.domain: entry.version for entry in model.opset_import}
    for node in given:
        if is_qonnx(node):
            _rule_of(node)(editor, node, version.get(node.domain, 1))
        else:
            editor.nodes.append(node)
    return editor.finish()


def is_qonnx(node: onnx.NodeProto) -> bool:
    """Whether an operator belongs to QONNX or FINN."""
    return node.domain.startswith(_DOMAINS)


def _rule_of(node: onnx.NodeProto) -> Callable[[Editor, onnx.NodeProto, int], None]:
    rules: dict[str, Callable[[Editor, onnx.NodeProto, int], None]] = {
        "BipolarQuant": _bipolar,
        "IntQuant": _quant,
        "MultiThreshold": _multi_threshold,
        "Quant": _quant,
        "Trunc": _trunc,
    }
    if node.op_type not in rules:
        reason = _FLOAT_QUANT if node.op_type == "FloatQuant" else "is an operator not known here"
        known = ", ".join(sorted(rules))
        raise OnnxModelError(
            f"{label_of(node)} of domain {node.domain!r} {reason}; known are {known}: lower others "
            f"first (qonnx-cleanup, qonnx-convert)"
        )
    return rules[node.op_type]


def _quant(editor: Editor, node: onnx.NodeProto, _version: int) -> None:
    scale, zero, bits = (_constant(editor, node, place) for place in (1, 2, 3))
    signed = bool(attribute_of(node, "signed", 1))
    narrow = bool(attribute_of(node, "narrow", 0))
    width = _width(node, bits)
    given = _shifted(editor, node, scale, zero)
    if width == 1 and signed:
        _affirmed(editor, node, given, scale, zero)
        return
    low, high = _bounds(width, signed=signed, narrow=narrow)
    mode = attribute_of(node, "rounding_mode", "ROUND")
    rounded = _rounded(editor, node, given, mode)
    _codes(editor, node, rounded, _Grid(scale, zero, low, high))


def _bipolar(editor: Editor, node: onnx.NodeProto, _version: int) -> None:
    scale = _constant(editor, node, 1)
    _affirmed(editor, node, node.input[0], scale, np.zeros((), np.float32))


def _trunc(editor: Editor, node: onnx.NodeProto, version: int) -> None:
    """Rounded to the nearest integer, divided by a power of two, and rounded again."""
    second = version > 1 or len(node.input) > 5  # noqa: PLR2004 - the later one has six inputs
    scale, zero, bits = (_constant(editor, node, place) for place in (1, 2, 3))
    mode = attribute_of(node, "rounding_mode", "FLOOR")
    whole = _rounded(editor, node, _shifted(editor, node, scale, zero), "ROUND")
    signed = bool(attribute_of(node, "signed", 1))
    if second:
        made, out_bits = _constant(editor, node, 4), _constant(editor, node, 5)
        factor = 2.0 ** np.round(np.log2(made / scale))
        zero_after = (zero / factor).astype(np.float32)
        narrow = bool(attribute_of(node, "narrow", 0))
        bounds = _bounds(_width(node, out_bits), signed=signed, narrow=narrow)
    else:
        # The first version limits nothing: its input holds as many bits as it says. It may be
        # signed or not, so both are let through.
        width = _width(node, bits)
        out_bits, made, zero_after = _constant(editor, node, 4), scale, zero
        factor = 2.0 ** (np.asarray(bits) - out_bits)
        least = int(np.floor(-(2.0 ** (width - 1)) / np.max(factor)))
        bounds = (least, int(np.ceil((2.0**width - 1) / np.min(factor))))
    stem = node.output[0]
    by = editor.constant(f"{stem}/factor", factor.astype(np.float32))
    divided = editor.node("Div", [whole, by], f"{stem}/divided")
    _codes(editor, node, _rounded(editor, node, divided, mode), _Grid(made, zero_after, *bounds))


def _multi_threshold(editor: Editor, node: onnx.NodeProto, _version: int) -> None:
    """How many thresholds a number reaches, times a scale, plus a bias."""
    thresholds = _constant(editor, node, 1)
    if thresholds.ndim != 2 or not thresholds.shape[1]:  # noqa: PLR2004 - channels, thresholds
        raise OnnxModelError(
            f"{label_of(node)} has thresholds of shape {thresholds.shape}; they must be "
            f"[channels, thresholds]"
        )
    layout = attribute_of(node, "data_layout", "") or "NC"
    stem = node.output[0]
    if layout not in {"NC", "NCHW", "NCW", "NWC", "NHWC"}:
        raise OnnxModelError(
            f"{label_of(node)} has data_layout = {layout!r}; use one of NC, NCW, NCHW, NWC, NHWC"
        )
    last = layout[-1] == "C"
    numbers = node.input[0]
    if not last:
        order = [0, *range(2, len(layout)), 1]
        numbers = editor.node("Transpose", [numbers], f"{stem}/last", perm=order)
    axis = editor.constant(f"{stem}/axis", np.array([-1], np.int64))
    each = editor.node("Unsqueeze", [numbers, axis], f"{stem}/each")
    limits = editor.constant(f"{stem}/thresholds", thresholds)
    reached = editor.node("GreaterOrEqual", [each, limits], f"{stem}/reached")
    ones = editor.node("Cast", [reached], f"{stem}/ones", to=TensorProto.FLOAT)
    count = editor.node("ReduceSum", [ones, axis], f"{stem}/count", keepdims=0)
    if not last:
        order = [0, len(layout) - 1, *range(1, len(layout) - 1)]
        count = editor.node("Transpose", [count], f"{stem}/first", perm=order)
    codes = _limited(editor, stem, count, 0, thresholds.shape[1])
    scale = np.array(attribute_of(node, "out_scale", 1.0), np.float32)
    bias = np.array(attribute_of(node, "out_bias", 0.0), np.float32)
    value = _dequantised(editor, stem, codes, _Grid(_ONE))
    if scale != 1:
        by = editor.constant(f"{stem}/scale", scale)
        value = editor.node("Mul", [value, by], f"{stem}/scaled")
    if bias:
        by = editor.constant(f"{stem}/bias", bias)
        value = editor.node("Add", [value, by], f"{stem}/biased")
    _name_output(editor, node, value)


def _shifted(editor: Editor, node: onnx.NodeProto, scale: Array, zero: Array) -> str:
    """A number divided by its scale, plus its zero point."""
    stem = node.output[0]
    by = editor.constant(f"{stem}/scale", scale)
    given = editor.node("Div", [node.input[0], by], f"{stem}/steps")
    if zero.any():
        by = editor.constant(f"{stem}/zero", zero)
        given = editor.node("Add", [given, by], f"{stem}/shifted")
    return given


def _rounded(editor: Editor, node: onnx.NodeProto, given: str, mode: str) -> str:
    stem, mode = node.output[0], mode.upper()
    plain = {"ROUND": "Round", "HALF_EVEN": "Round", "CEIL": "Ceil", "FLOOR": "Floor"}
    if mode in plain:
        return editor.node(plain[mode], [given], f"{stem}/rounded")
    away = {
        "UP": ("Ceil", 0.0),
        "DOWN": ("Floor", 0.0),
        "HALF_UP": ("Floor", 0.5),
        "HALF_DOWN": ("Ceil", -0.5),
    }
    if mode not in away:
        known = ", ".join((*plain, *away))
        raise OnnxModelError(f"{label_of(node)} has rounding_mode = {mode!r}; use one of {known}")
    operator, half = away[mode]
    size = editor.node("Abs", [given], f"{stem}/size")
    if half:
        by = editor.constant(f"{stem}/half", np.array(half, np.float32))
        size = editor.node("Add", [size, by], f"{stem}/halved")
    size = editor.node(operator, [size], f"{stem}/whole")
    sign = editor.node("Sign", [given], f"{stem}/sign")
    return editor.node("Mul", [sign, size], f"{stem}/rounded")


def _codes(editor: Editor, node: onnx.NodeProto, rounded: str, grid: _Grid) -> None:
    stem = node.output[0]
    codes = _limited(editor, stem, rounded, grid.low, grid.high)
    _name_output(editor, node, _dequantised(editor, stem, codes, grid))


def _affirmed(editor: Editor, node: onnx.NodeProto, given: str, scale: Array, zero: Array) -> None:
    """One bit: plus or minus one step, minus the zero point."""
    stem = node.output[0]
    nothing = editor.constant(f"{stem}/nothing", np.zeros((), np.float32))
    yes = editor.node("GreaterOrEqual", [given, nothing], f"{stem}/yes")
    number = editor.node("Cast", [yes], f"{stem}/number", to=TensorProto.FLOAT)
    codes = _limited(editor, stem, number, 0, 1)
    if zero.any():
        two = editor.constant(f"{stem}/two", np.array(2, np.float32))
        less = editor.constant(f"{stem}/less", (1 + zero).astype(np.float32))
        value = _dequantised(editor, stem, codes, _Grid(_ONE))
        value = editor.node("Mul", [value, two], f"{stem}/doubled")
        value = editor.node("Sub", [value, less], f"{stem}/signed")
        by = editor.constant(f"{stem}/by", scale)
        value = editor.node("Mul", [value, by], f"{stem}/scaled")
    else:  # 2 * scale * code - scale is exact in any floating-point type
        value = _dequantised(editor, stem, codes, _Grid(2 * scale))
        less = editor.constant(f"{stem}/less", scale)
        value = editor.node("Sub", [value, less], f"{stem}/signed")
    _name_output(editor, node, value)


def _limited(editor: Editor, stem: str, number: str, low: int, high: int) -> str:
    """Codes: a whole number limited to bounds and written as an integer of a fitting type."""
    ends = [
        editor.constant(f"{stem}/{name}", np.array(bound, np.float32))
        for name, bound in (("low", low), ("high", high))
    ]
    kept = editor.node("Clip", [number, *ends], f"{stem}/limited")
    return editor.node("Cast", [kept], f"{stem}/codes", to=_type_of(low, high)[0])


def _dequantised(editor: Editor, stem: str, codes: str, grid: _Grid) -> str:
    """Values of codes: ``(code - zero) * scale``."""
    scale, zero = grid.scale, grid.zero
    along = {} if scale.size == 1 else _along(scale)
    dtype = _type_of(grid.low, grid.high)[1]
    if along is not None and grid.zero_is_code:
        step = scale.reshape(-1) if along else scale.ravel()[0]
        names = [codes, editor.constant(f"{stem}/step", step)]
        if zero.any():
            points = np.full((scale.size,) if along else (), zero.ravel()[0]).astype(dtype)
            names.append(editor.constant(f"{stem}/zero_point", points))
        return editor.node("DequantizeLinear", names, f"{stem}/values", **along)
    one = editor.constant(f"{stem}/one", _ONE)
    value = editor.node("DequantizeLinear", [codes, one], f"{stem}/integers")
    if zero.any():
        by = editor.constant(f"{stem}/zero_after", zero)
        value = editor.node("Sub", [value, by], f"{stem}/centred")
    by = editor.constant(f"{stem}/step", scale)
    return editor.node("Mul", [value, by], f"{stem}/values")


def _along(scale: Array) -> dict[str, int] | None:
    """The axis of scales per channel, counted from the end; None if they vary along several."""
    axes = [axis for axis, length in enumerate(scale.shape) if length > 1]
    return {"axis": axes[0] - scale.ndim} if len(axes) == 1 else None


def _type_of(low: int, high: int) -> tuple[int, type[np.integer]]:
    if low >= 0 and high < 1 << 8:
        return TensorProto.UINT8, np.uint8
    if low >= -(1 << 7) and high < 1 << 7:
        return TensorProto.INT8, np.int8
    return TensorProto.INT32, np.int32


def _name_output(editor: Editor, node: onnx.NodeProto, value: str) -> None:
    """Let what reads the old node read the new value."""
    last = editor.nodes[-1]
    if list(last.output) != [value]:
        raise OnnxModelError(f"{label_of(node)} cannot be rewritten")
    last.output[0] = node.output[0]


def _constant(editor: Editor, node: onnx.NodeProto, place: int) -> Array:
    names = ("input", "scale", "zero point", "bit width", "output scale", "output bit width")
    value = editor.value(node.input[place]) if place < len(node.input) else None
    if value is None or not value.size or not np.isfinite(value).all():
        what = "thresholds" if node.op_type == "MultiThreshold" else names[place]
        raise OnnxModelError(
            f"{label_of(node)} has a {what} that is no constant number; export it as an "
            f"initialiser (qonnx-cleanup folds constants)"
        )
    if names[place].endswith("scale") and node.op_type != "MultiThreshold" and (value <= 0).any():
        raise OnnxModelError(f"{label_of(node)} has a {names[place]} that is not positive")
    return value.astype(np.float32)


def _width(node: onnx.NodeProto, bits: Array) -> int:
    distinct = np.unique(bits)
    if distinct.size != 1 or distinct[0] != np.round(distinct[0]) or distinct[0] < 1:
        raise OnnxModelError(
            f"{label_of(node)} has the bit widths {distinct.tolist()}; one whole number is needed"
        )
    width = int(distinct[0])
    if width > _WIDEST:
        raise OnnxModelError(
            f"{label_of(node)} makes codes of {width} bits, the limit is {_WIDEST}; quantise to "
            f"fewer bits"
        )
    return width


def _bounds(width: int, *, signed: bool, narrow: bool) -> tuple[int, int]:
    if signed:
        return -(1 << (width - 1)) + narrow, (1 << (width - 1)) - 1
    return 0, (1 << width) - 1 - narrow
