"""How well any artefact fits samples."""

from __future__ import annotations

from pathlib import Path

from logicjsc.artefacts.netlists import is_of_trees, netlist_of, samples_of
from logicjsc.artefacts.sources import Source
from logicjsc.core.errors import DataError
from logicjsc.core.run import Run
from logicjsc.dataset.metrics import Metrics, measure
from logicjsc.dataset.samples import Samples
from logicjsc.methods.method import find_method
from logicjsc.netlist.scoring import metrics_of


def artefact_metrics(source: Source, data: Path | None = None) -> tuple[Metrics, Samples]:
    """Metrics of a run, model, netlist, circuit, library or point, and the samples they are of.

    Without ``data``, those are the test part of the samples that it was made from.

    Raises:
        DataError: the samples cannot be had, or are of another kind.
        LogicjscError: the artefact cannot be read.
    """
    samples = samples_of(source, "test", data)
    if source.kind == "run":
        run = Run.open(source.path)
        return find_method(run.header().method).metrics(run, samples), samples
    if source.kind == "onnx" and not is_of_trees(source):
        return _of_model(source, samples), samples
    return metrics_of(netlist_of(source), samples), samples


def _of_model(source: Source, samples: Samples) -> Metrics:
    """Metrics of an ONNX model, whether it can become a netlist or not."""
    import json

    import numpy as np

    from logicjsc.frontend.onnx.graph import Graph, load_onnx, metadata_of

    model = load_onnx(source.path)
    graph = Graph(model)
    if graph.features != samples.features.shape[1]:
        raise DataError(
            f"{source.path} takes {graph.features} features, the samples of {samples.source} have "
            f"{samples.features.shape[1]}"
        )
    (scores,) = graph.subgraph([], [graph.output]).run({graph.input: samples.features})
    kept = metadata_of(model).get("thresholds")
    thresholds = None if kept is None else np.array(json.loads(kept), np.float32)
    if thresholds is None and graph.end.kind == "affirmed":
        thresholds = np.full(graph.outputs, graph.end.threshold, np.float32)
    return measure(np.asarray(scores).reshape(len(samples), -1), samples, thresholds)
