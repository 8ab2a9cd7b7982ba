"""Signals of models that quantise without quantisers: comparisons, and rounding to a few integers.

The output of a comparison is one bit, and so is that of the last of several logic operators. A
number that was rounded and limited to integers, or limited and then rounded, is a code in floating
point: what ``torch.clamp(torch.round(x / s), -8, 7) * s`` and its kind become. ``Sign`` has three
values.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Final

import numpy as np
import onnx

from logicjsc.frontend.onnx.dependence import KNOWN_DOMAINS
from logicjsc.frontend.onnx.graph import Graph
from logicjsc.frontend.onnx.quantiser import Quantiser

_COMPARES: Final = frozenset(["Equal", "Greater", "GreaterOrEqual", "Less", "LessOrEqual"])
_LOGIC: Final = frozenset(["And", "Not", "Or", "Xor"])
_ROUNDS: Final = frozenset(["Ceil", "Floor", "Round"])
_KEEPS_INTEGERS: Final = frozenset(
    ["Cast", "Expand", "Flatten", "Identity", "Reshape", "Squeeze", "Transpose", "Unsqueeze"]
)
_LARGEST: Final = 1 << 16


def implicit_quantisers(graph: Graph, taken: Collection[str]) -> Iterator[Quantiser]:
    """Quantisers that are none by name; the number of their first element is left 0.

    Args:
        graph: the graph.
        taken: tensors of codes that are known already.
    """
    readers: dict[str, list[onnx.NodeProto]] = {}
    for node in graph.nodes:
        for name in node.input:
            readers.setdefault(name, []).append(node)
    for node in graph.nodes:
        name = node.output[0]
        if node.domain not in KNOWN_DOMAINS or name in taken or name not in graph.shapes:
            continue
        bounds = _bounds(graph, node)
        if node.op_type in _LOGIC and not any(r.op_type in _LOGIC for r in readers.get(name, [])):
            bounds = 0, 1  # what logic in front of it comes to
        if bounds is None or _becomes_codes(readers, name, taken):
            continue
        size = int(np.prod(graph.shapes[name]))
        yield Quantiser(node.name or name, name, 0, size, *bounds)


def _bounds(graph: Graph, node: onnx.NodeProto) -> tuple[int, int] | None:
    """The integers that a node's output lies between; None if it is not known to be integers."""
    if node.op_type in _COMPARES:
        return 0, 1
    before = graph.producer.get(node.input[0]) if node.input else None
    if node.op_type == "Sign":
        return -1, 1
    if node.op_type in _ROUNDS and before is not None and before.op_type == "Clip":
        return _clipped(graph, before)
    if node.op_type == "Clip" and before is not None and before.op_type in _ROUNDS:
        return _clipped(graph, node)
    return None


def _clipped(graph: Graph, clip: onnx.NodeProto) -> tuple[int, int] | None:
    """Whole bounds of a ``Clip``, if it has two that are constant and few bits apart."""
    ends = [graph.constants.get(name) for name in [*clip.input[1:], "", ""][:2] if name]
    if len(ends) != 2 or any(end is None or end.size != 1 for end in ends):  # noqa: PLR2004
        return None
    low, high = (float(end.item()) for end in ends if end is not None)
    if not low < high or low != round(low) or high != round(high):
        return None
    return (int(low), int(high)) if max(-low, high) < _LARGEST else None


def _becomes_codes(
    readers: dict[str, list[onnx.NodeProto]], name: str, taken: Collection[str]
) -> bool:
    """Whether other codes are made of a tensor right behind it, which is then no signal itself."""
    waiting, seen = [name], {name}
    while waiting:
        for node in readers.get(waiting.pop(), []):
            output = node.output[0]
            if output in taken or (node.op_type == "Clip" and node.input[0] in seen):
                return True
            if node.op_type in _KEEPS_INTEGERS and output not in seen:
                seen.add(output)
                waiting.append(output)
    return False
