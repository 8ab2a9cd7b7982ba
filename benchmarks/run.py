"""Speed of the road from ONNX to verdict, as ratios taken in one run.

Writes ``benchmarks/results/road.json``. CPU seconds are of this process (and its children for
Verilator); ratios compare with the way the field does it, rebuilt here on the same model:

- *row by row*: a neuron's table from one run of the whole layer per neuron, no grouping;
- *per sample*: a plain Python loop over neurons and samples.

Usage: ``python benchmarks/run.py``
"""

from __future__ import annotations

import json
import platform
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from logicjsc.methods.gradient.loading import load_config, resolve_config
from machine import measure, processor

from logicjsc import __version__
from logicjsc.check.simulator import build_simulator
from logicjsc.dataset import Scaler, bundled_sample
from logicjsc.emit.verilog import write_circuit
from logicjsc.frontend.onnx import tabulate as tabulation
from logicjsc.frontend.onnx.graph import load_onnx
from logicjsc.methods.gradient.export import export_onnx
from logicjsc.methods.gradient.network.network import build_network
from logicjsc.netlist import Netlist, TableLayer, evaluate
from logicjsc.tasks.jets.names import CLASS_NAMES

_RESULTS = Path(__file__).parent / "results" / "road.json"


def fresh_model(name: str, folder: Path) -> onnx.ModelProto:
    """The ONNX model of a shipped config with fresh weights, normalised on the bundled samples."""
    torch.manual_seed(0)
    samples = bundled_sample()
    scaler = Scaler.fit(samples)
    network = build_network(
        load_config(resolve_config(name)).config.network, scaler, len(CLASS_NAMES)
    )
    network(torch.from_numpy(samples.features[:4096]))  # batch statistics for the norms
    path = folder / f"{name}.onnx"
    export_onnx(network, scaler, path, checkpoint_digest="none")
    return load_onnx(path)


def tabulate_ungrouped(model: onnx.ModelProto, name: str) -> Netlist:
    """Tabulate with one run of the whole layer per neuron."""
    grouped = tabulation._group  # noqa: SLF001 - the thing that is measured
    tabulation._group = lambda nodes: [(node.offsets(), [node]) for node in nodes]  # noqa: SLF001
    try:
        return tabulation.tabulate(model, name)
    finally:
        tabulation._group = grouped  # noqa: SLF001


def evaluate_per_sample(netlist: Netlist, codes: np.ndarray[Any, Any]) -> list[list[int]]:
    """Evaluate a netlist of tables with plain loops."""
    outputs = []
    for row in codes.tolist():
        signals = list(row)
        for layer in netlist.layers:
            if not isinstance(layer, TableLayer):
                raise TypeError("this benchmark has tables only")
            values = []
            for sources, table in zip(layer.inputs.tolist(), layer.tables, strict=True):
                address = 0
                for source in sources:
                    address = address << int(netlist.widths[source]) | signals[source]
                values.append(int(table[address]))
            signals += values
        outputs.append([signals[index] for index in netlist.outputs])
    return outputs


def bench(name: str, folder: Path) -> dict[str, Any]:
    """All figures of one shipped config."""
    model = fresh_model(name, folder)
    tabulation.tabulate(model, name)  # imports and first allocations are not what is measured
    seconds, netlist = measure(lambda: tabulation.tabulate(model, name))
    figures: dict[str, Any] = {
        "table_rows": netlist.table_rows,
        "tabulate_cpu_seconds": round(seconds, 3),
    }
    slow, other = measure(lambda: tabulate_ungrouped(model, name))
    if any((a.tables != b.tables).any() for a, b in zip(netlist.layers, other.layers, strict=True)):
        raise RuntimeError("grouping changed a table")
    figures["tabulate_ratio_to_ungrouped"] = round(slow / seconds, 1)
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 1 << netlist.input_widths.astype(int), (1_000_000, netlist.inputs))
    seconds, expected = measure(lambda: evaluate(netlist, codes))
    figures["evaluate_samples_per_cpu_second"] = round(len(codes) / seconds)
    slow, _ = measure(lambda: evaluate_per_sample(netlist, codes[:300]))
    figures["evaluate_ratio_to_loops"] = round(slow / 300 / (seconds / len(codes)))
    seconds, circuit = measure(lambda: write_circuit(netlist, folder / "circuit"))
    figures["write_verilog_cpu_seconds"] = round(seconds, 3)
    figures["verilog_bytes"] = sum(file.stat().st_size for file in circuit.verilog_files)
    seconds, simulator = measure(lambda: build_simulator(circuit, cache=folder / "cache"))
    figures["build_simulator_cpu_seconds"] = round(seconds, 2)
    seconds, results = measure(lambda: simulator.run(codes))
    if (results != expected).any():
        raise RuntimeError("the circuit differs from its netlist")
    figures["simulate_vectors_per_cpu_second"] = round(len(codes) / seconds)
    return figures


def main() -> None:
    """Measure and write the results."""
    started = time.time()
    with tempfile.TemporaryDirectory() as name:
        figures = {config: bench(config, Path(name)) for config in ("jsc-s", "jsc-m", "jsc-l")}
    report = {
        "logicjsc": __version__,
        "machine": f"{platform.machine()}, {processor()}",
        "python": platform.python_version(),
        "seconds": round(time.time() - started),
        "figures": figures,
    }
    _RESULTS.parent.mkdir(exist_ok=True)
    _RESULTS.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(report, indent=2))


if __name__ == "__main__":
    main()
