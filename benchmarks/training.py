"""Speed of training against a loop in the manner of LogicNets, as ratios taken in one run.

Both sides train the same shapes on the same samples at the same batch size and precision. CPU
seconds are of this process. Prints a table and writes ``benchmarks/results/training.json``.

Usage: ``python benchmarks/training.py [--data JETS] [--configs jsc-s,jsc-m,jsc-l] [--members 32]``
"""

from __future__ import annotations

import argparse
import ctypes
import json
import platform
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from logicjsc.methods.gradient.loading import load_config, resolve_config
from logicjsc.methods.gradient.rundir import RunDirectory
from logicnets_style import Seconds, measure, one_epoch
from machine import processor

from logicjsc import __version__
from logicjsc.core.programs import find_cxx
from logicjsc.dataset import Dataset, Scaler, load_dataset
from logicjsc.methods.gradient.config import Config
from logicjsc.methods.gradient.engines.engine import Engine
from logicjsc.methods.gradient.loop import Trainer
from logicjsc.methods.gradient.network.network import prepare_features
from logicjsc.methods.gradient.report import TrainingReport

_RESULTS = Path(__file__).parent / "results" / "training.json"
_EPOCHS = 40
_ROW_PASSES = 4
"""Times that a neuron's own row leaves or enters the nearest cache; its sources' come on top."""

_NEURON_OPERATIONS = 35
"""Operations per neuron and sample besides the weights': statistics, normalisation, quantiser."""


def changed(config: Config, **training: Any) -> Config:  # noqa: ANN401 - any setting
    """A config with other training settings; on the CPU unless they name another device."""
    return replace(config, training=replace(config.training, **{"device": "cpu", **training}))


def fresh_engine(config: Config, splits: Dataset, folder: Path, **training: Any) -> Engine:  # noqa: ANN401
    """An engine that has made its first steps."""
    trainer = Trainer(RunDirectory(folder / "none"), changed(config, **training), splits)
    trainer.engine.train_epoch(0)
    return trainer.engine


def whole_run(
    config: Config,
    splits: Dataset,
    path: Path,
    **training: Any,  # noqa: ANN401 - any setting
) -> tuple[dict[str, float], TrainingReport]:
    """A run as users start it: reading weights, validation, checkpoints, the test."""
    config = changed(config, **training)
    reports = []

    def work() -> None:
        run = RunDirectory.create(path, config, overwrite=True)
        reports.append(Trainer(run, config, splits).fit(lambda _: None))

    return measure(work), reports[0]


def field_epoch(
    config: Config, splits: Dataset, *, steps: int, device: torch.device | None = None
) -> Seconds:
    """An epoch of the other loop, on the features that our networks see."""
    prepare = prepare_features(Scaler.fit(splits.train))
    train, test = (
        (prepare(torch.from_numpy(part.features)), torch.from_numpy(part.labels).long())
        for part in (splits.train, splits.test)
    )
    return one_epoch(config, train, test, steps=steps, device=device)


def bounds() -> dict[str, float]:
    """Operations per second, and bytes per second from the caches and from memory, of one core."""
    with tempfile.TemporaryDirectory() as name:
        library = Path(name) / "bounds.so"
        flags = ["-std=c++17", "-O3", "-march=native", "-shared", "-fPIC", "-Wno-psabi"]
        source = Path(__file__).with_name("bounds.cpp")
        find_cxx().run([*flags, source, "-o", library], timeout=120)
        loaded = ctypes.CDLL(str(library))
    for function in (loaded.arithmetic, loaded.bandwidth):
        function.restype = ctypes.c_double
    return {
        "operations": max(loaded.arithmetic() for _ in range(3)),
        "bytes_rows": max(loaded.bandwidth(ctypes.c_int64(3 << 19)) for _ in range(3)),
        "bytes_memory": max(loaded.bandwidth(ctypes.c_int64(3 << 27)) for _ in range(3)),
    }


def fractions(trainer: Trainer, limits: dict[str, float], rate: float) -> dict[str, float]:
    """Parts of the bounds that ``rate`` samples per second are."""
    (member,) = trainer.members
    weights = sum(entry.numel() for entry in member.network.parameters() if entry.ndim > 1)
    neurons = sum(
        entry.num_features
        for entry in member.network.modules()
        if isinstance(entry, torch.nn.BatchNorm1d)
    )
    # A weight is used three times: forward, for its own gradient, and for that of its source.
    operations = 6 * weights + _NEURON_OPERATIONS * neurons
    moved = 4 * (3 * weights + _ROW_PASSES * neurons)
    return {
        "operations_per_sample": operations,
        "bytes_per_sample": moved,
        "of_arithmetic": rate * operations / limits["operations"],
        "of_bandwidth": rate * moved / limits["bytes_rows"],
    }


