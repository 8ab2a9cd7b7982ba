"""``logicjsc info``: what an artefact is, how big, what shapes."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any

import numpy as np

from logicjsc.artefacts.sources import Source
from logicjsc.emit.c.library import load_library
from logicjsc.emit.verilog import load_circuit
from logicjsc.methods.gradient.config import Config
from logicjsc.methods.gradient.loading import load_config
from logicjsc.methods.gradient.rundir import RunDirectory
from logicjsc.netlist import Netlist, TableLayer, digest_of, load_netlist
from logicjsc.netlist.passes import live_signals
from logicjsc.tasks.jets.names import CLASS_NAMES, FEATURE_NAMES


@dataclass(frozen=True)
class Description:
    """Facts about an artefact and, if it has layers, a table of them.

    Attributes:
        kind: ``config``, ``run``, ``onnx``, ``netlist``, ``circuit`` or ``library``.
        facts: names and values.
        layers: one dictionary per layer, all with the same keys.
    """

    kind: str
    facts: dict[str, Any]
    layers: tuple[dict[str, Any], ...]

    def to_dict(self) -> dict[str, Any]:
        """For ``--json``."""
        return {"kind": self.kind, **self.facts, "layers": list(self.layers)}


def describe(source: Source) -> Description:
    """Describe a config, run, ONNX model, netlist, circuit or C library.

    Raises:
        LogicjscError: the artefact is damaged.
    """
    describers = {
        "config": _describe_config,
        "run": _describe_run,
        "onnx": _describe_onnx,
        "netlist": _describe_netlist,
        "circuit": _describe_circuit,
        "library": _describe_library,
    }
    return describers[source.kind](source.path)


def _describe_config(path: Path) -> Description:
    config = load_config(path).config
    return Description("config", _network_facts(config), _config_layers(config))


def _describe_run(path: Path) -> Description:
    run = RunDirectory.open(path)
    config, result = run.load_config(), run.load_result()
    epochs = (
        len(run.metrics.read_text(encoding="utf-8").splitlines()) if run.metrics.exists() else 0
    )
    facts: dict[str, Any] = {
        **_network_facts(config),
        "epochs": f"{epochs} of {config.training.epochs}",
        "complete": bool(result),
        "artefacts": [
            file.name
            for file in (run.checkpoint, run.onnx, run.netlist, run.verification)
            if file.is_file()
        ],
    }
    for key in ("accuracy", "loss", "auc", "jets", "best_epoch"):
        if key in result:
            facts[key] = result[key]
    return Description("run", facts, _config_layers(config))


def _describe_onnx(path: Path) -> Description:
    from logicjsc.frontend.onnx.graph import Graph, load_onnx, metadata_of
    from logicjsc.frontend.onnx.quantised import QuantisedModel

    model = load_onnx(path)
    graph = Graph(model)
    quantised = any(node.op_type == "DequantizeLinear" for node in graph.nodes)
    quantisers = QuantisedModel(graph).quantisers if quantised else []
    facts = {
        "producer": f"{model.producer_name} {model.producer_version}".strip(),
        "opset": graph.opset.get("", 0),
        "features": graph.features,
        "outputs": int(np.prod(graph.shapes[graph.output])),
        "nodes": len(graph.nodes),
        "constants": sum(int(value.size) for value in graph.constants.values()),
        "metadata": metadata_of(model),
    }
    layers = tuple(
        {
            "quantiser": entry.name,
            "signals": entry.size,
            "bits": entry.width,
            "signed": entry.signed,
        }
        for entry in quantisers
    )
    return Description("onnx", facts, layers)


def _describe_netlist(path: Path) -> Description:
    netlist = load_netlist(path)
    return Description("netlist", _netlist_facts(netlist), _netlist_layers(netlist))


def _describe_circuit(path: Path) -> Description:
    circuit = load_circuit(path)
    facts = {
        "top": circuit.top,
        "latency_cycles": circuit.latency_cycles,
        "verilog_bytes": sum(file.stat().st_size for file in circuit.verilog_files),
        "verilog_files": len(circuit.verilog_files),
        "input_bits": circuit.manifest.inputs[-1].msb + 1,
        "output_bits": circuit.manifest.outputs[-1].msb + 1,
        **_netlist_facts(circuit.netlist),
    }
    return Description("circuit", facts, _netlist_layers(circuit.netlist))


def _describe_library(path: Path) -> Description:
    library = load_library(path)
    facts = {
        "function": f"{library.facts.name}_evaluate",
        "codes": library.facts.code_type,
        "results": library.facts.result_type,
        "gates": library.facts.gates,
        "source_bytes": library.source.stat().st_size,
        **_netlist_facts(library.netlist),
    }
    return Description("library", facts, _netlist_layers(library.netlist))


def _network_facts(config: Config) -> dict[str, Any]:
    """Size of a configured network; it is built to be counted, with a scaler that does nothing."""
    from logicjsc.dataset import Scaler
    from logicjsc.methods.gradient.network.network import build_network, trainable_parameters

    ones = (1.0,) * len(FEATURE_NAMES)
    thresholds = ((0.0,) * config.network.thresholds,) * len(FEATURE_NAMES)
    scaler = Scaler(ones, ones, thresholds=thresholds)
    network = build_network(config.network, scaler, len(CLASS_NAMES))
    sizes = (len(FEATURE_NAMES), *config.network.hidden, len(CLASS_NAMES))
    layers = _config_layers(config)
    return {
        "network": config.network.kind,
        "shape": "-".join(map(str, sizes)),
        "trainable_parameters": trainable_parameters(network),
        "table_rows": sum(layer["table_rows"] for layer in layers if "table_rows" in layer),
    }


def _config_layers(config: Config) -> tuple[dict[str, Any], ...]:
    from logicjsc.methods.gradient.families.family import table_rows
    from logicjsc.methods.gradient.network.network import layer_sources, per_layer

    network = config.network
    neurons = (*network.hidden, len(CLASS_NAMES))
    sizes = (len(FEATURE_NAMES), *neurons)
    if network.kind == "dense":
        return tuple(
            {"layer": index + 1, "neurons": count, "fan_in": sizes[index]}
            for index, count in enumerate(neurons)
        )
    fan_in, bits = per_layer(network.fan_in, len(neurons)), per_layer(network.bits, len(neurons))
    neuron = per_layer(network.neuron, len(neurons))
    term_bits = per_layer(network.term_bits, len(neurons))
    bits = tuple(1 if family == "lookup" else b for family, b in zip(neuron, bits, strict=True))
    widths = (1 if network.thresholds else network.input_bits, *bits)
    described = []
    for index, count in enumerate(neurons):
        # With skips of several widths, the widest possible table is what counts.
        widest = max(widths[source] for source in layer_sources(network, index + 1))
        address_bits = widest if neuron[index] == "edges" else fan_in[index] * widest
        described.append(
            {
                "layer": index + 1,
                "neurons": count,
                "fan_in": fan_in[index],
                "bits": bits[index],
                "address_bits": address_bits,
                "table_rows": count
                * table_rows(
                    neuron[index],
                    network,
                    fan_in[index],
                    widest,
                    term_bits[index],
                    summed=network.scores == "sum" and index == len(neurons) - 1,
                ),
            }
        )
    return tuple(described)


def _netlist_facts(netlist: Netlist) -> dict[str, Any]:
    live = live_signals(netlist)
    return {
        "name": netlist.name,
        "digest": digest_of(netlist),
        "inputs": netlist.inputs,
        "outputs": len(netlist.outputs),
        "nodes": netlist.signals - netlist.inputs,
        "dead_nodes": int((~live[netlist.inputs :]).sum()),
        "depth": netlist.depth,
        "table_rows": netlist.table_rows,
        "table_bits": netlist.table_bits,
        "encoder": netlist.encoder is not None,
        "classes": list(netlist.decoder.class_names) if netlist.decoder is not None else [],
        "provenance": dict(netlist.provenance),
    }


def _netlist_layers(netlist: Netlist) -> tuple[dict[str, Any], ...]:
    live = live_signals(netlist)
    ends = accumulate((layer.nodes for layer in netlist.layers), initial=netlist.inputs)
    described = []
    for layer, first in zip(netlist.layers, ends, strict=False):
        is_table = isinstance(layer, TableLayer)
        widths = sorted({int(width) for width in layer.widths})
        described.append(
            {
                "layer": layer.name,
                "kind": "table" if is_table else "sum",
                "stage": layer.stage,
                "nodes": layer.nodes,
                "live_nodes": int(live[first : first + layer.nodes].sum()),
                "fan_in": layer.fan_in,
                "bits": "/".join(map(str, widths)),
                "address_bits": layer.address_bits if isinstance(layer, TableLayer) else 0,
                "table_rows": layer.tables.size if isinstance(layer, TableLayer) else 0,
            }
        )
    return tuple(described)
