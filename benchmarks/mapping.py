"""LUTs of our mapper against the best single ABC script we know, and what the search costs.

Writes ``benchmarks/results/mapping.json``. The script, run on every live table alone, is

    collapse; muxes; strash; if -K 6 -a -C 16 -F 4 -A 4; mfs2 -a; lutpack; mfs2 -a

LUTs of one to six inputs with inverters, nothing packed in pairs, equal LUTs of a layer shared on
our side. CPU seconds are of this process and its children; nothing comes from a cache.

Usage: ``python benchmarks/mapping.py NETLIST... [--effort medium]``; a netlist is named after the
run it lies in.
"""

from __future__ import annotations

import argparse
import json
import platform
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from machine import measure, processor

from logicjsc import __version__
from logicjsc.core.programs import Tool
from logicjsc.map import portfolio
from logicjsc.map.abc import find_abc
from logicjsc.map.blif import table_blif
from logicjsc.map.decision_diagram import output_columns
from logicjsc.map.mapper import map_netlist
from logicjsc.netlist import TableLayer, load_netlist
from logicjsc.netlist.passes import drop_dead_nodes

_RESULTS = Path(__file__).parent / "results" / "mapping.json"


def by_script(abc: Tool, task: tuple[np.ndarray[Any, Any], int]) -> int:
    """LUTs of one table by the single script."""
    table, width = task
    columns = output_columns(table, width)
    variables = columns.ndim - 1
    text = table_blif(columns, range(variables))
    # "narrow" behind the diagram of ABC itself is that script.
    start = [(text, "collapse; muxes; ")]
    (network,) = portfolio.run_scripts(start, ("narrow",), variables, width, abc)
    return len(network.luts)


def bench(path: Path, effort: str) -> dict[str, Any]:
    """All figures of one netlist."""
    netlist = drop_dead_nodes(load_netlist(path))
    tasks = [
        (table, int(width))
        for layer in netlist.layers
        if isinstance(layer, TableLayer)
        for table, width in zip(layer.tables, layer.widths, strict=True)
    ]
    started = time.time()
    with tempfile.TemporaryDirectory() as cache:
        seconds, mapped = measure(lambda: map_netlist(netlist, effort=effort, cache=Path(cache)))
    wall = time.time() - started
    with ProcessPoolExecutor() as pool:
        script = sum(pool.map(partial(by_script, find_abc()), tasks))
    return {
        "live_nodes": len(tasks),
        "table_bits": netlist.table_bits,
        "lut": mapped.luts,
        "depth": mapped.depth,
        "lut_by_best_script": script,
        "ratio": round(mapped.luts / script, 3),
        "cpu_seconds": round(seconds, 1),
        "wall_seconds": round(wall, 1),
    }


def main() -> None:
    """Measure and write the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("netlists", nargs="+", type=Path)
    parser.add_argument("--effort", choices=list(portfolio.EFFORTS), default="medium")
    arguments = parser.parse_args()
    report = {
        "logicjsc": __version__,
        "machine": f"{platform.machine()}, {processor()}",
        "python": platform.python_version(),
        "effort": arguments.effort,
        "figures": {path.parent.name: bench(path, arguments.effort) for path in arguments.netlists},
    }
    _RESULTS.parent.mkdir(exist_ok=True)
    _RESULTS.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(report, indent=2))


if __name__ == "__main__":
    main()
