"""What a float network reaches on the task muon, to hold quantised networks against.

A dense network of 350-128-64-1 floats learns from the task's own tracks, with the loss that the
``gradient`` method takes for values. Of three seeds the best by validation counts. Writes
``benchmarks/results/muon_float.json`` and prints it.
"""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any, Final

import torch
from torch import nn

from logicjsc.dataset.config import DataConfig
from logicjsc.dataset.load import load_dataset
from logicjsc.dataset.metrics import measure
from logicjsc.dataset.samples import Samples

_RESULTS: Final = Path(__file__).parent / "results" / "muon_float.json"
_EPOCHS: Final = 40
_BATCH: Final = 256
_SEEDS: Final = 3


def main() -> None:
    """Train, measure, write."""
    torch.set_num_threads(1)
    dataset = load_dataset(DataConfig(task="muon"))
    parts = (dataset.train, dataset.validation, dataset.test)
    found = [_trained(*parts, seed) for seed in range(_SEEDS)]
    best = min(found, key=lambda entry: float(entry["validation"]))
    report = {"network": "350-128-64-1, float32", "epochs": _EPOCHS, "best": best, "seeds": found}
    _RESULTS.write_text(json.dumps(report, indent=2) + "\n")
    print(json.dumps(report, indent=2))


def _trained(train: Samples, validation: Samples, test: Samples, seed: int) -> dict[str, Any]:
    torch.manual_seed(seed)
    start = time.process_time()
    network = nn.Sequential(
        nn.Linear(350, 128), nn.ReLU(), nn.Linear(128, 64), nn.ReLU(), nn.Linear(64, 1)
    )
    mean, deviation = float(train.targets.mean()), float(train.targets.std())
    inputs = torch.from_numpy(train.features)
    wanted = torch.from_numpy((train.targets - mean) / deviation)
    steps = _EPOCHS * (len(inputs) // _BATCH)
    optimiser = torch.optim.Adam(network.parameters(), 2e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 2e-3, total_steps=steps)
    loss = nn.HuberLoss(delta=0.1)
    for _ in range(_EPOCHS):
        for batch in torch.randperm(len(inputs))[: steps // _EPOCHS * _BATCH].split(_BATCH):
            optimiser.zero_grad()
            loss(network(inputs[batch]), wanted[batch]).backward()
            optimiser.step()
            schedule.step()

    def core(samples: Samples) -> float:
        with torch.no_grad():
            made = network(torch.from_numpy(samples.features)).numpy() * deviation + mean
        (error,) = measure(made, samples).core_rmse.values()
        return error

    return {
        "seed": seed,
        "validation": core(validation),
        "test": core(test),
        "cpu_seconds": round(time.process_time() - start, 1),
    }


if __name__ == "__main__":
    main()
