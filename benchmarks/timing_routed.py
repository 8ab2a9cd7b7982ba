"""Clock periods that open place and route finds for some fifty circuits, for the timing model.

Writes ``benchmarks/results/timing_routed_BACKEND.json``. The zoo's points of up to 400 LUTs and
random netlists are mapped to LUTs, with registers at both ends, and the points also with registers
behind every layer. They are placed and routed as cells that synthesis leaves alone. Every row has
the clock period in ns and, where the program tells it, the critical path: each cell with its delay,
and each net with the LUTs and registers that read it. Circuits without a LUT are left out, and for
the generic fabric those of more than 200 LUTs. Rows that the file has already are kept, so that a
run can be stopped and resumed; remove it to begin anew.

Usage: ``python benchmarks/timing_routed.py ecp5|gowin|generic-fabric``
"""

from __future__ import annotations

import json
import re
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator, MutableMapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from logicjsc.check.synth import nextpnr
from logicjsc.check.synth.fabric import back_end as generic_fabric
from logicjsc.check.synth.parts import parts_of
from logicjsc.check.synth.programs import Limits, find_nextpnr, find_yosys
from logicjsc.check.synth.yosys import workplace
from logicjsc.core.programs import Tool
from logicjsc.emit.hdl.options import INLINE, LATTICE
from logicjsc.emit.verilog import CircuitOptions, write_circuit
from logicjsc.explore.zoo.lut_file import load_luts
from logicjsc.explore.zoo.points import read_point
from logicjsc.map.lut_network import LutNetwork
from logicjsc.map.mapper import MappedNetlist, map_netlist
from logicjsc.map.timing.delays import load_delays
from logicjsc.netlist import Netlist, load_netlist

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from reference.random_netlists import random_netlist

RANDOM = "random"

