"""The published sets of jets: where they are, and how to know them.

No checksum of theirs is built in. OpenML's interface gives an MD5 of the ARFF file; beyond that a
file is known by its contents: number of rows, names, classes and marginal distributions.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np

from logicjsc.core.errors import DataError
from logicjsc.dataset.fetch import Address, Facts, Published, PublishedFile
from logicjsc.dataset.fetch.openml import OpenMl
from logicjsc.dataset.readers import read_table
from logicjsc.tasks.jets.arrange import arrange
from logicjsc.tasks.jets.names import FEATURE_NAMES
from logicjsc.tasks.jets.reference import distances_from_reference


@dataclass(frozen=True)
class JetSet:
    """What is known of a published set of jets.

    Attributes:
        name: word on the command line.
        title: name for people.
        rows: rows in the file, repeated ones included.
        farthest: largest accepted distance of a feature's distribution from the reference table.
    """

    name: str
    title: str
    rows: int
    farthest: float


def identify(known: JetSet, path: Path) -> Facts:
    """Read a file and compare it with what is known of a published set.

    Returns:
        ``rows`` in the file, ``jets`` without repetitions, ``classes``, and the ``feature`` whose
        distribution is at the largest ``distance`` from the reference table, 0 to 1.

    Raises:
        DataError: it is not a file of jets, or not this set.
    """
    table = read_table(path)
    jets = arrange(table)
    if len(table) != known.rows:
        raise DataError(f"{path} holds {len(table):,} jets, not {known.rows:,}")
    counts = np.bincount(jets.targets, minlength=len(jets.class_names))
    classes = dict(zip(jets.class_names, counts.tolist(), strict=True))
    for name, count in classes.items():
        if not count:
            raise DataError(f"{path} holds no jets of class {name}")
    distances = distances_from_reference(jets)
    worst = int(np.argmax(distances))
    distance, feature = float(distances[worst]), FEATURE_NAMES[worst]
    if distance > known.farthest:
        raise DataError(
            f"{path} holds other jets than {known.title}: {feature} is distributed at a "
            f"distance of {distance:.3f} from the published one, more than {known.farthest}"
        )
    return {
        "rows": len(table),
        "jets": len(jets),
        "classes": classes,
        "distance": distance,
        "feature": feature,
    }


OPENML: Final = JetSet(
    "openml",
    "OpenML 42468 (hls4ml_lhc_jets_hlf)",
    830_000,
    # Its own table: what remains is rounding and the rows that the table left out.
    0.005,
)
CERNBOX: Final = JetSet(
    "cernbox",
    "LogicNets' jets on CERNBox",
    986_806,
    # Another selection of similar jets, without a table of its own: this tells physical units and
    # the right columns from anything else, and no more.
    0.4,
)
JET_SETS: Final = (OPENML, CERNBOX)

_ARFF: Final = "openml-42468.arff"
_PARQUET: Final = "openml-42468.parquet"
_HDF5: Final = "processed-pythia82-lhc13-all-pt1-50k-r1_h022_e0175_t220_nonu_truth.z"


def published_jets(known: JetSet, file: PublishedFile) -> Published:
    """A set of one file."""
    return Published(known.name, known.title, "jets", (file,))


CATALOGUE: Final = {
    "openml": published_jets(
        OPENML,
        PublishedFile(
            names=(_ARFF, _PARQUET),
            # Where OpenML's scheme of names puts the Parquet file of this number.
            mirrors=(
                Address("https://data.openml.org/datasets/0004/42468/dataset_42468.pq", _PARQUET),
                Address(
                    "https://openml1.win.tue.nl/datasets/0004/42468/dataset_42468.pq", _PARQUET
                ),
            ),
            check=partial(identify, OPENML),
            ask=OpenMl(
                (
                    "https://www.openml.org/api/v1/json/data/42468",
                    "https://api.openml.org/api/v1/json/data/42468",
                ),
                _ARFF,
                _PARQUET,
            ),
        ),
    ),
    "cernbox": published_jets(
        CERNBOX,
        PublishedFile(
            names=(_HDF5,),
            mirrors=(
                Address("https://cernbox.cern.ch/index.php/s/jvFd5MoWhGs1l5v/download", _HDF5),
                Address(
                    f"https://cernbox.cern.ch/remote.php/dav/public-files/AgzB93y3ac0yuId/{_HDF5}",
                    _HDF5,
                ),
            ),
            check=partial(identify, CERNBOX),
        ),
    ),
}
"""The sets that ``logicjsc data fetch`` knows, by name."""
