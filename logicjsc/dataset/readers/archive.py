"""Our own ``.npz`` archives.

An archive holds ``X`` ``[jets, features]``, ``y`` ``[jets]``, ``features`` (names) and ``classes``
(names, in the order of ``y``). Columns are put into the canonical order by name.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np

from logicjsc.core.errors import DataError
from logicjsc.core.files import read_arrays
from logicjsc.dataset.samples import Array, JetData
from logicjsc.tasks.jets.names import CLASS_NAMES, FEATURE_NAMES

_MEMBERS: Final = ("X", "y", "features", "classes")


def read_archive(path: Path, source: str) -> JetData:
    """Jets of an ``.npz`` archive.

    Raises:
        DataError: it is damaged, or its contents are refused by name.
    """
    try:
        arrays = read_arrays(path)
    except (OSError, ValueError) as error:
        raise DataError(f"{source} is not an .npz file of jets, or is damaged ({error})") from error
    missing = [name for name in _MEMBERS if name not in arrays]
    if missing:
        raise DataError(f"{source} has no array {missing[0]!r}; needed: {', '.join(_MEMBERS)}")
    features, labels, names, classes = (arrays[name] for name in _MEMBERS)
    if features.dtype.kind != "f" or labels.dtype.kind not in "iu":
        raise DataError(
            f"{source}: X must hold floats and y integers, not {features.dtype} and {labels.dtype}"
        )
    if features.ndim != 2 or features.shape[1] != names.size:  # noqa: PLR2004 - a matrix
        raise DataError(
            f"{source}: X has shape {features.shape}, but {names.size} features are named"
        )
    if labels.ndim != 1 or (labels.size and (labels.min() < 0 or labels.max() >= classes.size)):
        raise DataError(f"{source}: y must hold one class index below {classes.size} per jet")
    columns = _positions(names, FEATURE_NAMES, source, "feature")
    order = _positions(classes, CLASS_NAMES, source, "class")
    relabel = np.argsort(order)
    return JetData(features[:, columns], relabel[labels], source=source)


def _positions(found: Array, wanted: tuple[str, ...], source: str, what: str) -> Array:
    """Where each wanted name stands among the found ones; the sets must agree."""
    names = [str(name) for name in found.flat]
    for name in wanted:
        if name not in names:
            raise DataError(f"{source} has no {what} {name!r}; it has {', '.join(names)}")
    for name in names:
        if names.count(name) > 1 or name not in wanted:
            raise DataError(f"{source} has an unexpected or repeated {what} {name!r}")
    return np.array([names.index(name) for name in wanted])
