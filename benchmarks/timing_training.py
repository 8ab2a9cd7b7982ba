"""What training that knows time brought: whole circuits of runs, by our timing model.

    python benchmarks/timing_training.py RUN ...    # benchmarks/results/timing_training.json

Every network that a run has kept is mapped as a whole circuit, words in and class out, and stands
with its test accuracy, the LUTs and latency of its fewest LUTs, and those of the smallest product
of LUTs and latency. Runs on jets need the samples that they were trained on: they are taken from
where the run says.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, Final

from logicjsc.artefacts.netlists import samples_of
from logicjsc.artefacts.sources import identify
from logicjsc.explore.whole import whole_netlist
from logicjsc.explore.zoo.accuracy import score
from logicjsc.map.timing.delays import load_delays
from logicjsc.map.timing.timed_mapping import Search, TimedMapping
from logicjsc.netlist import load_netlist

RESULTS: Final = Path(__file__).parent / "results" / "timing_training.json"


def main(runs: list[str]) -> None:
    """Measure runs and keep what was found."""
    known = json.loads(RESULTS.read_text()) if RESULTS.is_file() else {}
    for run in map(Path, runs):
        files = sorted(run.glob(f"{run.name}-*.npz")) or [run / "netlist.npz"]
        for file in files:
            name = run.name if file.stem == "netlist" else file.stem
            known[name] = measured(run, file)
            print(name, json.dumps(known[name]))
        lines = (f"  {json.dumps(key)}: {json.dumps(value)}" for key, value in known.items())
        RESULTS.write_text("{\n" + ",\n".join(lines) + "\n}\n")


def measured(run: Path, file: Path) -> dict[str, Any]:
    """Accuracy, LUTs and latency of one network of a run."""
    source, netlist = identify(run), load_netlist(file)
    whole = whole_netlist(source, netlist, 8)
    points = TimedMapping(whole, load_delays(), Search("medium", "carry", 1)).points
    best = min(points, key=lambda one: one.lut * one.latency_ps)
    words = netlist.encoder.words if netlist.encoder is not None else None
    return {
        "accuracy": round(100 * score(netlist, samples_of(source, "test"), words).value, 2),
        "fewest_luts": [points[0].lut, round(points[0].latency_ps / 1000, 3)],
        "smallest_product": [best.lut, round(best.latency_ps / 1000, 3)],
        "fastest": [points[-1].lut, round(points[-1].latency_ps / 1000, 3)],
    }


if __name__ == "__main__":
    main(sys.argv[1:])
