"""Where jets seem to come from, judged by how they were stored, their number and their values."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np

from logicjsc.dataset import Samples
from logicjsc.dataset.samples import Array
from logicjsc.tasks.jets.catalogue import JET_SETS
from logicjsc.tasks.jets.reference import distances_from_reference

_LIKE_PUBLISHED: Final = 0.05
_STANDARDISED: Final = 0.25


def believed(path: Path, jets: Samples) -> dict[str, object]:
    """The source that jets seem to come from, why, and each feature's distance to the published."""
    distances = distances_from_reference(jets)
    source, because = _believe(path, jets, distances)
    named = zip(jets.feature_names, distances.tolist(), strict=True)
    return {
        "believed": source,
        "because": because,
        "ks_to_published": {name: round(distance, 4) for name, distance in named},
    }


def _believe(path: Path, jets: Samples, distances: Array) -> tuple[str, str]:
    """The source that jets seem to come from, and why: how they were stored, number and values."""
    worst = float(distances.max())
    close = f"every feature lies within a KS distance of {worst:.3f} of the published distribution"
    if path.is_dir() and (path / "manifest.json").is_file():
        return "re-created jets", f"the folder has a generator's manifest.json; {close}"
    for published in JET_SETS:
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
