"""Decisions at the end of a model: a circuit makes them with ends of its own.

A final ``Softmax`` or ``LogSoftmax`` does not change which class is highest, and is left out. A
final ``ArgMax`` is the circuit's argmax; a final comparison with a constant is its threshold.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import onnx
from onnx import TensorProto, helper

from logicjsc.core.errors import OnnxModelError
from logicjsc.frontend.onnx.lowering.editing import Array, Editor, attribute_of
from logicjsc.frontend.onnx.probes import from_ordinal, to_ordinal
from logicjsc.frontend.onnx.refusals import label_of
from logicjsc.frontend.onnx.session import Session

_PASSES_ON: Final = frozenset(["Cast", "Flatten", "Identity", "Reshape", "Squeeze", "Unsqueeze"])
"""What may stand behind a decision without changing it."""

_COMPARES: Final = {"Greater": 1, "GreaterOrEqual": 1, "Less": 0, "LessOrEqual": 0}
"""Comparisons, and on which side the constant stands so that larger numbers are affirmed."""


_FARTHEST: Final = np.finfo(np.float32).max


@dataclass(frozen=True)
class End:
    """What stood behind a model's scores.

    Attributes:
        kind: what is decided: ``"classes"``, ``"affirmed"``, or nothing.
        threshold: score from which on it is affirmed.
        notes: what was taken off, for people.
    """

    kind: str = ""
    threshold: float = 0.0
    notes: tuple[str, ...] = ()


def take_off_ends(model: onnx.ModelProto) -> tuple[onnx.ModelProto, End]:
    """A model that ends in its scores, and what stood behind them.

    A model of several outputs that come from the same scores has them once.

    Raises:
        OnnxModelError: an ``ArgMax`` takes the last of equal scores, where a circuit takes the
            first.
    """
    editor = Editor(model)
    made = editor.producers()
    found = [_follow(editor, made, entry.name) for entry in model.graph.output]
    if not found or len({name for name, _ in found}) > 1:
        return model, End()
    (scores, _), ends = found[0], [end for _, end in found]
    notes = tuple(dict.fromkeys(note for end in ends for note in end.notes))
    if not notes or scores not in made:
        return model, End()
    del editor.model.graph.output[:]
    editor.model.graph.output.append(onnx.ValueInfoProto(name=scores))
    editor.drop_unread()
    decided = next((end for end in ends if end.kind == "affirmed"), ends[0])
    return editor.finish(), End(decided.kind, decided.threshold, notes)


def _follow(editor: Editor, made: dict[str, onnx.NodeProto], output: str) -> tuple[str, End]:
    """The scores behind an output, and what stands between."""
    kind, notes, threshold = "", [], 0.0
    name = output
    while (node := _decision(made, name, looks_through=not kind)) is not None:
        note = ""
        if node.op_type in {"Softmax", "LogSoftmax"} and _over_classes(node):
            note = f"{label_of(node)} is left out: it does not change which class is highest"
            kind = kind or "classes"
        elif node.op_type == "ArgMax" and _over_classes(node):
            if attribute_of(node, "select_last_index", 0):
                raise OnnxModelError(
                    f"{label_of(node)} takes the last of equal scores (select_last_index = 1), and "
                    f"a circuit takes the first; export it with select_last_index = 0"
                )
            note = f"{label_of(node)} is the circuit's argmax"
            kind = "classes"
        elif node.op_type in _COMPARES and not kind:
            found = _threshold(editor, made, node)
            if found is None:
                break
            name, threshold = found
            notes.append(f"{label_of(node)} is the circuit's threshold, at {threshold:g}")
            kind = "affirmed"
            continue
        if not note:
            break
        notes.append(note)
        name = node.input[0]
    return (name, End(kind, threshold, tuple(notes))) if notes else (output, End())


def _decision(
    made: dict[str, onnx.NodeProto], name: str, *, looks_through: bool
) -> onnx.NodeProto | None:
    """The node behind a tensor, past those that pass a decision on."""
    node = made.get(name)
    while looks_through and node is not None and node.op_type in _PASSES_ON:
        node = made.get(node.input[0])
    decides = {"ArgMax", "LogSoftmax", "Softmax", *_COMPARES}
    if node is None or node.domain not in {"", "ai.onnx"} or node.op_type not in decides:
        return None
    if node.op_type.endswith("Softmax") and made.get(name) is not node:
        return None  # a cast or a reshape of probabilities is no decision
    return node


def _over_classes(node: onnx.NodeProto) -> bool:
    default = 0 if node.op_type == "ArgMax" else -1
    return attribute_of(node, "axis", default) in {-1, 1}


def _threshold(
    editor: Editor, made: dict[str, onnx.NodeProto], node: onnx.NodeProto
) -> tuple[str, float] | None:
    """The scores that are compared, and the least that is affirmed."""
    place = _COMPARES[node.op_type]
    limit = _value(editor, made, node.input[place])
    if limit is None or limit.size != 1 or limit.dtype != np.float32:
        return None
    compared = node.input[1 - place]
    between = [made[compared]] if compared in made and made[compared].op_type == "Sigmoid" else []
    scores = between[0].input[0] if between else compared
    affirms = _affirming(editor, node, place, limit, between)
    low, high = (int(to_ordinal(np.float32(sign * _FARTHEST))) for sign in (-1, 1))
    if affirms(low) or not affirms(high):
        return None  # always or never: no threshold
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if affirms(middle) else (middle, high)
    return scores, float(from_ordinal(np.array(high)))


def _value(editor: Editor, made: dict[str, onnx.NodeProto], name: str) -> Array | None:
    """A constant, also one that a conversion or another shape of a constant makes."""
    value = editor.value(name)
    node = made.get(name)
    if value is None and node is not None and node.op_type in _PASSES_ON:
        inner = editor.value(node.input[0])
        value = None if inner is None or node.op_type == "Cast" else inner
    return value


def _affirming(
    editor: Editor, node: onnx.NodeProto, place: int, limit: Array, between: list[onnx.NodeProto]
) -> Callable[[int], bool]:
    """What the end itself says of one score, given by its ordinal."""
    start = between[0].input[0] if between else node.input[1 - place]
    graph = helper.make_graph(
        [*between, node],
        "end",
        [
            helper.make_tensor_value_info(start, TensorProto.FLOAT, [1, 1]),
            helper.make_tensor_value_info(node.input[place], TensorProto.FLOAT, limit.shape),
        ],
        [onnx.ValueInfoProto(name=node.output[0])],
    )
    part = helper.make_model(graph, opset_imports=editor.model.opset_import)
    part.ir_version = editor.model.ir_version
    session = Session(part)

    def affirms(ordinal: int) -> bool:
        score = from_ordinal(np.array(ordinal)).reshape(1, 1)
        (said,) = session.run_whole({start: score, node.input[place]: limit})
        return bool(np.asarray(said).all())

    return affirms
