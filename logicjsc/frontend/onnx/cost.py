"""How much memory and time a model would take, estimated before it runs.

A file of some hundred bytes can ask for gigabytes (``Tile``, ``Expand``, ``ConstantOfShape``,
``Range``, ``Resize``). Shapes are inferred without running anything; a model whose shapes cannot be
inferred, or that is large, is first tried in a process of its own, with limits.
"""

from __future__ import annotations

import math
from contextlib import suppress
from typing import Final

import numpy as np
import onnx
from onnx import helper, numpy_helper

from logicjsc.core.errors import OnnxModelError, ToolError, ToolTimeoutError
from logicjsc.core.limited import run_limited
from logicjsc.frontend.onnx.observe import BATCHES, random_samples
from logicjsc.frontend.onnx.refusals import label_of
from logicjsc.frontend.onnx.session import Session
from logicjsc.frontend.onnx.sizes import refuse_sizes_of_data, size_tensors

_MOST_NODES: Final = 10_000
_MOST_BYTES: Final = 1 << 30
"""Of all tensors together, in the larger of the batches that show shapes."""

_LARGE_BYTES: Final = 1 << 26
_MOST_STEPS: Final = 10**12
_LARGE_STEPS: Final = 10**10
"""Of multiplications; a core does some ten thousand million in a second."""

_ROUNDS: Final = 8
"""How often shapes that depend on shapes are looked at."""

_TRIAL_SECONDS: Final = 60.0
_TRIAL_MEMORY: Final = 3 << 30

_ADVICE: Final = "no circuit holds such a network; check the sizes given to the node"


