"""Jets written in the formats that other people use, as independent of the readers as can be."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np

from logicjsc.tasks.jets.names import CLASS_NAMES, FEATURE_NAMES

Array = np.ndarray[Any, Any]

ONE_HOT_ORDER = "gqwzt"
"""The order of the label columns in the published HDF5 files; not ours."""


def example_jets(jets: int = 20, seed: int = 0) -> tuple[Array, Array]:
    """Features that float32 holds exactly, and labels of all classes."""
    features = np.random.default_rng(seed).normal(size=(jets, 16)).astype(np.float32)
    return features, np.arange(jets) % 5


def published_like(jets: int, seed: int = 0) -> tuple[Array, Array]:
    """Jets whose features are each distributed as the reference table says."""
    rng = np.random.default_rng(seed)
    path = resources.files("logicjsc.tasks.jets") / "openml_reference.csv"
    table = {row["feature"]: row for row in csv.DictReader(path.read_text().splitlines())}
    rows = {
        name: [float(table[name][f"q{rank}"]) for rank in range(1, 201)] for name in FEATURE_NAMES
    }
    ranks = np.arange(1, 201) / 201
    columns = []
    for name in FEATURE_NAMES:
        values = np.interp(rng.uniform(size=jets), ranks, rows[name])
        columns.append(np.round(values) if name == "multiplicity" else values)
    return np.stack(columns, axis=1).astype(np.float32), np.arange(jets) % 5


def names_of(labels: Array) -> list[str]:
    return [CLASS_NAMES[label] for label in labels]


def cells(features: Array) -> list[list[str]]:
    """Texts that give back the same float32."""
    return [[repr(float(value)) for value in row] for row in features]


def csv_bytes(
    features: Array,
    labels: Sequence[str],
    *,
    names: Sequence[str] = FEATURE_NAMES,
    label: str = "class",
    separator: str = ",",
) -> bytes:
    lines = [separator.join([*names, label])]
    lines += [
        separator.join([*row, name]) for row, name in zip(cells(features), labels, strict=True)
    ]
    return ("\n".join(lines) + "\n").encode()


def arff_bytes(
    features: Array,
    labels: Sequence[str],
    *,
    names: Sequence[str] = FEATURE_NAMES,
    label: str = "class",
) -> bytes:
    lines = ["% written for a test", "@RELATION jets", ""]
    lines += [f"@ATTRIBUTE {name} REAL" for name in names]
    lines += [f"@ATTRIBUTE {label} {{g, q, w, z, t}}", "", "@DATA"]
    lines += [",".join([*row, name]) for row, name in zip(cells(features), labels, strict=True)]
    return ("\n".join(lines) + "\n").encode()


def write_parquet(path: Path, columns: dict[str, Any]) -> Path:
    import pyarrow as pa
    import pyarrow.parquet

    pyarrow.parquet.write_table(pa.table(columns), path)
    return path


def table_columns(features: Array, labels: Any, label: str = "class") -> dict[str, Any]:
    columns: dict[str, Any] = {name: features[:, i] for i, name in enumerate(FEATURE_NAMES)}
    return {**columns, label: labels}


def logicnets_table(features: Array, labels: Array) -> Array:
    """The structured array of the LogicNets file, with columns that nobody asked for."""
    named = [(f"j_{name}", "<f4") for name in reversed(FEATURE_NAMES)]
    hot = [(f"j_{name}", "<i4") for name in ONE_HOT_ORDER]
    table = np.zeros(
        len(features), [("index", "<i8"), ("j_pt", "<f8"), *named, *hot, ("j_undef", "<i4")]
    )
    for i, name in enumerate(FEATURE_NAMES):
        table[f"j_{name}"] = features[:, i]
    for i, name in enumerate(CLASS_NAMES):
        table[f"j_{name}"] = labels == i
    table["index"] = np.arange(len(features))
    return table


def write_hdf5(path: Path, **datasets: Any) -> Path:
    import h5py

    with h5py.File(path, "w") as file:
        for name, values in datasets.items():
            file.create_dataset(name, data=values)
    return path


def constituent_datasets(features: Array, labels: Array) -> dict[str, Any]:
    """``jets`` and ``jetFeatureNames`` of the jet-constituent files: 59 columns, labels last."""
    table = logicnets_table(features, labels)
    names = [*table.dtype.names[1:], *(f"j_other{i}" for i in range(36))]
    names = names[:1] + names[23:] + names[1:23]
    columns = [table[name] if name in table.dtype.names else np.zeros(len(table)) for name in names]
    return {
        "jets": np.stack(columns, axis=1).astype(np.float64),
        "jetFeatureNames": np.array([name.encode() for name in names]),
        "jetConstituentList": np.zeros((len(table), 3, 16), np.float32),
    }
