"""Many tries of every kind, with limits of time and memory, as a table.

Each kind is tried in processes of its own, so that one that crashes, or needs too much memory,
costs its input and not the rest: ``python tests/fuzz/run.py --tries 10000``.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1])]

LIMIT_GIB = 6
SLICE = 2500
"""Tries of one process."""

KINDS = ("configs", "netlists", "onnx", "manifests", "tables", "checkpoints")


def main() -> int:
    """Try, and print the table; 1 if something failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tries", type=int, default=10_000)
    parser.add_argument("--first", type=int, default=0, help="first seed")
    parser.add_argument("--kinds", nargs="*", default=KINDS)
    parser.add_argument("--slice", nargs=4, metavar=("KIND", "FROM", "TO", "FOLDER"))
    given = parser.parse_args()
    if given.slice:
        kind, start, end, folder = given.slice
        return _slice(kind, int(start), int(end), Path(folder))
    print("| kind | tries | accepted | refused | failed | hung | slowest | peak memory |")
    print("|---|---|---|---|---|---|---|---|")
    faults = 0
    with tempfile.TemporaryDirectory(prefix="fuzz-") as name:
        folder = Path(name)
        _base(folder)
        for kind in given.kinds:
            faults += _kind(kind, given.first, given.first + given.tries, folder)
    return min(faults, 1)


def _base(folder: Path) -> None:
    os.environ["LOGICJSC_CACHE"] = str(folder / "cache")
    from fuzz.bases import make_bases

    make_bases(folder / "bases")


def _kind(kind: str, first: int, end: int, folder: Path) -> int:
    """Try all seeds of a kind; number of faults."""
    counts = dict.fromkeys(("accepted", "refused", "failed", "hung"), 0)
    slowest = peak = 0.0
    seed = first
    while seed < end:
        stop = min(end, seed + SLICE)
        command = (sys.executable, __file__, "--slice", kind, str(seed), str(stop), str(folder))
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        for line in done.stdout.splitlines():
            number, state, seconds, mebibytes = line.split()
            seed = int(number) + 1
            counts[state] += 1
            slowest, peak = max(slowest, float(seconds)), max(peak, float(mebibytes))
        sys.stderr.write(done.stderr)
        if seed < stop and done.returncode == 1:
            raise SystemExit(1)  # the generator itself is wrong
        if seed < stop:  # the process is gone: its input ended it
            counts["failed"] += 1
            _keep(kind, seed, folder)
            sys.stderr.write(f"{kind} {seed}: the process ended with {done.returncode}\n")
            seed += 1
    total = sum(counts.values())
    shown = " | ".join(f"{count:,}" for count in counts.values())
    print(f"| {kind} | {total:,} | {shown} | {slowest:.1f} s | {peak:,.0f} MiB |", flush=True)
    return counts["failed"] + counts["hung"]


def _slice(name: str, start: int, end: int, folder: Path) -> int:
    """Try some seeds in this process; a line for each."""
    resource.setrlimit(resource.RLIMIT_AS, (LIMIT_GIB << 30, LIMIT_GIB << 30))
    from fuzz.bases import Bases
    from fuzz.kinds import KINDS as KNOWN
    from fuzz.tries import keep, made, tried

    kind, bases = KNOWN[name], Bases(folder / "bases")
    with tempfile.TemporaryDirectory(dir=folder) as place:
        for seed in range(start, end):
            given = made(kind, seed, bases)
            begun = time.perf_counter()
            outcome = tried(kind, given, Path(place), bases)
            seconds = time.perf_counter() - begun
            if outcome.is_fault:
                path = keep(kind, given)
                sys.stderr.write(f"{name} {seed}: {outcome.state}, kept as {path.name}\n")
                sys.stderr.write(f"{outcome.reason}\n")
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            print(seed, outcome.state, f"{seconds:.3f}", f"{peak:.0f}", flush=True)
    return 0


def _keep(name: str, seed: int, folder: Path) -> None:
    from fuzz.bases import Bases
    from fuzz.kinds import KINDS as KNOWN
    from fuzz.tries import keep, made

    kind = KNOWN[name]
    keep(kind, made(kind, seed, Bases(folder / "bases")))


if __name__ == "__main__":
    sys.exit(main())