def check_cost(model: onnx.ModelProto, feed: str) -> int:
    """Refuse a model that takes too much memory or time.

    Args:
        model: the model.
        feed: name of its input.

    Returns:
        Bytes that one sample takes, about.

    Raises:
        OnnxModelError: names the node that takes most.
    """
    graph = model.graph
    if len(graph.node) > _MOST_NODES:
        raise OnnxModelError(
            f"the model has {len(graph.node):,} nodes, the limit is {_MOST_NODES:,}; simplify it "
            f"(onnxsim, onnxoptimizer) or export it without unrolled loops"
        )
    refuse_sizes_of_data(list(graph.node), {entry.name for entry in graph.initializer})
    shapes, items = _inferred(model, feed)
    total, steps, unknown = 0, 0, ""
    for node in graph.node:
        for name in filter(None, node.output):
            if name not in shapes:
                unknown = unknown or label_of(node)
                continue
            taken = math.prod(shapes[name]) * items[name]
            total += taken
            if total > _MOST_BYTES:
                raise OnnxModelError(
                    f"{label_of(node)} makes {name!r} of shape {shapes[name]} for "
                    f"{BATCHES[1]} samples, {taken / 2**20:,.0f} MiB, and the model then takes "
                    f"over {_MOST_BYTES / 2**30:g} GiB; {_ADVICE}"
                )
        mine = _multiplications(node, shapes)
        steps += mine
        if steps > _MOST_STEPS:
            raise OnnxModelError(
                f"{label_of(node)} takes {mine:.1e} multiplications for {BATCHES[1]} samples; "
                f"{_ADVICE}"
            )
    if unknown or total > _LARGE_BYTES or steps > _LARGE_STEPS:
        _try_apart(model, feed, unknown)
    return max(total // BATCHES[1], 1)


def _inferred(
    model: onnx.ModelProto, feed: str
) -> tuple[dict[str, tuple[int, ...]], dict[str, int]]:
    """Shapes and bytes per element of tensors for the larger batch, as far as they are known."""
    sized = onnx.ModelProto()
    sized.CopyFrom(model)
    del sized.graph.value_info[:]
    for entry in sized.graph.input:
        if entry.name == feed:
            entry.type.tensor_type.shape.dim[0].dim_value = BATCHES[1]
    for entry in sized.graph.output:
        entry.type.tensor_type.ClearField("shape")
    shapes, items = _shapes_of(sized)
    for _ in range(_ROUNDS):
        if not _write_sizes(sized, shapes, feed):
            break
        shapes, items = _shapes_of(sized)
    return shapes, items


def _shapes_of(sized: onnx.ModelProto) -> tuple[dict[str, tuple[int, ...]], dict[str, int]]:
    """What onnx infers; nothing if it fails."""
    graph: onnx.GraphProto | None = None
    # Following shapes through nodes fails on some graphs that are right.
    for follows in (True, False):
        with suppress(Exception):
            graph = onnx.shape_inference.infer_shapes(sized, data_prop=follows).graph
            break
    if graph is None:
        return {}, {}
    shapes = {entry.name: tuple(entry.dims) for entry in graph.initializer}
    items: dict[str, int] = {}
    for entry in (*graph.input, *graph.value_info, *graph.output):
        facts = entry.type.tensor_type
        if facts.HasField("shape") and all(d.HasField("dim_value") for d in facts.shape.dim):
            shapes[entry.name] = tuple(d.dim_value for d in facts.shape.dim)
            items[entry.name] = _bytes_of(facts.elem_type)
    return shapes, items


def _write_sizes(sized: onnx.ModelProto, shapes: dict[str, tuple[int, ...]], feed: str) -> bool:
    """Write the shapes that a model computes in front of what reads them, as constants.

    onnx does not follow all nodes that exporters compute a shape with. Only what is known to be
    small is run.

    Returns:
        Whether there were such shapes.
    """
    nodes = list(sized.graph.node)
    sizes = size_tensors(nodes, {entry.name for entry in sized.graph.initializer})
    readers = [
        (node, place)
        for node in nodes
        if not all(name in shapes for name in node.output if name)
        for place, name in enumerate(node.input)
        if name in sizes and name in shapes
    ]
    known = {node.input[place] for node, place in readers}
    wanted = [name for name in sorted(known) if _small(nodes, {name}, shapes)]
    if not wanted:
        return False
    part = onnx.ModelProto()
    part.CopyFrom(sized)
    del part.graph.node[:], part.graph.output[:]
    part.graph.node.extend(_behind(nodes, set(wanted)))
    part.graph.output.extend(onnx.ValueInfoProto(name=name) for name in wanted)
    rows = np.zeros(shapes[feed], np.float32)
    session = Session(part)
    values = session.run_whole(dict.fromkeys(session.inputs, rows))
    for name, value in zip(wanted, values, strict=True):
        sized.graph.initializer.append(numpy_helper.from_array(value, f"{name}/known"))
    for node, place in readers:
        if node.input[place] in wanted:
            node.input[place] = f"{node.input[place]}/known"
    return True


def _behind(nodes: list[onnx.NodeProto], wanted: set[str]) -> list[onnx.NodeProto]:
    """The nodes that some tensors are computed by, in order."""
    needed, kept = set(wanted), []
    for node in reversed(nodes):
        if needed.intersection(node.output):
            kept.append(node)
            needed.update(name for name in node.input if name)
    return kept[::-1]


def _small(
    nodes: list[onnx.NodeProto], wanted: set[str], shapes: dict[str, tuple[int, ...]]
) -> bool:
    """Whether all that some tensors are computed from is known to be small."""
    names = [name for node in _behind(nodes, wanted) for name in node.output if name]
    return all(name in shapes for name in names) and (
        sum(math.prod(shapes[name]) for name in names) < _LARGE_BYTES
    )


def _bytes_of(kind: int) -> int:
    try:
        return int(np.dtype(helper.tensor_dtype_to_np_dtype(kind)).itemsize)
    except (KeyError, TypeError):
        return 1


def _multiplications(node: onnx.NodeProto, shapes: dict[str, tuple[int, ...]]) -> int:
    """How many multiplications a product takes, about; 0 of other nodes."""
    known = [shapes.get(name) for name in (*node.input[:2], node.output[0])]
    if len(known) < 3 or any(shape is None for shape in known):  # noqa: PLR2004 - two factors
        return 0
    left, right, made = (shape or () for shape in known)
    if node.op_type in {"Gemm", "MatMul", "MatMulInteger"} and left:
        return math.prod(made) * left[-1]
    if node.op_type in {"Conv", "ConvInteger", "ConvTranspose"} and right:
        return math.prod(made) * math.prod(right[1:])
    if node.op_type == "Einsum":
        return math.prod(left) * math.prod(right)
    return 0


def _try_apart(model: onnx.ModelProto, feed: str, unknown: str) -> None:
    """Run the model once in a process of its own."""
    where = f" ({unknown}: its size is known only when it runs)" if unknown else ""
    try:
        run_limited(_trial, (model.SerializeToString(), feed), _TRIAL_SECONDS, _TRIAL_MEMORY)
    except ToolTimeoutError as error:
        raise OnnxModelError(
            f"the model did not finish {BATCHES[1]} samples within {_TRIAL_SECONDS:g} s{where}; "
            f"{_ADVICE}"
        ) from error
    except (ToolError, MemoryError) as error:
        raise OnnxModelError(
            f"the model cannot be run on {BATCHES[1]} samples within {_TRIAL_MEMORY / 2**30:g} GiB"
            f"{where}: {error}; {_ADVICE}"
        ) from error


def _trial(content: bytes, feed: str) -> None:
    """Run a serialised model on the samples that will show its shapes."""
    model = onnx.ModelProto.FromString(content)
    (entry,) = (entry for entry in model.graph.input if entry.name == feed)
    entry.type.tensor_type.shape.dim[0].dim_param = "samples"
    features = entry.type.tensor_type.shape.dim[1].dim_value
    Session(model).run_whole({feed: random_samples(features)})
