"""Speed of the C library, as ratios taken in one run on one core.

Writes ``benchmarks/results/c_library.json``. The same random codes go through the C library (byte
codes to byte codes through ctypes, one thread), numpy's `evaluate` and the Verilator simulator of
the truth-table circuit; all results must agree. CPU seconds are of this process and its children,
and the best of several rounds counts.

Usage: ``python benchmarks/c_library.py [NETLIST...]``, by default the committed JSC-S.
"""

from __future__ import annotations

import json
import platform
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from machine import measure, processor

from logicjsc import __version__
from logicjsc.check.simulator import build_simulator
from logicjsc.core.programs import find_cxx
from logicjsc.emit.c.fast_network import FastNetwork
from logicjsc.emit.c.library import write_library
from logicjsc.emit.verilog import write_circuit
from logicjsc.map.tables import map_tables
from logicjsc.netlist import evaluate, load_netlist

_EXAMPLE = Path(__file__).parents[1] / "hw" / "examples" / "jsc-s" / "netlist.npz"
_RESULTS = Path(__file__).parent / "results" / "c_library.json"
_JETS = 1_000_000
_REPEATS = 20
"""Calls of the C library in a round; one is too short for the clock."""
_ROUNDS = 5


def best(work: Callable[[], Any], rounds: int = _ROUNDS) -> tuple[float, Any]:
    """The least CPU seconds of several rounds, and the result."""
    least = float("inf")
    for _ in range(rounds):
        seconds, result = measure(work)
        least = min(least, seconds)
    return least, result


def repeated(network: FastNetwork, codes: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Results of the last of several calls."""
    for _ in range(_REPEATS):
        results = network.evaluate(codes)
    return results


def bench(path: Path, folder: Path) -> dict[str, Any]:
    """All figures of one netlist."""
    netlist = load_netlist(path)
    luts = map_tables(netlist)
    write_seconds, library = measure(lambda: write_library(netlist, folder / "library", luts))
    compile_seconds, network = measure(
        lambda: FastNetwork.compiled(library, cache=folder / "cache")
    )
    rng = np.random.default_rng(0)
    limits = 1 << netlist.input_widths.astype(int)
    codes = rng.integers(0, limits, (_JETS, netlist.inputs)).astype(np.uint8)
    c_seconds, results = best(lambda: repeated(network, codes))
    numpy_seconds, expected = best(lambda: evaluate(netlist, codes), 2)
    simulator = build_simulator(write_circuit(netlist, folder / "circuit"), folder / "cache")
    simulator_seconds, simulated = best(lambda: simulator.run(codes), 2)
    if (results != expected).any() or (simulated != expected).any():
        raise RuntimeError("C, numpy and Verilator differ")
    per_sample = c_seconds / (_JETS * _REPEATS)
    return {
        "lut": sum(len(layer.luts) for layer in luts if layer is not None),
        "gates": library.facts.gates,
        "source_bytes": library.source.stat().st_size,
        "write_cpu_seconds": round(write_seconds, 2),
        "compile_cpu_seconds": round(compile_seconds, 2),
        "samples_per_cpu_second": round(1 / per_sample),
        "ratio_to_numpy": round(numpy_seconds / _JETS / per_sample, 1),
        "ratio_to_verilator": round(simulator_seconds / _JETS / per_sample, 1),
        "numpy_samples_per_cpu_second": round(_JETS / numpy_seconds),
        "verilator_samples_per_cpu_second": round(_JETS / simulator_seconds),
    }


def main() -> None:
    """Measure and write the results."""
    started = time.time()
    figures = {}
    for path in [Path(argument) for argument in sys.argv[1:]] or [_EXAMPLE]:
        with tempfile.TemporaryDirectory() as name:
            figures[load_netlist(path).name] = bench(path, Path(name))
    cxx = find_cxx()
    report = {
        "logicjsc": __version__,
        "machine": f"{platform.machine()}, {processor()}",
        "compiler": f"{cxx.name} {cxx.version}",
        "python": platform.python_version(),
        "seconds": round(time.time() - started),
        "figures": figures,
    }
    _RESULTS.parent.mkdir(exist_ok=True)
    _RESULTS.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(report, indent=2))


if __name__ == "__main__":
    main()
