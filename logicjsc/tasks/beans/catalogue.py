"""The published file of dry beans: where it is, and how to know it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np

from logicjsc.core.errors import DataError
from logicjsc.dataset.fetch import Address, Facts, Published, PublishedFile
from logicjsc.dataset.readers import read_table
from logicjsc.tasks.beans.arrange import TASK, arrange
from logicjsc.tasks.beans.names import CLASS_NAMES, FEATURE_NAMES

BEANS: Final = {
    "BARBUNYA": 1_322,
    "BOMBAY": 522,
    "CALI": 1_630,
    "DERMASON": 3_546,
    "HOROZ": 1_928,
    "SEKER": 2_027,
    "SIRA": 2_636,
}
"""Beans of each kind."""

AREAS: Final = (20_420, 254_616)
"""Pixels of the smallest and the largest bean."""

_ARFF: Final = "dry-bean.arff"
_CSV: Final = "dry-bean.csv"
_UCI: Final = "https://archive.ics.uci.edu"
_OLD: Final = "ml/machine-learning-databases/00602"
_MEMBER: Final = "DryBeanDataset/Dry_Bean_Dataset.arff"


def check(path: Path) -> Facts:
    """Compare a file with the known number of beans of each kind, and their areas.

    Raises:
        DataError: it is no table of beans, or another one.
    """
    beans = arrange(read_table(path))
    counts = np.bincount(beans.targets, minlength=len(CLASS_NAMES)).tolist()
    found = dict(zip(CLASS_NAMES, counts, strict=True))
    wrong = [name for name in CLASS_NAMES if found[name] != BEANS[name]]
    if wrong:
        raise DataError(
            f"{path} holds {len(beans):,} beans, {found[wrong[0]]:,} of kind {wrong[0]}; the set "
            f"has {sum(BEANS.values()):,}, {BEANS[wrong[0]]:,} of that kind"
        )
    area = beans.features[:, FEATURE_NAMES.index("Area")]
    if (int(area.min()), int(area.max())) != AREAS:
        raise DataError(
            f"{path} holds other beans: their areas are {area.min():.0f} to {area.max():.0f} "
            f"pixels, not {AREAS[0]} to {AREAS[1]}"
        )
    return {"beans": len(beans), "classes": found}


SETS: Final = (
    Published(
        name="beans",
        title="Dry Bean, UCI 602",
        task=TASK,
        files=(
            PublishedFile(
                names=(_ARFF, _CSV),
                mirrors=(
                    Address(f"{_UCI}/static/public/602/dry+bean+dataset.zip", _ARFF, "", _MEMBER),
                    Address(f"{_UCI}/static/public/602/data.csv", _CSV),
                    Address(f"{_UCI}/{_OLD}/DryBeanDataset.zip", _ARFF, "", _MEMBER),
                ),
                check=check,
            ),
        ),
        terms="by M. Koklu and I. A. Ozkan, Computers and Electronics in Agriculture 174 (2020) "
        "105507; CC BY 4.0",
    ),
)
