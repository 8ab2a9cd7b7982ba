"""CPU seconds and LUTs of our mapper by effort, as ratios to medium effort.

Writes ``benchmarks/results/mapping_speed.json``. Every so many-th different table of a netlist is
searched for anew, in one process, so that all CPU seconds are counted, ABC's apart; nothing comes
from a cache. A stride of 1 maps all of them.

Usage: ``python benchmarks/mapping_speed.py NETLIST [--stride 1] [--efforts medium]``; the netlist
is named after the run it lies in.
"""

from __future__ import annotations

import argparse
import json
import platform
import resource
from pathlib import Path
from typing import Any

from machine import measure, processor

from logicjsc import __version__
from logicjsc.core.programs import Tool
from logicjsc.map.abc import find_abc
from logicjsc.map.portfolio import EFFORTS
from logicjsc.map.tasks import Task, tasks_of
from logicjsc.netlist import load_netlist
from logicjsc.netlist.passes import drop_dead_nodes

_RESULTS = Path(__file__).parent / "results" / "mapping_speed.json"


def tables_of(path: Path, stride: int) -> list[Task]:
    """Every so many-th of a netlist's different tables."""
    netlist = drop_dead_nodes(load_netlist(path))
    tasks = (task for layer in netlist.layers for task in tasks_of(netlist, layer))
    return list({task.key("medium"): task for task in tasks}.values())[::stride]


def bench(tasks: list[Task], effort: str, abc: Tool) -> dict[str, Any]:
    """LUTs, and CPU seconds of all and of ABC alone."""

    def children() -> float:
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        return usage.ru_utime + usage.ru_stime

    before = children()
    seconds, luts = measure(lambda: sum(task.search(abc, effort).area for task in tasks))
    abc_seconds = children() - before
    return {
        "lut": luts,
        "cpu_seconds": round(seconds, 1),
        "abc_seconds": round(abc_seconds, 1),
        "cpu_seconds_per_table": round(seconds / len(tasks), 3),
    }


def main() -> None:
    """Measure and write the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("netlist", type=Path)
    parser.add_argument("--stride", type=int, default=1)
    parser.add_argument("--efforts", default=",".join(EFFORTS))
    arguments = parser.parse_args()
    tasks, abc = tables_of(arguments.netlist, arguments.stride), find_abc()
    figures = {effort: bench(tasks, effort, abc) for effort in arguments.efforts.split(",")}
    medium = figures.get("medium")
    for entry in figures.values():
        if medium is not None:
            entry["lut_ratio"] = round(entry["lut"] / medium["lut"], 3)
            entry["cpu_ratio"] = round(entry["cpu_seconds"] / medium["cpu_seconds"], 2)
    report = {
        "logicjsc": __version__,
        "machine": f"{platform.machine()}, {processor()}",
        "python": platform.python_version(),
        "netlist": arguments.netlist.parent.name,
        "tables": len(tasks),
        "stride": arguments.stride,
        "figures": figures,
    }
    if _RESULTS.exists():
        known = json.loads(_RESULTS.read_text(encoding="utf-8"))
        report = {**known, f"stride {arguments.stride}": report}
    else:
        report = {f"stride {arguments.stride}": report}
    _RESULTS.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(report, indent=2))


if __name__ == "__main__":
    main()
