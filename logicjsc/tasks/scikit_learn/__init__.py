"""The sets that scikit-learn bundles, by name: small tables that need no download."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np

from logicjsc.dataset.table import Table, table_of
from logicjsc.dataset.task import Task

_PUBLISHED: Final = Path(__file__).parent / "published"
_MOONS: Final = 4000
_NOISE: Final = 0.2


def _bundled(name: str) -> Table:
    """A set of scikit-learn's, with the names of its classes if it has some."""
    from sklearn import datasets

    load: Callable[[], Any] = getattr(datasets, f"load_{name}")
    bunch = load()
    columns = []
    for place, title in enumerate(bunch.feature_names):
        values = bunch.data[:, place]
        whole = np.array_equal(values, np.round(values))
        columns.append((str(title), values.astype(np.int64) if whole else values))
    names = tuple(map(str, getattr(bunch, "target_names", ())))
    column = "progression" if name == "diabetes" else "class"
    target = bunch.target
    if names and column == "class":
        target = np.array(names, object)[bunch.target]
    return table_of([*columns, (column, target)], f"scikit-learn's {name}", "scikit-learn")


def _moons() -> Table:
    """Two half circles in a plane, which interleave; made anew, always the same."""
    from sklearn.datasets import make_moons

    points, labels = make_moons(_MOONS, noise=_NOISE, random_state=0)
    names = np.array(["upper", "lower"], object)
    pairs = [("x", points[:, 0]), ("y", points[:, 1]), ("class", names[labels])]
    return table_of(pairs, "scikit-learn's moons", "scikit-learn")


def _task(name: str, title: str, target: str = "class") -> Task:
    table = _moons if name == "moons" else partial(_bundled, name)
    published = _PUBLISHED / f"{name}.toml"
    return Task(
        name,
        title,
        table,
        (target,),
        source=f"scikit-learn's {name}",
        published=published if published.is_file() else None,
    )


TASKS: Final = (
    _task("digits", "8 x 8 images of handwritten digits, ten classes"),
    _task("wine", "13 measurements of wines, three growers"),
    _task("breast_cancer", "30 measurements of cell nuclei, benign or malignant"),
    _task("moons", "two interleaved half circles in a plane"),
    _task("diabetes", "ten measurements of patients, progression after a year", "progression"),
)
