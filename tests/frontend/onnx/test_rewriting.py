"""What was rewritten is compared with the file as it is."""

from __future__ import annotations

import numpy as np
import pytest
from reference.typed_models import Writer, rewritten_model

from logicjsc.core.errors import OnnxModelError
from logicjsc.frontend.onnx.graph import Graph
from logicjsc.frontend.onnx.rewriting import _run, _run_by_qonnx, check_rewriting

X = np.random.default_rng(0).normal(size=(200, 6)).astype(np.float32)


def fixed_batch():
    writer = Writer(6)
    box = writer.node("Reshape", writer.quantised("x", 0.5), writer.constant([4, 2, 3], np.int64))
    return writer.model(writer.node("Flatten", box, axis=1), features=[4, 6])


def test_both_are_run_and_equal():
    qonnx, fixed = Graph(rewritten_model()), Graph(fixed_batch())
    assert _run_by_qonnx(qonnx, X[:1]) is not None
    assert _run(fixed, X[:4]) is not None
    for graph in (qonnx, fixed):
        check_rewriting(graph, X)


@pytest.mark.parametrize("make", [rewritten_model, fixed_batch])
def test_a_mistake_in_rewriting_is_found(make, monkeypatch):
    graph = Graph(make())
    right = graph.given_scores
    monkeypatch.setattr(graph, "given_scores", lambda features: right(features) + 1)
    with pytest.raises(OnnxModelError, match=r"64 of 64 rows differ from the file as it is"):
        check_rewriting(graph, X)
