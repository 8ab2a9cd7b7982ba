"""What each way of training does to accuracy: every option against the default, seed by seed.

A seed is that of weights, of the order of samples and of the connectivity. The checkpoint is chosen
by validation and tested once. Runs that ``benchmarks/results/quality.json`` holds are not repeated,
so an interrupted benchmark goes on where it stopped; delete the file to begin anew.

Usage: ``python benchmarks/quality.py --data JETS [--networks jsc-s,jsc-m] [--options a,b]
[--runs DIR]``
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from statistics import fmean
from typing import Any

from logicjsc.methods.gradient.rundir import RunDirectory
from machine import processor
from repeated import Runs, Settings, argument_parser, figures_of, first_cells

from logicjsc import __version__
from logicjsc.core.files import write_text

_RESULTS = Path(__file__).parent / "results" / "quality.json"

TEACHER: Settings = {
    "network.kind": "dense",
    "network.hidden": [64, 64, 64],
    "training.learning_rate": 3e-3,
}
"""A float network, 9,800 weights."""

MORE_BITS: dict[str, Settings] = {
    "jsc-s": {"network.input_bits": 3, "network.bits": 3},
    "jsc-m": {"network.input_bits": 4, "network.bits": 4},
    "jsc-l": {"network.input_bits": 5, "network.bits": [4, 4, 4, 4, 4, 7]},
}
"""One bit more than the network has; its weights are where "start" starts."""

OPTIONS: dict[str, Settings] = {
    "default": {},
    "cosine": {"training.schedule": "cosine"},
    "warm-up 0.3": {"training.warm_up": 0.3},
    "smoothing": {"training.label_smoothing": 0.1},
    "teacher": {"teacher.run": "TEACHER"},
    "exponential": {"training.averaging": "exponential"},
    "stochastic": {"training.averaging": "stochastic", "training.final_rate": 0.1},
    "patience 5": {"training.patience": 5},
    "start": {"training.start_from": "MORE BITS"},
    "twice": {"training.epochs": 80},
    "long": {"training.epochs": 200},
    "smoothing 0.2": {"training.label_smoothing": 0.2},
    "smoothing + exponential": {
        "training.label_smoothing": 0.1,
        "training.averaging": "exponential",
    },
    "smoothing + stochastic": {
        "training.label_smoothing": 0.1,
        "training.averaging": "stochastic",
        "training.final_rate": 0.1,
    },
    "smoothing + long": {"training.label_smoothing": 0.1, "training.epochs": 200},
}
"""Settings by option; names in capitals stand for runs that are made first."""


class Bench:
    """Trains what the results do not hold yet."""

    def __init__(self, data: Path, runs: Path, epochs: int) -> None:
        self.runs, self._training = runs, Runs(data, epochs)
        self.results: dict[str, Any] = {"runs": {}}
        if _RESULTS.is_file():
            self.results = json.loads(_RESULTS.read_text(encoding="utf-8"))

    def ensure(self, network: str, option: str, seed: int) -> None:
        """Train and test one run, unless that is done."""
        key = f"{network} {option} {seed}"
        if key in self.results["runs"]:
            return
        settings = dict(OPTIONS[option])
        if "teacher.run" in settings:
            settings["teacher.run"] = str(self.train("jsc-s", "teacher-run", 0, TEACHER)[0])
        if "training.start_from" in settings:
            start, _ = self.train(network, "more-bits", seed, MORE_BITS[network])
            settings["training.start_from"] = str(start)
        _, result = self.train(network, option, seed, settings)
        print(f"{key}: {100 * result['accuracy']:.2f} %", flush=True)
        self.results["runs"][key] = figures_of(result) | {"epochs": result["epochs"]}
        self.results["about"] = {
            "version": __version__,
            "processor": processor(),
            "epochs": self._training.epochs,
            "options": OPTIONS,
            "teacher": TEACHER,
            "more_bits": MORE_BITS,
            "data": result["data"].get("fingerprint", ""),
        }
        write_text(_RESULTS, json.dumps(self.results, indent=2) + "\n")

    def train(
        self, network: str, name: str, seed: int, settings: Settings
    ) -> tuple[Path, Settings]:
        """A run directory and its result; nothing is done if the run is there and complete."""
        path = self.runs / f"{network}-{name.replace(' ', '-')}-{seed}"
        run = RunDirectory(path)
        if run.load_result():
            return path, run.load_result()
        return path, self._training.train(path, network, seed, settings)

    def table(self, network: str, options: list[str], seeds: int) -> str:
        """Means, spreads and differences from the default, in Markdown."""
        runs = {
            option: [
                self.results["runs"].get(f"{network} {option} {seed}") for seed in range(seeds)
            ]
            for option in options
        }
        default = [self.results["runs"].get(f"{network} default {seed}") for seed in range(seeds)]
        heads = (
            f"`{network}`",
            "test accuracy %",
            "mean",
            "deviation",
            "gain by seed",
            "mean gain",
            "loss",
            "best epochs",
            "CPU s",
        )
        lines = [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
        for option, found in runs.items():
            if not all(found):
                continue
            reached = [100 * run["accuracy"] for run in found]
            gains = [
                own - 100 * other["accuracy"]
                for own, other in zip(reached, default if all(default) else found, strict=True)
            ]
            lines.append(
                first_cells(option, reached)
                + f"| {', '.join(f'{gain:+z.2f}' for gain in gains)} | {fmean(gains):+z.2f} "
                f"| {fmean(run['loss'] for run in found):.4f} "
                f"| {', '.join(str(run['best_epoch']) for run in found)} "
                f"| {fmean(run['cpu_seconds'] for run in found):.0f} |"
            )
        return "\n".join(lines)


def main() -> None:
    """Run what is missing, then print one table per network."""
    parser = argument_parser(__doc__, "jsc-s,jsc-m")
    parser.add_argument("--options", default=",".join(OPTIONS))
    given = parser.parse_args()
    networks, options = given.networks.split(","), given.options.split(",")
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(given.data, given.runs or Path(folder), given.epochs)
        for option in options:
            for network in networks:
                for seed in range(given.seeds):
                    bench.ensure(network, option, seed)
        for network in networks:
            print(bench.table(network, options, given.seeds), end="\n\n")


if __name__ == "__main__":
    main()
