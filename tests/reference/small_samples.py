"""Samples of every kind of target, with numbers, words and bits side by side."""

import numpy as np

from logicjsc.dataset import DataConfig, Dataset, Samples, Schema, Target
from logicjsc.dataset.schema import Column

TARGETS = {
    "classes": Target("classes", ("red", "green", "blue"), "colour"),
    "binary": Target("binary", ("no", "yes"), "answer"),
    "labels": Target("labels", ("warm", "wet", "windy", "dark"), "weather"),
    "value": Target("value", ("height", "width"), "height, width"),
}
"""A target of each kind."""

MIXED = (
    Column("a"),
    Column("on", "bit"),
    Column("b"),
    Column("level", "word", lowest=-4, highest=11),
    Column("shape", "category", values=("disc", "ring", "star")),
    Column("c"),
    Column("open", "bit"),
)
"""Columns of nine features, none of whose kinds stand together."""

BITS = tuple(Column(f"bit{index}", "bit") for index in range(9))
NUMBERS = tuple(Column(f"number{index}") for index in range(9))


def mixed_samples(
    kind: str, samples: int, seed: int = 0, *, columns=MIXED, weighted: bool = False
) -> Samples:
    """Samples whose target follows from their features, and weights from 0 to 3 if asked for."""
    schema = Schema(columns, TARGETS[kind])
    rng = np.random.default_rng(seed)
    parts = [_features(column, samples, rng) for column in columns]
    features = np.concatenate(parts, axis=1)
    rule = np.random.default_rng(99).normal(size=(features.shape[1], 4))
    # The constant has frequent classes and rare ones.
    sums = (features - features.mean(axis=0)) @ rule + (1.0, 0.0, -1.0, 0.5)
    targets = {
        "classes": sums[:, :3].argmax(axis=1),
        "binary": sums[:, 0] > 0,
        "labels": sums > 0,
        "value": 20.0 + 7.0 * sums[:, :2],
    }[kind]
    weights = rng.uniform(0.0, 3.0, samples) if weighted else None
    return Samples(features, targets, schema, source="mixed", weights=weights)


def mixed_dataset(kind: str, train: int = 400, validation: int = 200, **options) -> Dataset:
    """Three parts of such samples that share none."""
    return Dataset(
        mixed_samples(kind, train, 1, **options),
        mixed_samples(kind, validation, 2, **options),
        mixed_samples(kind, 200, 3, **options),
        DataConfig(),
    )


def _features(column: Column, samples: int, rng: np.random.Generator) -> np.ndarray:
    """Features of one column, float ``[samples, features]``."""
    if column.kind == "category":
        return np.eye(len(column.values))[rng.integers(len(column.values), size=samples)]
    if column.kind == "bit":
        return rng.integers(0, 2, (samples, 1)).astype(float)
    if column.kind == "word":
        return rng.integers(column.lowest, column.highest + 1, (samples, 1)).astype(float)
    return rng.normal(0.5, 2.0, (samples, 1))
