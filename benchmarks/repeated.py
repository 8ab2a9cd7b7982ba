"""What benchmarks share that train networks with several options and seeds."""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean, stdev
from typing import Any, TypeAlias

from logicjsc.methods.gradient.loading import load_config, resolve_config
from logicjsc.methods.gradient.rundir import RunDirectory

from logicjsc.core.files import write_text
from logicjsc.dataset import Dataset, load_dataset
from logicjsc.methods.gradient.loop import Trainer

Settings: TypeAlias = dict[str, Any]


@dataclass
class Runs:
    """Trains on samples that are read and divided once."""

    data: Path
    epochs: int
    _splits: Dataset | None = field(default=None, init=False)

    def train(self, path: Path, network: str, seed: int, settings: Settings) -> dict[str, Any]:
        """Train and test one run, on the CPU; its result, with ``cpu_seconds``."""
        common: Settings = {
            "data.path": str(self.data),
            "training.epochs": self.epochs,
            "training.device": "cpu",
            "training.seed": seed,
            "network.connectivity_seed": seed,
        }
        assignments = [f"{key}={json.dumps(value)}" for key, value in (common | settings).items()]
        config = load_config(resolve_config(network), assignments).config
        if self._splits is None:
            self._splits = load_dataset(config.data)
        started = time.process_time()
        run = RunDirectory.create(path, config, overwrite=True)
        report = Trainer(run, config, self._splits).fit(lambda _: None)
        result = report.to_dict() | {"cpu_seconds": time.process_time() - started}
        write_text(run.result, json.dumps(result, indent=2) + "\n")
        return result


def figures_of(result: dict[str, Any]) -> dict[str, Any]:
    """What is kept of a run's result."""
    return {
        "accuracy": result["accuracy"],
        "loss": result["loss"],
        "validation_accuracy": result["validation"]["accuracy"],
        "best_epoch": result["best_epoch"],
        "cpu_seconds": round(result["cpu_seconds"], 1),
    }


def first_cells(option: str, reached: list[float]) -> str:
    """An option's accuracies in %, their mean and deviation, as the begin of a row in Markdown."""
    deviation = stdev(reached) if len(reached) > 1 else 0
    each = ", ".join(f"{value:.2f}" for value in reached)
    return f"| {option} | {each} | **{fmean(reached):.2f}** | {deviation:.2f} "


def argument_parser(description: str | None, networks: str) -> argparse.ArgumentParser:
    """Options that all of them have; ``networks`` are those trained by default."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--networks", default=networks)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=40)
    parser.add_argument("--runs", type=Path, help="where runs are kept; default: nowhere")
    return parser
