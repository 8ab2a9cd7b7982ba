"""``logicjsc info``: what an artefact is, how big, what shapes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any

import numpy as np

from logicjsc.artefacts.sources import POINT, Source
from logicjsc.core.errors import LogicjscError
from logicjsc.core.run import Run
from logicjsc.core.settings import flat, read_toml
from logicjsc.dataset import DataConfig, Schema, load_dataset
from logicjsc.dataset.provenance import KEY, Provenance
from logicjsc.emit.c.library import load_library
from logicjsc.emit.verilog import load_circuit
from logicjsc.methods.loading import load_config
from logicjsc.netlist import Netlist, TableLayer, digest_of, load_netlist
from logicjsc.netlist.passes import live_signals

_TESTED = (
    *("accuracy", "false_positive_rate", "true_positive_rate", "loss", "auc"),
    *("rmse", "core_rmse", "core_fraction", "r2", "samples"),
)


@dataclass(frozen=True)
class Description:
    """Facts about an artefact and, if it has layers, a table of them.

    Attributes:
        kind: see `logicjsc.artefacts.sources.Kind`.
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
    """Describe anything that a command takes or makes.

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
        "point": _describe_point,
        "study": _describe_study,
        "study definition": _describe_definition,
    }
    return describers[source.kind](source.path)


def _describe_config(path: Path) -> Description:
    loaded = load_config(path)
    facts, layers = loaded.finder.describe(loaded.config, _schema(loaded.config.data))
    samples = loaded.config.data.path or loaded.config.data.task or "not named"
    return Description("config", {"method": loaded.method, "samples": samples, **facts}, layers)


def _schema(config: DataConfig) -> Schema | None:
    """Features and target of the samples that settings name; None where they cannot be had."""
    try:
        return load_dataset(config).schema
    except LogicjscError:
        return None


def _describe_run(path: Path) -> Description:
    run = Run.open(path)
    header, loaded = run.header(), load_config(run.config_file)
    provenance = Provenance.from_dict(header.dataset)
    facts, layers = loaded.finder.describe(loaded.config, provenance.schema)
    facts = {
        "method": header.method,
        "state": header.state,
        **({"failure": header.failure} if header.failure else {}),
        "samples": provenance.source,
        "target": f"{provenance.schema.target.kind}: {', '.join(provenance.schema.target.names)}",
        **facts,
        **loaded.finder.progress(run, loaded.config),
        "complete": run.is_finished,
        "artefacts": sorted(file.name for file in path.iterdir() if not file.name.startswith(".")),
    }
    if run.is_finished:
        result = run.result()
        kept = (*_TESTED, "best_step", "steps", "sizes")
        facts |= {
            f"test_{key}" if key in _TESTED else key: result[key] for key in kept if key in result
        }
    return Description("run", facts, layers)


def _describe_study(path: Path) -> Description:
    files = sorted(file.name for file in path.iterdir() if not file.name.startswith("."))
    return Description("study", {"name": path.resolve().name, "files": files}, ())


def _describe_definition(path: Path) -> Description:
    return Description("study definition", dict(flat(read_toml(path))), ())


def _describe_point(path: Path) -> Description:
    values = read_toml(path / POINT)
    netlist = load_netlist(path / "netlist.npz")
    facts = {**{key: value for key, value in flat(values) if not isinstance(value, list)}}
    return Description("point", {**facts, **netlist_facts(netlist)}, _netlist_layers(netlist))


def _describe_onnx(path: Path) -> Description:
    from logicjsc.frontend.onnx.files import holds_trees
    from logicjsc.frontend.onnx.graph import Graph, load_onnx, metadata_of
    from logicjsc.frontend.onnx.quantised import QuantisedModel

    model = load_onnx(path)
    if holds_trees(model):
        return _describe_trees(path, model)
    graph, metadata = Graph(model), metadata_of(model)
    quantised = any(node.op_type == "DequantizeLinear" for node in graph.nodes)
    quantisers = QuantisedModel(graph).quantisers if quantised else []
    facts = {
        "producer": f"{model.producer_name} {model.producer_version}".strip(),
        "opset": graph.opset.get("", 0),
        "features": graph.features,
        "outputs": int(np.prod(graph.shapes[graph.output])),
        "nodes": len(graph.nodes),
        "constants": sum(int(value.size) for value in graph.constants.values()),
        **_samples_facts(metadata),
        "metadata": {key: value for key, value in metadata.items() if key != KEY},
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


def _describe_trees(path: Path, model: Any) -> Description:  # noqa: ANN401 - protobuf is untyped
    from logicjsc.frontend.importer import Asked, find_importer

    trees = find_importer("trees")
    imported = trees.read(path, Asked(path.stem, trees.settings()))
    facts = {
        "producer": f"{model.producer_name} {model.producer_version}".strip(),
        **imported.facts,
        **netlist_facts(imported.netlist),
    }
    return Description("onnx", facts, _netlist_layers(imported.netlist))


def _describe_netlist(path: Path) -> Description:
    netlist = load_netlist(path)
    return Description("netlist", netlist_facts(netlist), _netlist_layers(netlist))


def _describe_circuit(path: Path) -> Description:
    circuit = load_circuit(path)
    facts = {
        "top": circuit.top,
        "latency_cycles": circuit.latency_cycles,
        "verilog_bytes": sum(file.stat().st_size for file in circuit.verilog_files),
        "verilog_files": len(circuit.verilog_files),
        "input_bits": circuit.manifest.inputs[-1].msb + 1,
        "output_bits": circuit.manifest.outputs[-1].msb + 1,
        **netlist_facts(circuit.netlist),
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
        **netlist_facts(library.netlist),
    }
    return Description("library", facts, _netlist_layers(library.netlist))


def netlist_facts(netlist: Netlist) -> dict[str, Any]:
    """Name, digest and sizes of a netlist."""
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
        **_samples_facts(netlist.provenance),
        "provenance": {k: v for k, v in netlist.provenance.items() if k != KEY},
    }


def _samples_facts(provenance: Mapping[str, str]) -> dict[str, Any]:
    """Where the samples of a netlist or model come from."""
    known = Provenance.in_netlist(provenance)
    if known is None:
        return {"samples": "not known"}
    return {"samples": known.source, "samples_fingerprint": known.fingerprint}


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
