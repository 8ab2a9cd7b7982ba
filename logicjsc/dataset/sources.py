"""Jets of files and folders in any known format, and the sample that ships with the package."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

import numpy as np

from logicjsc.core.errors import DataError
from logicjsc.core.files import atomic_file
from logicjsc.dataset.readers import holds_jets, read_file
from logicjsc.dataset.samples import JetData


def bundled_sample() -> JetData:
    """The 50,000 balanced re-created jets that ship with the package."""
    with resources.as_file(resources.files("logicjsc.tasks.jets") / "sample.npz") as path:
        return read_file(path, "bundled sample (re-created jets)").jets


def load_jets(path: Path) -> JetData:
    """All jets of a file, or of every file of jets in a folder, in the order of their names.

    Raises:
        DataError: nothing is there, a file is damaged, or its contents are refused by name.
    """
    return concatenate([load_file(file) for file in jet_files(path)], str(path))


def jet_files(path: Path) -> list[Path]:
    """The files of jets that ``path`` stands for; an ``X`` array stands for its pair.

    Raises:
        DataError: there are none.
    """
    if path.is_dir():
        try:
            files = [file for file in sorted(path.iterdir()) if holds_jets(file)]
        except OSError as error:
            raise DataError(f"cannot read {path}: {error.strerror or error}") from error
        if not files:
            raise DataError(
                f"{path} holds no .npz files of jets, nor any in ARFF, Parquet, CSV, HDF5 or .npy"
            )
        return files
    if not path.is_file():
        raise DataError(f"there are no jets at {path}")
    return [path]


def load_file(path: Path) -> JetData:
    """All jets of one file."""
    return read_file(path).jets


def concatenate(parts: list[JetData], source: str) -> JetData:
    """Several sets of jets as one."""
    if len(parts) == 1:
        return parts[0]
    return JetData(
        np.concatenate([part.features for part in parts]),
        np.concatenate([part.labels for part in parts]),
        source=source,
    )


def save_jets(jets: JetData, path: Path) -> None:
    """Write jets as a compressed ``.npz`` file, atomically."""
    with atomic_file(path) as temporary, temporary.open("wb") as stream:
        np.savez_compressed(
            stream,
            allow_pickle=False,
            X=jets.features,
            y=jets.labels,
            features=np.array(jets.feature_names),
            classes=np.array(jets.class_names),
        )
