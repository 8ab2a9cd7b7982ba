"""What learned connectivity does: accuracy, area and time at the same number of epochs.

A seed is that of weights, of the order of samples and of the connectivity. The checkpoint is chosen
by validation and tested once; LUTs are those of ``logicjsc map`` for the first seed. What
``benchmarks/results/connectivity.json`` holds is not repeated, so an interrupted benchmark goes on
where it stopped; delete the file to begin anew.

Usage: ``python benchmarks/connectivity.py --data JETS --runs DIR [--networks jsc-s,jsc-m]
[--options covering/random] [--mapped jsc-s,jsc-m]``
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from statistics import fmean
from typing import Any

from machine import processor
from repeated import Runs, Settings, argument_parser, figures_of, first_cells

from logicjsc import __version__
from logicjsc.artefacts.sources import identify
from logicjsc.core.files import write_text
from logicjsc.map.report import map_source

_RESULTS = Path(__file__).parent / "results" / "connectivity.json"

NETWORKS: dict[str, Settings] = {
    "jsc-s": {},
    "jsc-s averaged": {"training.averaging": "stochastic", "training.final_rate": 0.1},
    "jsc-m": {},
    "jsc-l": {},
}
"""Settings by network, a shipped config and perhaps a word more."""

OPTIONS: dict[str, Settings] = {
    "covering": {},
    "random": {"network.connectivity": "random"},
    "dense-top-k": {"network.connectivity": "dense-top-k"},
    "dense-top-k, no sparsity": {
        "network.connectivity": "dense-top-k",
        "training.connectivity_sparsity": 0.0,
    },
    "prune-and-regrow": {"network.connectivity": "prune-and-regrow"},
    "prune-and-regrow, random": {
        "network.connectivity": "prune-and-regrow",
        "training.connectivity_regrow": "random",
    },
    "straight-through": {"network.connectivity": "straight-through"},
}
"""Settings by option."""


class Bench:
    """Trains and maps what the results do not hold yet."""

    def __init__(self, data: Path, runs: Path, epochs: int) -> None:
        self.runs, self._training = runs, Runs(data, epochs)
        self.results: dict[str, Any] = {"runs": {}, "area": {}}
        if _RESULTS.is_file():
            self.results = json.loads(_RESULTS.read_text(encoding="utf-8"))

    def train(self, network: str, option: str, seed: int) -> None:
        """Train and test one run, unless that is done."""
        key = f"{network} {option} {seed}"
        if key in self.results["runs"]:
            return
        settings = NETWORKS[network] | OPTIONS[option]
        path = self._path(network, option, seed)
        result = self._training.train(path, network.split(maxsplit=1)[0], seed, settings)
        figures = figures_of(result)
        print(
            f"{key}: {100 * figures['accuracy']:.2f} %, {figures['cpu_seconds']:.0f} s", flush=True
        )
        self.results["runs"][key] = figures
        self._save(result["data"].get("fingerprint", ""))

    def map(self, network: str, option: str) -> None:
        """Count the LUTs of the first seed's run, unless that is done."""
        key = f"{network} {option}"
        if key in self.results["area"]:
            return
        report = map_source(
            identify(self._path(network, option, 0)),
            effort="medium",
            jobs=1,
            out=None,
            on_progress=lambda _done, _total: None,
        )
        print(f"{key}: {report.lut} LUTs", flush=True)
        self.results["area"][key] = {
            "luts": report.lut,
            "depth": report.depth,
            "live_neurons": sum(layer.nodes for layer in report.layers),
        }
        self._save(self.results["about"]["data"])

    def _path(self, network: str, option: str, seed: int) -> Path:
        return self.runs / f"{network} {option} {seed}".replace(",", "").replace(" ", "-")

    def _save(self, data: str) -> None:
        self.results["about"] = {
            "version": __version__,
            "processor": processor(),
            "epochs": self._training.epochs,
            "networks": NETWORKS,
            "options": OPTIONS,
            "data": data,
        }
        write_text(_RESULTS, json.dumps(self.results, indent=2) + "\n")

    def table(self, network: str, options: list[str], seeds: int) -> str:
        """Accuracy, area and time of each option, in Markdown."""
        heads = (
            f"`{network}`",
            "test accuracy %",
            "mean",
            "deviation",
            "mean gain",
            "validation %",
            "LUTs",
            "live neurons",
            "CPU s",
        )
        lines = [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
        start = [self.results["runs"].get(f"{network} covering {seed}") for seed in range(seeds)]
        for option in options:
            found = [
                self.results["runs"].get(f"{network} {option} {seed}") for seed in range(seeds)
            ]
            if not all(found):
                continue
            reached = [100 * run["accuracy"] for run in found]
            gain = fmean(reached) - 100 * fmean(
                run["accuracy"] for run in (start if all(start) else found)
            )
            area = self.results["area"].get(f"{network} {option}", {})
            luts = f"{area['luts']:,}" if area else ""
            lines.append(
                first_cells(option, reached) + f"| {gain:+z.2f} "
                f"| {100 * fmean(run['validation_accuracy'] for run in found):.2f} "
                f"| {luts} | {area.get('live_neurons', '')} "
                f"| {fmean(run['cpu_seconds'] for run in found):.0f} |"
            )
        return "\n".join(lines)


def main() -> None:
    """Run what is missing, then print one table per network."""
    parser = argument_parser(__doc__, ",".join(NETWORKS))
    parser.add_argument("--options", default="/".join(OPTIONS), help="names between slashes")
    parser.add_argument("--mapped", default="jsc-s,jsc-m", help="networks to count LUTs of")
    given = parser.parse_args()
    networks, options = given.networks.split(","), given.options.split("/")
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(given.data, given.runs or Path(folder), given.epochs)
        for network in networks:
            for option in options:
                for seed in range(given.seeds):
                    bench.train(network, option, seed)
        for network in (entry for entry in networks if entry in given.mapped.split(",")):
            for option in options:
                bench.map(network, option)
        for network in networks:
            print(bench.table(network, options, given.seeds), end="\n\n")


if __name__ == "__main__":
    main()
