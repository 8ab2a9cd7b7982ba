"""Order of our timing model's clock periods against those that nextpnr finds for ECP5.

Writes ``benchmarks/results/timing_place_and_route.json``. The zoo's points of up to 400 LUTs and
random netlists are mapped to LUTs, with registers at both ends, and the points also with registers
behind every layer. nextpnr places and routes them for Lattice ECP5, as cells that synthesis leaves
alone. That part has smaller LUTs and other delays, so only the order is compared (Spearman's rank
correlation), beside that of LUT depth and of LUTs alone. Circuits without a LUT are left out.

Usage: ``python benchmarks/timing_place_and_route.py``
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterator, MutableMapping, Sequence
from pathlib import Path
from typing import Any

from logicjsc.check.synth.mapper import depth_between_registers
from logicjsc.check.synth.programs import Limits
from logicjsc.check.synth.report import synthesise
from logicjsc.check.timing import timing_of
from logicjsc.emit.hdl.options import LATTICE
from logicjsc.emit.verilog import CircuitOptions, write_circuit
from logicjsc.explore.zoo.lut_file import load_luts
from logicjsc.explore.zoo.points import read_point
from logicjsc.map.lut_network import LutNetwork
from logicjsc.map.mapper import map_netlist
from logicjsc.map.timing.delays import load_delays
from logicjsc.netlist import Netlist, load_netlist

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from reference.random_netlists import random_netlist

_RESULTS = Path(__file__).parent / "results" / "timing_place_and_route.json"

_WAYS = {
    "no registers inside": CircuitOptions(0, register_inputs=True, primitives=LATTICE),
    "pipelined": CircuitOptions(1, register_inputs=True, primitives=LATTICE),
}

_SHAPES = [
    {"stages": stages, "nodes": nodes, "inputs": 6, "outputs": 6, "address_bits": bits}
    for stages in (1, 2, 3, 5, 8)
    for nodes in (6, 12)
    for bits in (5, 8)
] + [
    {"stages": stages, "nodes": 24, "inputs": 10, "outputs": 10, "address_bits": 8}
    for stages in (1, 2, 4, 6)
]


_RANDOM = "random"

_ZOO = Path(__file__).parents[1] / "zoo"

_MOST_LUTS = 400


def netlists() -> Iterator[tuple[str, Netlist, MutableMapping[str, LutNetwork]]]:
    """What is measured, with LUTs that were found before."""
    for path in sorted(_ZOO.glob("*/*/point.toml")):
        point = read_point(path)
        if point.figures.core.lut <= _MOST_LUTS:
            yield (
                path.parent.name,
                load_netlist(path.with_name("netlist.npz")),
                load_luts(path.with_name("luts.npz")),
            )
    for seed, shape in enumerate(_SHAPES):
        yield f"{_RANDOM} {seed}", random_netlist(seed, **shape), {}


def bench(
    name: str, netlist: Netlist, known: MutableMapping[str, LutNetwork], way: str
) -> dict[str, Any] | None:
    """Periods of one circuit; None where there is no LUT or nextpnr gave none."""
    mapped = map_netlist(netlist, effort="low", known=known)
    if not mapped.luts:
        return None
    options = _WAYS[way]
    ours = timing_of(mapped, load_delays(), options)
    with tempfile.TemporaryDirectory() as folder:
        luts = [layer.network for layer in mapped.layers]
        circuit = write_circuit(netlist, Path(folder, "circuit"), options, luts)
        report = synthesise(
            circuit,
            ["ecp5"],
            effort="low",
            limits=Limits.default(),
            layers=False,
            out=None,
            on_step=lambda *_: None,
        )
    fmax = report.back_ends[0].parts[-1].fmax_mhz
    if fmax is None:
        return None
    return {
        "circuit": name,
        "way": way,
        "lut": mapped.luts,
        "depth": depth_between_registers(mapped, options.ranks_after(mapped.netlist.depth)),
        "model_ns": round(1000 / ours.pipelined.fmax_mhz, 3),
        "ecp5_ns": round(1000 / fmax, 3),
    }


def correlations(rows: Sequence[dict[str, Any]]) -> dict[str, float]:
    """Rank correlations with the routed periods."""
    from scipy.stats import spearmanr

    routed = [row["ecp5_ns"] for row in rows]
    return {
        "circuits": len(rows),
        **{
            f"rank_correlation_of_{name}": round(
                float(spearmanr([row[key] for row in rows], routed).statistic), 3
            )
            for name, key in (("model", "model_ns"), ("depth", "depth"), ("lut", "lut"))
        },
    }


def main() -> None:
    """Measure and write the results."""
    rows = []
    for name, netlist, known in netlists():
        for way in _WAYS:
            if name.startswith(_RANDOM) and way == "pipelined":
                continue
            row = bench(name, netlist, known, way)
            if row is not None:
                rows.append(row)
                print(row, flush=True)
    report = {
        "all": correlations(rows),
        "zoo": correlations([row for row in rows if not row["circuit"].startswith(_RANDOM)]),
        "random": correlations([row for row in rows if row["circuit"].startswith(_RANDOM)]),
        "rows": rows,
    }
    _RESULTS.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    print({key: value for key, value in report.items() if key != "rows"})


if __name__ == "__main__":
    main()
