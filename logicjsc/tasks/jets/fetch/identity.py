"""Whether a file is the published set that it should be, judged by what is in it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from logicjsc.core.errors import DataError
from logicjsc.dataset.readers import read_table
from logicjsc.tasks.jets.arrange import arrange
from logicjsc.tasks.jets.fetch.catalogue import Published
from logicjsc.tasks.jets.names import FEATURE_NAMES
from logicjsc.tasks.jets.reference import distances_from_reference


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
    table = read_table(path)
    jets = arrange(table)
    if len(table) != published.rows:
        raise DataError(f"{path} holds {len(table):,} jets, not {published.rows:,}")
    counts = np.bincount(jets.targets, minlength=len(jets.class_names))
    classes = dict(zip(jets.class_names, counts.tolist(), strict=True))
    for name, count in classes.items():
        if not count:
            raise DataError(f"{path} holds no jets of class {name}")
    distances = distances_from_reference(jets)
    worst = int(np.argmax(distances))
    distance, feature = float(distances[worst]), FEATURE_NAMES[worst]
    if distance > published.farthest:
        raise DataError(
            f"{path} holds other jets than {published.title}: {feature} is distributed at a "
            f"distance of {distance:.3f} from the published one, more than {published.farthest}"
        )
    return Identity(len(table), len(jets), classes, distance, feature)
