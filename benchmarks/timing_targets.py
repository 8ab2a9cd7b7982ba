"""Whole circuits for jets against targets of latency and area-delay product, by our timing model.

    python benchmarks/timing_targets.py [POINT ...]     # benchmarks/results/timing_targets.json

Words in, class out: encoder, network and decision are mapped to LUTs and carry chains as one. For
every point of the zoo that is named stands what each means brought: comparing all pairs of classes
instead of a tree, adders and tables chosen by timing, the LUTs that the point ships, which were
rewritten across nodes, and registers placed by a clock instead of behind every layer. Registers are
placed in whichever of these has the smallest product of LUTs and latency.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, Final

from logicjsc.artefacts.sources import POINT, identify
from logicjsc.check.timing import clock_for_cycles, timing_of
from logicjsc.core.files import shipped
from logicjsc.emit.hdl.options import CircuitOptions
from logicjsc.explore.whole import whole_netlist
from logicjsc.explore.zoo.points import NETLIST, read_point
from logicjsc.explore.zoo.recorded import recorded_whole
from logicjsc.map.mapper import MappedNetlist, map_netlist
from logicjsc.map.timing.delays import Delays, load_delays
from logicjsc.map.timing.timed_mapping import Search, TimedMapping
from logicjsc.netlist import load_netlist

RESULTS: Final = Path(__file__).parent / "results" / "timing_targets.json"

POINTS: Final = {
    "jsc-lut-7": (74.0, 2.0, 100),
    "jsc-lut-107-taught": (75.6, 3.0, 1000),
    "jsc-compact-words-380": (75.6, 3.0, 1000),
    "jsc-compact-words-650": (76.0, 4.0, 2500),
    "jsc-compact-small-845": (76.3, 5.0, 4000),
    "jsc-compact-3750": (76.85, 8.0, 25000),
}
"""Accuracy in %, latency in ns, and LUTs times ns, by the point that is to reach them."""

CARRY: Final = CircuitOptions(0, adders="carry")
STAGES: Final = (2, 4)


def main(names: list[str]) -> None:
    """Measure points and keep what was found."""
    delays = load_delays()
    known = json.loads(RESULTS.read_text()) if RESULTS.is_file() else {}
    for name in names or list(POINTS):
        known[name] = measured(name, delays)
        print(name, json.dumps(known[name]))
        lines = (f"  {json.dumps(key)}: {json.dumps(value)}" for key, value in known.items())
        RESULTS.write_text("{\n" + ",\n".join(lines) + "\n}\n")


def measured(name: str, delays: Delays) -> dict[str, Any]:
    """All figures of a point."""
    folder = shipped("zoo", "jets", name)
    source, netlist = identify(folder), load_netlist(folder / NETLIST)
    point = read_point(folder / POINT)
    trees = map_netlist(
        whole_netlist(source, netlist, 8, comparison="tree"), effort="medium", adders="carry"
    )
    whole = whole_netlist(source, netlist, 8)
    timed = TimedMapping(whole, delays, Search("medium", "carry"))
    front = [(one.lut, round(one.latency_ps / 1000, 3)) for one in timed.points]
    chosen = min(timed.points, key=lambda one: one.lut * one.latency_ps)
    small, quick = timed.mapped(timed.points[0]), timed.mapped(chosen)
    shipped_luts = recorded_whole(folder, netlist, point)
    found = {"adders_and_tables": quick}
    if shipped_luts is not None:
        found["shipped_luts"] = shipped_luts
    answers = {key: single(mapped, delays) for key, mapped in found.items()}
    best = min(answers, key=lambda key: answers[key]["lut"] * answers[key]["ns"])
    _, latency, product = POINTS.get(name, (0.0, 0.0, 0.0))
    return {
        "accuracy": round(100 * point.test.by_words.value, 2),
        "target_ns": latency,
        "target_product": product,
        "tree_of_comparisons": single(trees, delays),
        "all_pairs": single(small, delays),
        **answers,
        "best": best,
        "fastest": front[-1],
        "front": front,
        "registers_by_layer": pipelined(trees, delays, CircuitOptions(1, adders="carry")),
        "registers_by_clock": [stages(found[best], delays, count) for count in STAGES],
    }


def single(mapped: MappedNetlist, delays: Delays) -> dict[str, float]:
    """Without registers inside."""
    report = timing_of(mapped, delays, CARRY)
    return {
        "lut": report.lut,
        "ns": round(report.single.latency_ns, 3),
        "lut_ns": round(report.single.area_delay),
    }


def pipelined(mapped: MappedNetlist, delays: Delays, options: CircuitOptions) -> dict[str, float]:
    """With registers."""
    report = timing_of(mapped, delays, options)
    return {
        "lut": report.lut,
        "ff": report.ff,
        "cycles": report.pipelined.cycles,
        "mhz": round(report.pipelined.fmax_mhz),
        "ns": round(report.pipelined.latency_ns, 3),
        "lut_ns": round(report.pipelined.area_delay),
    }


def stages(mapped: MappedNetlist, delays: Delays, count: int) -> dict[str, float]:
    """With registers placed for the shortest clock found at which there are so many cycles."""
    clock = clock_for_cycles(mapped, delays, count)
    return pipelined(mapped, delays, CircuitOptions(0, adders="carry", clock_ps=clock))


if __name__ == "__main__":
    main(sys.argv[1:])
