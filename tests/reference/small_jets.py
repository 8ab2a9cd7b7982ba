"""Jets that are quick to learn from, made up on the spot."""

from pathlib import Path
from typing import Any

import numpy as np

from logicjsc.dataset import DataConfig, Dataset, Samples
from logicjsc.tasks.jets.arrange import SCHEMA
from logicjsc.tasks.jets.names import CLASS_NAMES, FEATURE_NAMES


def separable_jets(jets: int, seed: int = 0, noise: float = 0.5) -> Samples:
    """Five clouds, one per class, each around its own corner of the 16 features."""
    rng = np.random.default_rng(seed)
    labels = np.arange(jets) % 5
    rng.shuffle(labels)
    corners = np.random.default_rng(12345).choice([-1.0, 1.0], (5, 16))
    features = 3.0 + 2.0 * (corners[labels] + rng.normal(0.0, noise, (jets, 16)))
    return Samples(features.astype(np.float32), labels, SCHEMA, source="clouds")


def small_splits(train: int = 400, validation: int = 200, test: int = 200) -> Dataset:
    """Three parts of such jets that share none."""
    return Dataset(
        separable_jets(train, 1),
        separable_jets(validation, 2),
        separable_jets(test, 3),
        DataConfig(task="jets"),
    )


def write_jets(path: Path, jets: Samples, **changes: Any) -> Path:
    """An ``.npz`` file of jets, with some of its arrays replaced."""
    arrays = {
        "X": jets.features,
        "y": jets.targets,
        "features": np.array(FEATURE_NAMES),
        "classes": np.array(CLASS_NAMES),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez(path, **{**arrays, **changes})
    return path
