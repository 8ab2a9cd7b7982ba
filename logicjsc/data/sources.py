"""Reading jets from ``.npz`` files and folders, and the sample that ships with the package.

An archive holds ``X`` ``[jets, features]``, ``y`` ``[jets]``, ``features`` (names) and ``classes``
(names, in the order of ``y``). Columns are put into the canonical order by name.
"""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import Final

import numpy as np

from logicjsc.data.jets import CLASS_NAMES, FEATURE_NAMES, Array, JetData
from logicjsc.errors import DataError
from logicjsc.files import read_arrays

_MEMBERS: Final = ("X", "y", "features", "classes")


def bundled_sample() -> JetData:
    """The 50,000 balanced re-created jets that ship with the package."""
    with resources.as_file(resources.files("logicjsc.data") / "sample.npz") as path:
        return _read_archive(path, "bundled sample (re-created jets)")


def load_jets(path: Path) -> JetData:
    """All jets of a file, or of every ``.npz`` file in a folder, in the order of their names.

    Raises:
        DataError: nothing is there, a file is damaged, or its contents are refused by name.
    """
    return concatenate([load_file(file) for file in jet_files(path)], str(path))


def jet_files(path: Path) -> list[Path]:
    """The files of jets that ``path`` stands for.

    Raises:
        DataError: there are none.
    """
    if path.is_dir():
        files = sorted(path.glob("*.npz"))
        if not files:
            raise DataError(f"{path} holds no .npz files of jets")
        return files
    if not path.is_file():
        raise DataError(f"there are no jets at {path}")
    return [path]


def load_file(path: Path) -> JetData:
    """All jets of one ``.npz`` file."""
    return _read_archive(path, str(path))


def concatenate(parts: list[JetData], source: str) -> JetData:
    """Several sets of jets as one."""
    if len(parts) == 1:
        return parts[0]
    return JetData(
        np.concatenate([part.features for part in parts]),
        np.concatenate([part.labels for part in parts]),
        source=source,
    )


def _read_archive(path: Path, source: str) -> JetData:
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