WAYS = {
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

_ZOO = Path(__file__).parents[1] / "zoo"

_MOST_LUTS = 400
_MOST_LUTS_OF_FABRIC = 200

_PART_OF_LUT = re.compile(r"_(?:[qh]\d_)?(?:lut|mux)$")
"""What the names of the cells that one LUT of ours becomes end in."""

_PLACED = re.compile(r"Max frequency for clock .*?: ([0-9.]+) MHz")


def results_of(back_end: str) -> Path:
    """Where the rows of a back end are."""
    return Path(__file__).parent / "results" / f"timing_routed_{back_end}.json"


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
        yield f"{RANDOM} {seed}", random_netlist(seed, **shape), {}


def circuits() -> Iterator[tuple[str, str, MappedNetlist]]:
    """Name, way and LUTs of every circuit that has LUTs."""
    for name, netlist, known in netlists():
        mapped = map_netlist(netlist, effort="low", known=known)
        for way in WAYS:
            if mapped.luts and not (name.startswith(RANDOM) and way == "pipelined"):
                yield name, way, mapped


def measure(back_end: str, way: str, mapped: MappedNetlist) -> dict[str, Any]:
    """Figures of one circuit.

    Args:
        back_end: of nextpnr.
        way: out of `WAYS`.
        mapped: the LUTs.
    """
    yosys, program = find_yosys(), _program(back_end)
    fabric = back_end == generic_fabric.NAME
    options = replace(WAYS[way], primitives=INLINE) if fabric else WAYS[way]
    with tempfile.TemporaryDirectory() as folder:
        luts = [layer.network for layer in mapped.layers]
        circuit = write_circuit(mapped.netlist, Path(folder, "circuit"), options, luts)
        (part,) = parts_of(circuit)
        with workplace(circuit.manifest.netlist_digest, back_end, Limits.default()) as place:
            if fabric:
                figures = generic_fabric.place_and_route(yosys, program, load_delays(), part, place)
            else:
                family = nextpnr.FAMILIES[back_end]
                figures = nextpnr.place_and_route(yosys, program, family, part, place)
            log = place.logs / f"{part.name}-{'fabric' if fabric else 'framed'}-nextpnr.log"
            placed = _PLACED.search(log.read_text(encoding="utf-8")) if log.exists() else None
            stem = place.folder / f"{part.name}-framed"
            if figures.fmax_mhz is None and figures.problem:
                print(figures.problem, flush=True)
            return {
                "placed_ns": None if placed is None else round(1000 / float(placed[1]), 3),
                "routed_ns": figures.fmax_mhz and round(1000 / figures.fmax_mhz, 3),
                "path": critical_path(
                    _read(stem.with_name(f"{stem.name}-report.json")),
                    _read(stem.with_name(f"{stem.name}-netlist.json")),
                ),
            }


@cache
def _program(back_end: str) -> Tool:
    if back_end == generic_fabric.NAME:
        return generic_fabric.find_program()
    return find_nextpnr(back_end, nextpnr.FAMILIES[back_end].programs)


def critical_path(report: dict[str, Any], netlist: dict[str, Any]) -> list[list[Any]]:
    """Steps of the path that bounds the clock: kind, LUTs and registers that read the net, ps.

    Multiplexers that join LUTs are cells of kind ``wide``; nets within a LUT are left out.
    """
    if not report:  # it did not get so far
        return []
    inside = [p for p in report["critical_paths"] if p["from"] == p["to"] != "<async>"]
    if not inside or not netlist:
        return []
    readers = _readers(netlist)
    steps: list[list[Any]] = []
    for step in max(inside, key=lambda p: sum(s["delay"] for s in p["path"]))["path"]:
        ps = round(1000 * step["delay"])
        if step["type"] == "routing":
            if ps:
                steps.append(["net", readers.get(step["net"], 1), ps])
        elif step["type"] == "logic":
            wide = step["to"]["port"] == "OFX" and step["from"]["port"] not in "ABCD"
            steps.append([f"wide {step['from']['port']}" if wide else step["from"]["port"], 0, ps])
        else:
            steps.append([step["type"], 0, ps])
    return steps


def _readers(netlist: dict[str, Any]) -> dict[str, int]:
    """LUTs and registers that read each net; the cells that make up one LUT are one."""
    (module,) = (m for m in netlist["modules"].values() if m["attributes"].get("top"))
    cells = defaultdict[int, set[str]](set)
    for name, cell in module["cells"].items():
        if cell["type"].startswith("$"):
            continue
        for port, bits in cell["connections"].items():
            if cell["port_directions"][port] == "input":
                for bit in bits:
                    cells[bit].add(_PART_OF_LUT.sub("", name))
    nets = {}
    for name, net in module["netnames"].items():
        for index, bit in enumerate(net["bits"]):
            nets[name if len(net["bits"]) == 1 else f"{name}[{index}]"] = len(cells[bit])
    return nets


def _read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if path.exists():
        found = json.loads(path.read_text(encoding="utf-8"))
    return found


def main() -> None:
    """Measure and write the results."""
    (back_end,) = sys.argv[1:]
    path = results_of(back_end)
    rows = _read(path).get("rows", [])
    known = {(row["circuit"], row["way"]) for row in rows}
    for name, way, mapped in circuits():
        too_large = back_end == generic_fabric.NAME and mapped.luts > _MOST_LUTS_OF_FABRIC
        if too_large or (name, way) in known:
            continue
        row = {"circuit": name, "way": way, "lut": mapped.luts, **measure(back_end, way, mapped)}
        rows.append(row)
        print({key: value for key, value in row.items() if key != "path"}, flush=True)
        lines = ",\n".join(json.dumps(row) for row in rows)
        head = json.dumps({"program": f"{_program(back_end).name} {_program(back_end).version}"})
        path.write_text(f'{head[:-1]}, "rows": [\n{lines}\n]}}\n', encoding="utf-8")
    print(Counter("routed" if row["routed_ns"] else "not routed" for row in rows))


if __name__ == "__main__":
    main()
