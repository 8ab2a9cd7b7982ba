"""A rewritten model and the model as it was given, compared where the latter can be run.

Models of QONNX are run by the package of that name, node by node; models with a fixed batch in
batches of that size.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import onnx
from onnx import TensorProto, helper

from logicjsc.core.errors import OnnxModelError
from logicjsc.frontend.onnx.graph import Array, Graph
from logicjsc.frontend.onnx.lowering.qonnx import is_qonnx
from logicjsc.frontend.onnx.session import Session

_ROWS: Final = 64
_TOLERATED: Final = 0.05
"""Of rows: products of few rows are added in another order, and may fall on another side of a
border of rounding."""


def check_rewriting(graph: Graph, features: Array) -> None:
    """Refuse a model that computes something else after it was rewritten.

    Args:
        graph: the model, opened.
        features: to compare on, float32 ``[samples, features]``; a few rows are taken.

    Raises:
        OnnxModelError: says on how many rows they differ; that is a mistake of the rewriting.
    """
    size = graph.written_batch or _ROWS
    most = len(features) // size * size
    kept = features[: min(most, max(_ROWS // size, 1) * size)]
    foreign = any(is_qonnx(node) for node in graph.scored.graph.node)
    if not len(kept) or not (foreign or graph.written_batch):
        return
    run = _run_by_qonnx if foreign else _run
    parts = [run(graph, part) for part in np.split(kept, len(kept) // size)]
    if any(part is None for part in parts):
        return
    theirs = np.concatenate([np.asarray(part, np.float32).reshape(size, -1) for part in parts])
    different = (theirs != graph.given_scores(kept)).any(axis=1)
    if different.mean() > _TOLERATED:
        raise OnnxModelError(
            f"the model was rewritten to something else: {int(different.sum())} of {len(kept)} "
            f"rows differ from the file as it is; this is a mistake in logicjsc, please report it"
        )


def _run(graph: Graph, features: Array) -> Array | None:
    """Scores of one batch by onnxruntime; None if it does not run."""
    try:
        results = Session(graph.scored).run_whole({graph.input: graph.form.convert(features)})
    except OnnxModelError:
        return None
    return np.asarray(results[0])


def _run_by_qonnx(graph: Graph, features: Array) -> Array | None:
    """Scores of one batch by QONNX's own execution; None if it does not run there."""
    fixed = onnx.ModelProto()
    fixed.CopyFrom(graph.scored)
    name = fixed.graph.output[0].name
    fixed.graph.output[0].CopyFrom(
        helper.make_tensor_value_info(name, TensorProto.FLOAT, [len(features), graph.outputs])
    )
    for entry in fixed.graph.input:
        axes = entry.type.tensor_type.shape.dim
        if entry.name == graph.input and len(axes):
            axes[0].dim_value = len(features)
    try:
        # Its exceptions are of any kind, and so are the models that it does not run.
        from qonnx.core.modelwrapper import ModelWrapper
        from qonnx.core.onnx_exec import execute_onnx
        from qonnx.transformation.infer_shapes import InferShapes

        wrapped = ModelWrapper(fixed).transform(InferShapes())
        results: dict[str, Any] = execute_onnx(wrapped, {graph.input: graph.form.convert(features)})
    except Exception:  # noqa: BLE001 - as above
        return None
    return np.asarray(next(iter(results.values())))