def bench(name: str, splits: Dataset, limits: dict[str, float], folder: Path) -> dict[str, Any]:
    """All figures of one shipped config."""
    config = load_config(resolve_config(name)).config
    samples, size = len(splits.train), config.training.batch_size
    theirs = field_epoch(config, splits, steps=60)
    training, in_memory = theirs.training["cpu"], theirs.in_memory["cpu"]
    stepped = samples // size * size
    step = {}
    for engine, threads, epochs in (("brevitas", 1, 1), ("fused", 1, 5), ("fused", 2, 5)):
        made = fresh_engine(config, splits, folder, engine=engine, threads=threads)
        took = measure(lambda: [made.train_epoch(index) for index in range(epochs)])  # noqa: B023
        key = engine if threads == 1 else f"{engine}, {threads} threads"
        step[key] = {unit: epochs * stepped / seconds for unit, seconds in took.items()}
    run, _ = whole_run(config, splits, folder / name, epochs=_EPOCHS)
    trainer = Trainer(RunDirectory(folder / "none"), changed(config), splits)
    fused = step["fused"]["cpu"]
    whole_theirs = _EPOCHS * (training + theirs.evaluation["cpu"])
    return {
        "training_samples": samples,
        "samples_per_cpu_second": {
            "logicnets_style_with_loader": samples / training,
            "logicnets_style_in_memory": samples / in_memory,
            "brevitas_engine": step["brevitas"]["cpu"],
            "fused_engine": fused,
        },
        "fused_engine_samples_per_second_of_wall": {
            "1 thread": step["fused"]["wall"],
            "2 threads": step["fused, 2 threads"]["wall"],
        },
        "ratio_of_steps": {
            "to_loader": fused * training / samples,
            "to_in_memory": fused * in_memory / samples,
        },
        "whole_run_cpu_seconds": {
            "logicnets_style": whole_theirs,
            "ours": run["cpu"],
            "epochs": _EPOCHS,
            "logicnets_style_epochs_measured": 1,
        },
        "ratio_of_whole_runs": whole_theirs / run["cpu"],
        "bounds": fractions(trainer, limits, fused),
    }


def bench_population(name: str, splits: Dataset, members: int, folder: Path) -> dict[str, float]:
    """Member-samples per CPU second and per second of wall of a population, and of single runs."""
    config = load_config(resolve_config(name)).config
    stepped = len(splits.train) // config.training.batch_size * config.training.batch_size
    figures = {}
    for label, count, engine, threads in (
        ("single run, Brevitas engine", 1, "brevitas", 1),
        ("single run, fused engine", 1, "fused", 1),
        ("population, fused engine, 1 thread", members, "fused", 1),
        ("population, fused engine, 2 threads", members, "fused", 2),
    ):
        made = fresh_engine(
            config, splits, folder, engine=engine, threads=threads, population=count
        )
        took = measure(lambda: made.train_epoch(1))  # noqa: B023 - called at once
        for unit, seconds in took.items():
            figures[f"{label}, {unit}"] = count * stepped / seconds
    return {"members": members, **figures}


def tidy(value: Any, digits: int = 3) -> Any:  # noqa: ANN401 - any JSON
    """Numbers as exact as they can be repeated."""
    if isinstance(value, dict):
        return {key: tidy(entry, digits) for key, entry in value.items()}
    return float(f"{value:.{digits}g}") if isinstance(value, float) else value


def main() -> None:
    """Measure, print and write the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", default="", help="samples; empty: the bundled sample")
    parser.add_argument("--configs", default="jsc-s,jsc-m,jsc-l")
    parser.add_argument("--members", type=int, default=32)
    options = parser.parse_args()
    torch.set_num_threads(1)
    started = time.time()
    names = options.configs.split(",")
    config = load_config(resolve_config(names[0])).config
    splits = load_dataset(replace(config.data, path=options.data))
    limits = bounds()
    with tempfile.TemporaryDirectory() as folder:
        figures = {name: bench(name, splits, limits, Path(folder)) for name in names}
        population = bench_population("jsc-m", splits, options.members, Path(folder))
    report = {
        "logicjsc": __version__,
        "machine": f"{platform.machine()}, {processor()}",
        "python": platform.python_version(),
        "torch": torch.__version__,
        "compiler": find_cxx().version,
        "samples": {
            "train": len(splits.train),
            "validation": len(splits.validation),
            "test": len(splits.test),
        },
        "bounds_of_one_core": limits,
        "seconds": round(time.time() - started),
        "figures": figures,
        "population": population,
    }
    report = tidy(report)
    _RESULTS.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(report, indent=2))
    print("\n| network | training step | whole run of 40 epochs | of arithmetic | of bandwidth |")
    print("|---|---|---|---|---|")
    for name, entry in figures.items():
        part = entry["bounds"]
        print(
            f"| `{name}` | {entry['ratio_of_steps']['to_loader']:.1f} x | "
            f"{entry['ratio_of_whole_runs']:.1f} x | {100 * part['of_arithmetic']:.0f} % | "
            f"{100 * part['of_bandwidth']:.0f} % |"
        )


if __name__ == "__main__":
    main()
