"""Many changes of every kind of circuit, as a table: ``python tests/mutations/run.py``."""

from __future__ import annotations

import argparse
import os
import resource
import sys
import tempfile
from collections import Counter
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1])]

HEADS = (
    "kind", "tries", "refused when read", "by Yosys", "other shipped text", "registers or wires",
    "function", "by Verilator alone", "proven equivalent", "survivors", "CPU s",
)  # fmt: skip


def main() -> int:
    """Try, and print the table; 1 if a change of behaviour survived."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tries", type=int, default=1000, help="of all kinds together")
    given = parser.parse_args()
    print(f"| {' | '.join(HEADS)} |")
    print("|---" * len(HEADS) + "|")
    with tempfile.TemporaryDirectory(prefix="mutations-") as name:
        folder = Path(name)
        os.environ["LOGICJSC_CACHE"] = str(folder / "cache")
        total = _try_all(given.tries, folder)
    return min(total, 1)


def _try_all(tries: int, folder: Path) -> int:
    """Print a row for every kind, and their sum; number of survivors."""
    from mutations.circuits import write_circuits
    from mutations.judgement import KINDS, STAGES, SURVIVOR, VERILATOR, tried

    circuits = write_circuits(folder)
    whole: Counter[str] = Counter()
    for kind in KINDS:
        begun = _cpu_seconds()
        counts: Counter[str] = Counter()
        for number in range(tries // len(KINDS)):
            outcome = tried(kind, number, circuits, folder)
            counts[outcome.stage] += 1
            if outcome.stage in STAGES[STAGES.index(VERILATOR) :]:
                sys.stderr.write(f"{outcome.stage}: {outcome.change}: {outcome.reason}\n")
        counts["seconds"] = round(_cpu_seconds() - begun)
        _print(kind, counts, STAGES)
        whole += counts
    _print("all", whole, STAGES)
    return whole[SURVIVOR]


def _cpu_seconds() -> float:
    """Of this process and the programs that it ran; wall time says what else the machine does."""
    usages = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def _print(kind: str, counts: Counter[str], stages: tuple[str, ...]) -> None:
    found = [counts[stage] for stage in stages]
    shown = " | ".join(f"{count:,}" for count in (sum(found), *found, counts["seconds"]))
    print(f"| {kind} | {shown} |", flush=True)


if __name__ == "__main__":
    sys.exit(main())
