"""Accuracy, loss and AUC of any artefact on jets."""

from __future__ import annotations

from pathlib import Path

from logicjsc.artefacts.circuit import existing_netlist
from logicjsc.artefacts.sources import Source
from logicjsc.core.errors import DataError, NetlistError
from logicjsc.dataset import Samples, load_jets, load_dataset
from logicjsc.dataset.config import DataConfig
from logicjsc.dataset.metrics import Array, Metrics, score_metrics
from logicjsc.methods.gradient.rundir import RunDirectory
from logicjsc.netlist import Decoder, Encoder, Netlist, evaluate


def measure(source: Source, data: Path | None) -> Metrics:
    """Metrics of a run, an ONNX model, a netlist or a circuit's netlist on jets.

    Without ``data``, the test part of the run's jets, or of the bundled sample.
    """
    jets = jets_for(source, data)
    if source.kind == "run":
        from logicjsc.methods.gradient import checkpoint
        from logicjsc.methods.gradient.evaluation import evaluate as evaluate_network

        network, _, _ = checkpoint.load_model(RunDirectory.open(source.path))
        return evaluate_network(network, jets)
    if source.kind == "onnx":
        from logicjsc.frontend.onnx.graph import Graph, load_onnx

        graph = Graph(load_onnx(source.path))
        session = graph.subgraph([], [graph.output])
        (scores,) = session.run({graph.input: jets.features})
    else:
        scores = netlist_scores(existing_netlist(source), jets)
    if scores.shape != (len(jets), len(jets.class_names)):
        raise DataError(
            f"{source.path} gives scores of shape {scores.shape[1:]} per jet, the jets have "
            f"{len(jets.class_names)} classes"
        )
    return measure_scores(scores, jets)


def jets_for(source: Source, data: Path | None) -> Samples:
    """The jets to test a source on; see `measure`."""
    if data is not None:
        return load_jets(data)
    if source.kind == "run":
        return load_dataset(RunDirectory.open(source.path).load_config().data).test
    return load_dataset(DataConfig()).test


def ends_of(netlist: Netlist) -> tuple[Encoder, Decoder]:
    """The encoder and decoder that a netlist needs to be tried on jets.

    Raises:
        NetlistError: it has none.
    """
    if netlist.encoder is None or netlist.decoder is None:
        raise NetlistError(
            f"netlist {netlist.name!r} has no encoder and decoder, so jets say nothing about it"
        )
    return netlist.encoder, netlist.decoder


def check_features(netlist: Netlist, jets: Samples) -> None:
    """Refuse jets whose features are not the netlist's.

    Raises:
        DataError: their names or number differ.
    """
    if netlist.encoder is None:
        return
    names = netlist.encoder.feature_names
    if names != jets.feature_names:
        raise DataError(
            f"netlist {netlist.name!r} takes {len(names)} features ({', '.join(names[:3])}, ...), "
            f"the jets of {jets.source} have {len(jets.feature_names)} "
            f"({', '.join(jets.feature_names[:3])}, ...)"
        )


def netlist_scores(netlist: Netlist, jets: Samples) -> Array:
    """Class scores that a netlist gives to jets, float32 ``[jets, classes]``.

    Raises:
        NetlistError: the netlist has no encoder or decoder.
        DataError: the jets have other features.
    """
    if netlist.encoder is None or netlist.decoder is None:
        raise NetlistError(f"netlist {netlist.name!r} has no encoder and decoder for raw jets")
    check_features(netlist, jets)
    return netlist.decoder.decode(evaluate(netlist, netlist.encoder.encode(jets.features)))
