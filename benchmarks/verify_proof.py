"""What the proof adds to ``logicjsc verify``: CPU seconds without it and with it, in one run.

Writes ``benchmarks/results/verify_proof.json`` and prints a table. Every circuit is verified twice:
at first its simulators are compiled as well, the second time they are there. JSC-S and JSC-M are
trained for three epochs, which gives circuits of the size of any, and verified from torch to
Verilog; points of the zoo from the netlist on. Of each there is a circuit of tables, from words to
the class where the network has words, else from codes, and one of LUTs from codes to scores, those
of the zoo with the LUTs that they were committed with. JSC-M takes long to map, so it has none; the
tables of points of more than a thousand LUTs are programs of minutes for the compiler, so these
have LUTs only. Results are written after every network.

Usage: ``python benchmarks/verify_proof.py [--only jsc-s,jsc-lut-43]``
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

from machine import measure, processor

from logicjsc import __version__
from logicjsc.api.runs import train
from logicjsc.artefacts.sources import Source, identify
from logicjsc.check.formal.rung import is_quick, proof_rung
from logicjsc.check.synth.programs import find_yosys
from logicjsc.check.verdict import Verdict
from logicjsc.check.verify import climb
from logicjsc.core.files import shipped, write_text
from logicjsc.dataset import Samples
from logicjsc.emit.verilog import Circuit, CircuitOptions, write_circuit
from logicjsc.emit.verilog.export import Mapping, export_verilog
from logicjsc.explore.zoo.checks import own_samples, recorded_luts
from logicjsc.explore.zoo.points import read_point
from logicjsc.netlist import Netlist, load_netlist

_RESULTS = Path(__file__).parent / "results" / "verify_proof.json"

LONG_TO_MAP = "jsc-m"
TRAINED = ("jsc-s", LONG_TO_MAP)
EPOCHS = 3

TABLES, LUTS = "tables", "LUTs"
MOST_OF_TABLES = 1000
"""LUTs of the largest point whose circuit of tables is verified as well."""

HEADS = (
    "network", "circuit of", "size", "first, CPU s", "with proof", "ratio", "again, CPU s",
    "with proof", "ratio", "proven by default",
)  # fmt: skip


def circuits_of(name: str, folder: Path) -> Iterator[tuple[str, Source, Circuit]]:
    """Both circuits of a network, and what to verify them against.

    Args:
        name: one of `TRAINED`, or a point of the zoo.
        folder: an empty one.
    """
    if name in TRAINED:
        settings = {"training.epochs": EPOCHS}
        run = train(name, out=folder / "run", progress=False, settings=settings)
        netlist, source = run.netlist().tables, identify(folder / "run")
        yield TABLES, source, _of_tables(netlist, folder / TABLES)
        if name != LONG_TO_MAP:
            yield LUTS, source, export_verilog(netlist, folder / LUTS, mapping=Mapping("low"))
        return
    point = next(path for path in shipped("zoo").glob("*/*") if path.name == name)
    netlist, known = load_netlist(point / "netlist.npz"), read_point(point / "point.toml")
    if known.figures.core.lut <= MOST_OF_TABLES:
        tables = _of_tables(netlist, folder / TABLES)
        yield TABLES, Source("circuit", tables.directory), tables
    luts = recorded_luts(point, netlist, known).write(folder / LUTS)
    yield LUTS, Source("circuit", luts.directory), luts


def bench(source: Source, circuit: Circuit, samples: Samples | None) -> dict[str, Any]:
    """All figures of one circuit."""
    empty = tempfile.TemporaryDirectory()
    with empty as cache, patch.dict(os.environ, LOGICJSC_CACHE=cache):

        def verify() -> Verdict:
            return climb(
                source,
                circuit.directory,
                None,
                lambda _rung: None,
                samples=samples,
                formal=False,
            )

        first, verdict = measure(verify)
        again, _ = measure(verify)
        started = time.perf_counter()
        proof, (rungs, _) = measure(lambda: proof_rung(circuit, forced=True))
        wall = time.perf_counter() - started
    if not verdict.ok or not all(rung.ok for rung in rungs):
        raise RuntimeError(f"{circuit.directory} was not verified: {verdict}, {rungs}")
    return {
        "luts": circuit.manifest.lut,
        "table_rows": circuit.manifest.table_rows,
        "verilog_bytes": sum(path.stat().st_size for path in circuit.verilog_files),
        "by_default": is_quick(circuit),
        "first_cpu_seconds": round(first, 2),
        "again_cpu_seconds": round(again, 2),
        "proof_cpu_seconds": round(proof, 2),
        "proof_wall_seconds": round(wall, 2),
        "first_ratio": round((first + proof) / first, 2),
        "again_ratio": round((again + proof) / again, 2),
    }


def _of_tables(netlist: Netlist, folder: Path) -> Circuit:
    words = netlist.encoder is not None and netlist.encoder.words is not None
    return write_circuit(netlist, folder, CircuitOptions(argmax=True, encoder=words))


def _row(name: str, kind: str, found: dict[str, Any]) -> str:
    size = f"{found['luts']:,}" if found["luts"] is not None else f"{found['table_rows']:,} rows"
    cells = [f"`{name}`", kind, size]
    for which in ("first", "again"):
        plain = found[f"{which}_cpu_seconds"]
        both = plain + found["proof_cpu_seconds"]
        cells += [f"{plain:.1f}", f"{both:.1f}", f"{found[f'{which}_ratio']:.2f}"]
    cells.append("yes" if found["by_default"] else "no")
    return f"| {' | '.join(cells)} |"


def main() -> None:
    """Measure and write the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    points = [path.parent for path in sorted(shipped("zoo").glob("*/*/point.toml"))]
    points.sort(key=lambda path: read_point(path / "point.toml").figures.core.lut)
    names = [*TRAINED, *(path.name for path in points)]
    parser.add_argument("--only", default=",".join(names))
    chosen = parser.parse_args().only.split(",")
    figures: dict[str, dict[str, Any]] = {}
    print(f"| {' | '.join(HEADS)} |")
    print("|---" * len(HEADS) + "|")
    for name in chosen:
        with tempfile.TemporaryDirectory() as folder:
            for kind, source, circuit in circuits_of(name, Path(folder)):
                samples = own_samples(circuit.netlist) if source.kind == "circuit" else None
                found = bench(source, circuit, samples)
                figures.setdefault(name, {})[kind] = found
                print(_row(name, kind, found), flush=True)
        report = {
            "logicjsc": __version__,
            "machine": f"{platform.machine()}, {processor()}",
            "python": platform.python_version(),
            "yosys": find_yosys().version,
            "figures": figures,
        }
        write_text(_RESULTS, json.dumps(report, indent=2) + "\n")


if __name__ == "__main__":
    main()
