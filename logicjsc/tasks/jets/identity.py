"""What a file or folder of jets holds, where it seems to come from, and what it can be worth."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from logicjsc.dataset import Samples, load_jets
from logicjsc.dataset.baseline import centroid_accuracy, tree_accuracy
from logicjsc.dataset.readers import data_files
from logicjsc.tasks.jets.fetch.catalogue import CATALOGUE
from logicjsc.tasks.jets.reference import distances_from_reference

_BASELINE_TRAIN: Final = 20_000
_BASELINE_TEST: Final = 20_000
_BASELINE_TREES: Final = 40
"""Together about ten seconds of one core."""

_LIKE_PUBLISHED: Final = 0.05
_STANDARDISED: Final = 0.25


@dataclass(frozen=True)
class FeatureSummary:
    """One feature: its range, moments, repeated values, and distance from the reference table.

    Attributes:
        name: the feature.
        smallest: smallest value.
        mean: mean.
        deviation: standard deviation.
        largest: largest value.
        zeros: part of the jets with exactly 0 (too few groomed constituents), 0 to 1.
        ks: Kolmogorov-Smirnov distance to the published distribution, 0 to 1.
    """

    name: str
    smallest: float
    mean: float
    deviation: float
    largest: float
    zeros: float
    ks: float


@dataclass(frozen=True)
class JetsReport:
    """What is known of jets.

    Attributes:
        source: what was read.
        files: number of files.
        jets: number of jets.
        classes: jets of each class.
        believed: the source it is believed to be.
        because: why.
        fingerprint: of features and labels in their order.
        features: one summary per feature.
        centroid_accuracy: of nearest class centroids, 0 to 1; None if there is one class only.
        tree_accuracy: of gradient-boosted trees on the same jets.
        baseline_jets: jets the baselines were trained and tested on.
    """

    source: str
    files: int
    jets: int
    classes: dict[str, int]
    believed: str
    because: str
    fingerprint: str
    features: tuple[FeatureSummary, ...]
    centroid_accuracy: float | None
    tree_accuracy: float | None
    baseline_jets: tuple[int, int]

    def to_dict(self) -> dict[str, Any]:
        """For ``--json``."""
        return asdict(self)


def inspect(path: Path, *, baseline: bool = True) -> tuple[JetsReport, Samples]:
    """Read jets and describe them; the jets come along for a picture.

    Raises:
        DataError: the jets cannot be read.
    """
    files, jets = data_files(path), load_jets(path)
    distances = distances_from_reference(jets)
    counts = np.bincount(jets.labels, minlength=len(jets.class_names)).tolist()
    believed, because = _believe(path, jets, distances)
    baselines = _baselines(jets) if baseline else None
    report = JetsReport(
        source=str(path),
        files=len(files),
        jets=len(jets),
        classes=dict(zip(jets.class_names, counts, strict=True)),
        believed=believed,
        because=because,
        fingerprint=jets.fingerprint(),
        features=tuple(_summaries(jets, distances)),
        centroid_accuracy=baselines[0] if baselines else None,
        tree_accuracy=baselines[1] if baselines else None,
        baseline_jets=baselines[2] if baselines else (0, 0),
    )
    return report, jets


def _summaries(jets: Samples, distances: np.ndarray[Any, Any]) -> list[FeatureSummary]:
    wide = jets.features.astype(np.float64)
    return [
        FeatureSummary(
            name=name,
            smallest=float(column.min()),
            mean=float(column.mean()),
            deviation=float(column.std()),
            largest=float(column.max()),
            zeros=float((column == 0).mean()),
            ks=float(distance),
        )
        for name, column, distance in zip(jets.feature_names, wide.T, distances, strict=True)
    ]


def _believe(path: Path, jets: Samples, distances: np.ndarray[Any, Any]) -> tuple[str, str]:
    """The source that jets seem to come from, and why: how they were stored, number and values."""
    worst = float(distances.max())
    close = f"every feature lies within a KS distance of {worst:.3f} of the published distribution"
    if path.is_dir() and (path / "manifest.json").is_file():
        return "re-created jets", f"the folder has a generator's manifest.json; {close}"
    for published in CATALOGUE.values():
        # Loaders drop repeated rows, so the number of jets is at most that of the file's rows.
        few_dropped = 0.8 * published.rows < len(jets) <= published.rows
        if worst <= published.farthest and len(jets) == published.rows:
            return published.title, f"{len(jets):,} jets are just its number, and {close}"
        if worst <= published.farthest and few_dropped and published.name == "cernbox":
            return (
                f"{published.title}, repeated jets dropped",
                f"{len(jets):,} of its {published.rows:,} rows, and {close}",
            )
    if np.abs(jets.features.mean(axis=0)).max() < _STANDARDISED and (
        np.abs(jets.features.std(axis=0) - 1).max() < _STANDARDISED
    ):
        return "standardised features", "every mean is near 0 and every deviation near 1"
    if worst < _LIKE_PUBLISHED:
        return "jets like the published ones", f"{close}, but their number is another"
    name = jets.feature_names[int(distances.argmax())]
    return "unknown", f"{name} is at a KS distance of {worst:.3f} from the published distribution"


def _baselines(jets: Samples) -> tuple[float, float, tuple[int, int]] | None:
    """Accuracies of centroids and trees and the jets they used; None if there is nothing to tell.

    The jets are drawn the same way every time.
    """
    rows = np.random.default_rng(0).permutation(len(jets))
    train_size = min(_BASELINE_TRAIN, int(0.8 * len(jets)))
    parts = np.split(rows[: train_size + _BASELINE_TEST], [train_size])
    if not all(len(part) for part in parts) or len(np.unique(jets.labels[parts[0]])) == 1:
        return None
    train, test = jets.take(parts[0], "train"), jets.take(parts[1], "test")
    trees = tree_accuracy(train, test, _BASELINE_TREES)
    return centroid_accuracy(train, test), trees, (len(train), len(test))


def standard_error(accuracy: float, jets: int) -> float:
    """Standard error of an accuracy measured on ``jets`` jets."""
    return math.sqrt(accuracy * (1 - accuracy) / max(jets, 1))
