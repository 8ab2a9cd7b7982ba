"""Whether a file is the published set that it should be, judged by what is in it."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Final

import numpy as np

from logicjsc.data.fetch.catalogue import Published
from logicjsc.data.jets import FEATURE_NAMES, Array, JetData
from logicjsc.data.readers import read_file
from logicjsc.errors import DataError

_TABLE: Final = "openml_reference.csv"
_QUANTILE: Final = re.compile(r"q\d+")


@dataclass(frozen=True)
class Identity:
    """What a published file turned out to hold.

    Attributes:
        rows: rows in the file.
        jets: jets without repetitions.
        classes: jets of each class.
        distance: largest distance of a feature's distribution from the reference table, 0 to 1.
        feature: that feature.
    """

    rows: int
    jets: int
    classes: dict[str, int]
    distance: float
    feature: str


def identify(path: Path, published: Published) -> Identity:
    """Read a file and compare it with what is known of the published set.

    Raises:
        DataError: it is not a file of jets, or not this set.
    """
    read = read_file(path)
    if read.rows != published.rows:
        raise DataError(f"{path} holds {read.rows:,} jets, not {published.rows:,}")
    counts = np.bincount(read.jets.labels, minlength=len(read.jets.class_names))
    classes = dict(zip(read.jets.class_names, counts.tolist(), strict=True))
    for name, count in classes.items():
        if not count:
            raise DataError(f"{path} holds no jets of class {name}")
    distances = distances_from_reference(read.jets)
    worst = int(np.argmax(distances))
    distance, feature = float(distances[worst]), FEATURE_NAMES[worst]
    if distance > published.farthest:
        raise DataError(
            f"{path} holds other jets than {published.title}: {feature} is distributed at a "
            f"distance of {distance:.3f} from the published one, more than {published.farthest}"
        )
    return Identity(read.rows, len(read.jets), classes, distance, feature)


def distances_from_reference(jets: JetData) -> Array:
    """Kolmogorov-Smirnov distance of every feature to the table's quantiles.

    A quantile's rank lies between the parts of the jets below it and not above it; between is
    distance 0, as it must be for whole numbers, which repeat.
    """
    table = _quantiles()
    ranks = np.arange(1, table.shape[1] + 1) / (table.shape[1] + 1)
    distances = []
    for values, quantiles in zip(jets.features.T, table, strict=True):
        ordered = np.sort(values)
        below = np.searchsorted(ordered, quantiles, "left") / len(ordered)
        not_above = np.searchsorted(ordered, quantiles, "right") / len(ordered)
        distances.append(max(0.0, float(np.max(np.maximum(ranks - not_above, below - ranks)))))
    return np.array(distances)


@cache
def _quantiles() -> Array:
    """The table's quantiles, one row per feature in our order."""
    with (resources.files("logicjsc.data") / _TABLE).open(encoding="utf-8") as stream:
        table = {row["feature"]: row for row in csv.DictReader(stream)}
    quantiles = [name for name in table[FEATURE_NAMES[0]] if _QUANTILE.fullmatch(name)]
    rows = [[table[name][quantile] for quantile in quantiles] for name in FEATURE_NAMES]
    return np.array(rows, np.float32)
