"""Settings that suit samples of which nothing is known but what they look like."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from logicjsc.core.settings import parse_assignment
from logicjsc.methods.loading import LoadedConfig, from_tables

if TYPE_CHECKING:
    from logicjsc.dataset import Dataset, Samples

_STEPS: Final = 4000
_EPOCHS: Final = (20, 300)
_BATCH: Final = (32, 1024)
_BATCHES: Final = 40
"""Fewest steps of an epoch, where there are enough samples."""

_FAR: Final = 8.0
"""Standard deviations beyond which an even scale wastes its steps."""

_FEW_EPOCHS: Final = 4
"""Fewer leave no time to learn connections."""

_THRESHOLDS: Final = 15
_MANY_CLASSES: Final = 12


def suggested_config(dataset: Dataset, assignments: Iterable[str] = ()) -> LoadedConfig:
    """A small network for samples, with assignments over its settings.

    Numbers with far outliers are compared with quantiles, others rounded to three bits; neurons
    read six bits, so that each output bit is one 6-input LUT; connections are learned. About 4,000
    steps of training, which takes seconds to a minute.

    Raises:
        ConfigError: an assignment is refused.
    """
    assignments = list(assignments)
    training = _training(len(dataset.train))
    epochs = dict(map(parse_assignment, assignments)).get("training.epochs", training["epochs"])
    network = _network(dataset.train)
    if isinstance(epochs, int) and epochs < _FEW_EPOCHS:
        del network["connectivity"]
    tables: dict[str, Any] = {
        "data": {key: value for key, value in asdict(dataset.config).items() if value != ""},
        "network": network,
        "training": training,
    }
    name = _name(dataset.config.path or dataset.config.task or "data")
    return from_tables(tables, source="chosen for the samples", name=name, assignments=assignments)


def _network(train: Samples) -> dict[str, Any]:
    target, kinds = train.target, np.array(train.schema.feature_kinds)
    numbers = int((kinds != "bit").sum())
    outputs = target.outputs
    hidden = [128, 4 * outputs] if outputs > _MANY_CLASSES else [64, 32]
    last = 8 if target.kind == "value" else 4
    network: dict[str, Any] = {"hidden": hidden, "connectivity": "prune-and-regrow"}
    spread_out = numbers > 0 and _spread_out(train.features[:, kinds != "bit"])
    if spread_out or not numbers:
        sources = train.features.shape[1] + numbers * (_THRESHOLDS - 1) * spread_out
        network |= {"bits": [1, 1, last], "fan_in": [min(6, sources), 6, 6]}
        if spread_out:
            network["thresholds"] = _THRESHOLDS
        return network
    fan_in = min(3, train.features.shape[1])
    bits = [3, 3, last] if target.kind == "value" else [2, 2, last]
    return {**network, "input_bits": 3, "bits": bits, "fan_in": [fan_in, 3, 4]}


def _training(samples: int) -> dict[str, Any]:
    batch = int(np.clip(samples // _BATCHES, *_BATCH))
    batch = max(2, min(batch, samples))
    epochs = int(np.clip(_STEPS * batch // samples, *_EPOCHS))
    return {"batch_size": batch, "epochs": epochs, "learning_rate": 1e-2}


def _spread_out(numbers: np.ndarray[tuple[int, ...], np.dtype[Any]]) -> bool:
    """Whether more than a quarter of the features have far outliers."""
    numbers = numbers.astype(np.float64)  # squares of large features overflow float32
    deviation = numbers.std(axis=0)
    reach = np.abs(numbers - numbers.mean(axis=0)).max(axis=0)
    far = reach > _FAR * np.where(deviation > 0, deviation, np.inf)
    return bool(far.mean() > 1 / 4)


def _name(path: str) -> str:
    """Name of a run on samples from a path."""
    stem = Path(path).name.partition(".")[0]
    return re.sub(r"[^A-Za-z0-9._-]+", "-", stem).strip("-.") or "data"
