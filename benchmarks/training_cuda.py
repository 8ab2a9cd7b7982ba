"""Speed of training on a GPU against a loop in the manner of LogicNets on the same one.

Everything is float32, without TF32, by the wall clock and to the end of what the GPU has to do, in
one run. Prints a table and writes ``benchmarks/results/training_cuda.json``, after each part what
is known by then.

Usage: ``python benchmarks/training_cuda.py [--data JETS] [--configs jsc-s,jsc-m,jsc-l]``
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from importlib import import_module
from itertools import product
from pathlib import Path
from typing import Any, Final

import torch
from logicjsc.methods.gradient.loading import load_config, resolve_config
from logicjsc.methods.gradient.rundir import RunDirectory
from logicnets_style import measure
from machine import processor
from training import changed, field_epoch, fresh_engine, tidy, whole_run

from logicjsc import __version__
from logicjsc.dataset import Dataset, load_dataset
from logicjsc.methods.gradient.config import Config
from logicjsc.methods.gradient.engines.engine import Engine
from logicjsc.methods.gradient.engines.graph_engine import GraphEngine
from logicjsc.methods.gradient.loop import Trainer

_RESULTS: Final = Path(__file__).parent / "results" / "training_cuda.json"
_LARGE_BATCH: Final = 8192
_TIMED: Final = {"brevitas": 1, "fused": 5, "graph": 5}
"""Epochs that are timed of each engine, after a first one that is not."""

_DIGITS: Final = 4
"""Of all figures: accuracies are compared with each other."""

_CROWD: Final = 32
"""Members of the population of which a whole run is timed."""


@dataclass
class Bench:
    """What is measured on, and what is known so far.

    Attributes:
        splits: the samples.
        device: where everything but the runs to compare with is trained.
        folder: for runs; nothing of it is kept.
        out: where to write the report.
        report: what is known.
    """

    splits: Dataset
    device: torch.device
    folder: Path
    out: Path
    report: dict[str, Any]
    started: float = field(default_factory=time.perf_counter)

    def part(self, group: str, name: str, work: Callable[[], dict[str, Any]]) -> None:
        """Do one part; one that fails is named, and leaves the others alone."""
        try:
            figures = self.report[group][name] = work()
        except Exception as error:  # noqa: BLE001 - one part is not to take the others along
            sentence = f"{type(error).__name__}: {error}"
            figures = {"error": sentence}
            self.report["errors"][f"{group}, {name}"] = sentence
        self.report["seconds"] = round(time.perf_counter() - self.started)
        self.out.parent.mkdir(parents=True, exist_ok=True)
        self.out.write_text(
            json.dumps(tidy(self.report, _DIGITS), indent=2) + "\n", encoding="utf-8"
        )
        said = f"[{self.report['seconds']} s] {group}, {name}: {json.dumps(tidy(figures, _DIGITS))}"
        print(said, file=sys.stderr, flush=True)

    def engine(self, kind: str, config: Config, population: int) -> Engine:
        """An engine that has made its first steps."""
        settings = {"device": self.device.type, "population": population}
        if kind != "graph":
            return fresh_engine(config, self.splits, self.folder, engine=kind, **settings)
        # No setting asks for this one; the trainer's own is one that is made at once.
        config = changed(config, engine="brevitas", **settings)
        trainer = Trainer(RunDirectory(self.folder / "none"), config, self.splits)
        engine = GraphEngine(
            trainer.members, self.splits, trainer.scaler, trainer.device, trainer.objective
        )
        engine.train_epoch(0)
        return engine

    def other_loop(self, config: Config, steps: int) -> dict[str, Any]:
        """The loop to compare with, its samples from the loader and from the GPU's memory."""
        theirs = field_epoch(config, self.splits, steps=steps, device=self.device)
        samples, training, in_memory = len(self.splits.train), theirs.training, theirs.in_memory
        return {
            "batch_size": config.training.batch_size,
            "samples_per_second_with_loader": samples / training["wall"],
            "samples_per_second_in_memory": samples / in_memory["wall"],
            "epoch_seconds_with_loader": training["wall"],
            "evaluation_seconds": theirs.evaluation["wall"],
        }

    def rate(self, kind: str, config: Config, population: int = 1) -> dict[str, Any]:
        """Samples per second of an engine, of all members together."""
        begun = time.perf_counter()
        engine = self.engine(kind, config, population)
        ready = time.perf_counter() - begun
        epochs, size = _TIMED[kind], config.training.batch_size
        took = measure(
            lambda: [engine.train_epoch(1 + index) for index in range(epochs)], self.device
        )
        samples = population * epochs * (len(self.splits.train) // size * size)
        return {
            "is": type(engine).__name__,
            "samples_per_second": samples / took["wall"],
            "seconds_to_build_and_first_epoch": ready,
        }

    def single(self, kind: str, name: str, config: Config) -> dict[str, Any]:
        """An engine's steps of a single network, against the other loop."""
        figures, theirs = self.rate(kind, config), self.report["other_loop"][name]
        rate = figures["samples_per_second"]
        return {
            **figures,
            "to_loop_with_loader": rate / theirs["samples_per_second_with_loader"],
            "to_loop_in_memory": rate / theirs["samples_per_second_in_memory"],
        }

    def population(self, kind: str, name: str, config: Config, members: int) -> dict[str, Any]:
        """An engine's steps of a population, against single networks."""
        figures, singles = self.rate(kind, config, members), self.report["engines"]
        rate = figures["samples_per_second"]
        return {
            **figures,
            "to_its_single_run": rate / singles[f"{name}, {kind}"]["samples_per_second"],
            "to_a_single_brevitas_run": rate / singles[f"{name}, brevitas"]["samples_per_second"],
        }

    def run(self, name: str, config: Config, members: int, epochs: int) -> dict[str, Any]:
        """A whole run against as many epochs of the other loop, its evaluations included."""
        theirs = self.report["other_loop"][name]
        took, reached = whole_run(
            config,
            self.splits,
            self.folder / f"{name}-{members}",
            device=self.device.type,
            population=members,
            epochs=epochs,
        )
        epoch = theirs["epoch_seconds_with_loader"] + theirs["evaluation_seconds"]
        return {
            "members": members,
            "epochs": epochs,
            "seconds": took["wall"],
            "samples_per_second": members * epochs * len(self.splits.train) / took["wall"],
            "other_loop_seconds": members * epochs * epoch,
            "ratio": members * epochs * epoch / took["wall"],
            "test_accuracy": reached.test.accuracy,
            "best_epoch": reached.best_epoch,
        }

    def agreement(self, name: str, config: Config, epochs: int) -> dict[str, Any]:
        """The same run through the compiled step on the CPU."""
        took, reached = whole_run(
            config,
            self.splits,
            self.folder / f"{name}-cpu",
            device="cpu",
            engine="fused",
            epochs=epochs,
        )
        other = self.report["whole_runs"].get(name)
        return {
            "seconds_on_cpu": took["wall"],
            "test_accuracy_on_cpu": reached.test.accuracy,
            "difference": None if other is None else other["test_accuracy"] - reached.test.accuracy,
        }


def header(device: torch.device, splits: Dataset) -> dict[str, Any]:
    """What the figures depend on."""
    on_gpu = device.type == "cuda"
    return {
        "logicjsc": __version__,
        "device": torch.cuda.get_device_name(device) if on_gpu else "cpu",
        "machine": f"{platform.machine()}, {processor()}",
        "python": platform.python_version(),
        "torch": torch.__version__,
        "cuda": torch.version.cuda or "",
        "samples": {
            "train": len(splits.train),
            "validation": len(splits.validation),
            "test": len(splits.test),
        },
        "seconds": 0,
        "other_loop": {},
        "engines": {},
        "populations": {},
        "whole_runs": {},
        "agreement": {},
        "errors": {},
    }


def show(report: dict[str, Any]) -> None:
    """Print the tables."""
    print("| network | engine | samples per second | to the other loop | to that in memory |")
    print("|---|---|---|---|---|")
    for name, entry in report["other_loop"].items():
        rate, in_memory = (
            entry["samples_per_second_with_loader"],
            entry["samples_per_second_in_memory"],
        )
        print(f"| {name} | other loop | {rate:.3g} | 1 x | |")
        print(f"| {name} | other loop in memory | {in_memory:.3g} | | 1 x |")
    for name, entry in report["engines"].items():
        label, _, kind = name.rpartition(", ")
        print(
            f"| {label} | {kind}: {entry['is']} | {entry['samples_per_second']:.3g} | "
            f"{entry['to_loop_with_loader']:.1f} x | {entry['to_loop_in_memory']:.1f} x |"
        )
    print("\n| members, engine | member-samples per second | to its single run | to Brevitas' |")
    print("|---|---|---|---|")
    for name, entry in report["populations"].items():
        print(
            f"| {name}: {entry['is']} | {entry['samples_per_second']:.3g} | "
            f"{entry['to_its_single_run']:.1f} x | {entry['to_a_single_brevitas_run']:.1f} x |"
        )
    print("\n| whole run | epochs | seconds | other loop's | ratio | test accuracy | on the CPU |")
    print("|---|---|---|---|---|---|---|")
    for name, entry in report["whole_runs"].items():
        cpu = report["agreement"].get(name, {}).get("test_accuracy_on_cpu")
        print(
            f"| {name} | {entry['epochs']} | {entry['seconds']:.3g} | "
            f"{entry['other_loop_seconds']:.3g} | {entry['ratio']:.1f} x | "
            f"{entry['test_accuracy']:.4f} | {'' if cpu is None else f'{cpu:.4f}'} |"
        )
    for name, error in report["errors"].items():
        print(f"\n{name} failed: {error}")


def main() -> None:
    """Measure, print and write the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", default="", help="samples; empty: the bundled sample")
    parser.add_argument("--configs", default="jsc-s,jsc-m,jsc-l")
    parser.add_argument("--device", default="cuda", choices=("cuda", "cpu"), help="cpu: to try it")
    parser.add_argument("--samples", type=int, default=0, help="training samples; 0: all")
    parser.add_argument("--steps", type=int, default=150, help="of the other loop in memory")
    parser.add_argument("--epochs", type=int, default=40, help="of a whole run")
    parser.add_argument("--members", default="8,32,128", help="sizes of populations")
    parser.add_argument("--out", type=Path, default=_RESULTS)
    options = parser.parse_args()
    if options.device == "cuda" and not torch.cuda.is_available():
        sys.exit("torch finds no CUDA device; --device cpu tries the benchmark without one")
    # cuBLAS reads this when its first handle is made, which here is before the first trainer.
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.set_float32_matmul_precision("highest")
    torch.set_num_threads(1)
    device = torch.device(options.device)
    configs = {
        name: load_config(resolve_config(name)).config for name in options.configs.split(",")
    }
    crowd = "jsc-m" if "jsc-m" in configs else next(iter(configs))
    config = configs[crowd]
    large = replace(config, training=replace(config.training, batch_size=_LARGE_BATCH))
    timed = {**configs, f"{crowd}, batches of {_LARGE_BATCH}": large}
    crowds = [int(members) for members in options.members.split(",")]
    splits = load_dataset(replace(config.data, path=options.data, train_samples=options.samples))
    # Runs import them late. That belongs to the start of a program, not to the first run.
    for module in ("torch.utils.tensorboard", "sklearn.metrics"):
        import_module(module)
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(splits, device, Path(folder), options.out, header(device, splits))
        # The other loop comes first: a trainer has all of torch repeat itself to the bit, which
        # costs time.
        for name, entry in timed.items():
            bench.part("other_loop", name, partial(bench.other_loop, entry, options.steps))
        for kind in _TIMED:
            for name, entry in timed.items():
                bench.part("engines", f"{name}, {kind}", partial(bench.single, kind, name, entry))
        for name, entry in configs.items():
            bench.part("whole_runs", name, partial(bench.run, name, entry, 1, options.epochs))
            bench.part("agreement", name, partial(bench.agreement, name, entry, options.epochs))
        work = partial(bench.run, crowd, config, _CROWD, max(1, options.epochs // 4))
        bench.part("whole_runs", f"{crowd}, {_CROWD} members", work)
        for kind, members in product(("fused", "graph"), crowds):
            work = partial(bench.population, kind, crowd, config, members)
            bench.part("populations", f"{members}, {kind}", work)
    show(bench.report)
    sys.exit(bool(bench.report["errors"]))


if __name__ == "__main__":
    main()
