"""LUTs of sums on carry chains with absorbed tables, against other ways to add, on random networks.

Writes ``benchmarks/results/carry_chains.json``. The networks look like trained ones with a table on
every edge and a sum per neuron: 16 words of 8 bits, 20 neurons, 5 scores; first tables read five
bits of a word or of two, second ones five bits of a sum, all random, of one to six output bits.
``lut`` is everything as LUTs (``--adders lut``), ``tables_and_adders`` the mapped tables and a LUT
per bit of what every addition adds, ``carry`` and ``best`` are those options, ``yosys`` what Yosys
counts in the Verilog of ``carry``, with its LUTs kept and taken apart. Every mapped network is run
on random codes and compared with its netlist.

Usage: ``python benchmarks/carry_chains.py [--yosys] [--jobs N]``
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from machine import processor

from logicjsc import __version__
from logicjsc.artefacts.sources import identify
from logicjsc.check.synth.programs import Limits
from logicjsc.check.synth.report import synthesise_source
from logicjsc.map.mapper import map_netlist
from logicjsc.map.sums import carry_luts, sum_nodes
from logicjsc.map.tables import map_tables
from logicjsc.netlist import Netlist, SumLayer, evaluate, save_netlist
from logicjsc.netlist.passes import drop_dead_nodes

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from reference.additive_netlists import additive_netlist

_RESULTS = Path(__file__).parent / "results" / "carry_chains.json"

_NETWORKS: dict[str, dict[str, Any]] = {
    "20 edges, 10 behind": {"first_edges": 20, "second_edges": 10},
    "100 edges, 40 behind": {"first_edges": 100, "second_edges": 40},
}


def tables_and_adders(netlist: Netlist, jobs: int | None) -> int:
    """LUTs of mapped tables, and of adders that find them ready."""
    live = drop_dead_nodes(netlist)
    sums = [layer for layer in live.layers if isinstance(layer, SumLayer)]
    adders = sum(carry_luts(node) for layer in sums for node in sum_nodes(live, layer))
    return adders + sum(area.area for area in map_tables(netlist, jobs=jobs) if area is not None)


def by_yosys(netlist: Netlist) -> dict[str, int]:
    """LUTs by flow in the Verilog with carry chains."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "netlist.npz")
        save_netlist(netlist, path)
        report = synthesise_source(
            identify(path),
            ["yosys-xcup"],
            effort="low",
            limits=Limits.default(),
            layers=False,
            out=None,
            on_step=lambda *_: None,
            adders="carry",
        )
    return dict(report.back_ends[0].parts[0].lut_by_flow)


def bench(settings: dict[str, Any], jobs: int | None, *, yosys: bool) -> dict[str, Any]:
    """All figures of one network."""
    netlist = additive_netlist(np.random.default_rng(1), **settings)
    codes = np.random.default_rng(2).integers(0, 256, (5000, netlist.inputs))
    expected = evaluate(netlist, codes)
    figures: dict[str, Any] = {"tables_and_adders": tables_and_adders(netlist, jobs)}
    for adders in ("lut", "carry", "best"):
        mapped = map_netlist(netlist, effort="low", adders=adders, jobs=jobs)
        if (mapped.evaluate(codes) != expected).any():
            raise SystemExit(f"the network mapped with --adders {adders} is wrong")
        figures[adders] = {"lut": mapped.luts, "depth": mapped.depth}
        print(adders, figures[adders], flush=True)
    return figures | ({"yosys": by_yosys(netlist)} if yosys else {})


def main() -> None:
    """Measure and write the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--yosys", action="store_true", help="let Yosys count, too")
    parser.add_argument("--jobs", type=int, help="processes (default: one per core)")
    arguments = parser.parse_args()
    report = {
        "logicjsc": __version__,
        "machine": f"{platform.machine()}, {processor()}",
        "python": platform.python_version(),
        "figures": {
            name: bench(settings, arguments.jobs, yosys=arguments.yosys)
            for name, settings in _NETWORKS.items()
        },
    }
    _RESULTS.parent.mkdir(exist_ok=True)
    _RESULTS.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(report, indent=2))


if __name__ == "__main__":
    main()
