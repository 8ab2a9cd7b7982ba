"""Tool by version by style: what was built and simulated, and what differed.

``python tests/interoperability.py`` prints the table of all circuits (``make interoperability``).
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from logicjsc.api.netlists import Netlist
from logicjsc.check.benches.bench import Bench, known_benches, run_bench
from logicjsc.core.errors import ToolError, ToolNotFoundError
from logicjsc.emit.verilog.circuit import Circuit

TARGETS = ("testbench", "vhdl", "cocotb")

STYLES = {
    "tables": ({"argmax": True}, False),
    "tables, no registers": ({"pipeline": 0, "register_outputs": False}, False),
    "tables, AXI4-Stream": ({"argmax": True, "axi_stream": True}, False),
    "LUTs, inline": ({"argmax": True}, True),
    "LUTs, generic": ({"primitives": "generic"}, True),
    "LUTs, xilinx": ({"primitives": "xilinx"}, True),
    "LUTs, lattice": ({"primitives": "lattice"}, True),
}
"""Options by style, and whether the network is mapped."""

POINTS = ("jsc-lut-7", "nid-lut-16", "jsc-lut-43")


@dataclass(frozen=True)
class Row:
    """One tool on one style."""

    tool: str
    version: str
    style: str
    circuits: int
    vectors: int
    mismatches: int
    problem: str = ""

    def __str__(self):
        outcome = self.problem or ("built" if not self.vectors else f"{self.mismatches} mismatches")
        cells = (self.tool, self.version, self.style, self.circuits, f"{self.vectors:,}", outcome)
        return f"| {' | '.join(map(str, cells))} |"


HEAD = "| tool | version | style | circuits | vectors | outcome |\n|---|---|---|---|---|---|"


def written(netlists: Iterable[Netlist], style: str, folder: Path, vectors: int) -> list[Circuit]:
    """Circuits of a style with all targets that take it."""
    options, mapped = STYLES[style]
    targets = [name for name in TARGETS if name != "vhdl" or options.get("primitives") != "lattice"]
    wanted = {name: {} for name in targets} | {"testbench": {"vectors": vectors}}
    circuits = []
    for number, net in enumerate(netlists):
        source = net.map("low") if mapped else net
        given = options | ({"encoder": True} if net.tables.encoder.words and not mapped else {})
        circuits.append(source.emit(folder / f"{number}", targets=wanted, **given).folder)
    return circuits


def row(bench: Bench, style: str, circuits: list[Circuit]) -> Row | None:
    """What a tool says of a style; None if the style has not its files."""
    tool, _, kind = bench.name.partition(", ")
    named = f"{style}, {kind}"
    try:
        version = bench.find().version
    except ToolNotFoundError as error:
        return Row(tool, "-", named, 0, 0, 0, f"missing: {str(error).partition(';')[0]}")
    if bench.target and not (circuits[0].directory / bench.target).is_dir():
        return None
    try:
        outcomes = [run_bench(bench, circuit) for circuit in circuits]
    except ToolError as error:
        return Row(tool, version, named, len(circuits), 0, 1, f"failed: {error}")
    vectors = sum(outcome.vectors for outcome in outcomes)
    wrong = sum(outcome.mismatches for outcome in outcomes)
    return Row(tool, version, named, len(circuits), vectors, wrong)


def rows(
    netlists: list[Netlist], benches: Iterable[Bench], styles: Iterable[str], vectors: int = 1000
) -> Iterator[Row]:
    """The table, row by row."""
    benches = tuple(benches)
    for style in styles:
        with tempfile.TemporaryDirectory(prefix="interoperability-") as name:
            circuits = written(netlists, style, Path(name), vectors)
            for bench in benches:
                made = row(bench, style, circuits)
                if made is not None:
                    yield made


def main() -> int:
    """Print the table; 1 if anything differs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", action="store_true", help="one tiny circuit")
    parser.add_argument("--only", default="", help="tools whose name has this")
    parser.add_argument("--without", default="-", help="no tools whose name has this")
    given = parser.parse_args()
    sys.path[:0] = [str(Path(__file__).parent)]
    from reference.tiny_ends import tiny_netlist

    nets = [Netlist(tiny_netlist())] if given.small else [Netlist.load(name) for name in POINTS]
    benches = [
        bench
        for bench in known_benches()
        if given.only in bench.name and given.without not in bench.name
    ]
    print(HEAD)
    wrong = 0
    for made in rows(nets, benches, STYLES):
        print(made, flush=True)
        wrong += made.mismatches
    return min(wrong, 1)


if __name__ == "__main__":
    raise SystemExit(main())
