"""Small files of jets, read as the task arranges them."""

from __future__ import annotations

import numpy as np
import pytest
from reference.jet_formats import (
    example_jets,
    names_of,
)

from logicjsc.core.errors import DataError
from logicjsc.dataset import DataConfig, load_all
from logicjsc.dataset.readers import read_table
from logicjsc.tasks.jets.names import CLASS_NAMES, FEATURE_NAMES

FEATURES, LABELS = example_jets()
NAMES = names_of(LABELS)
KINDS = ("arff", "csv", "parquet", "z", "h5", "arff.gz", "npy", "npz")


def load(path):
    return load_all(DataConfig(task="jets", path=str(path)))


def assert_read(path, kind, *, source=None):
    jets = load(path)
    np.testing.assert_array_equal(jets.features, FEATURES)
    np.testing.assert_array_equal(jets.targets, LABELS)
    assert jets.feature_names == FEATURE_NAMES
    assert jets.class_names == CLASS_NAMES
    table = read_table(path)
    assert table.format.removesuffix(" table") == kind
    assert len(table) == len(FEATURES)
    assert jets.source == (source or str(path))


def written(path, content):
    path.write_bytes(content)
    return path


def archive(path, **changes):
    arrays = {
        "X": FEATURES,
        "y": LABELS,
        "features": np.array(FEATURE_NAMES),
        "classes": np.array(CLASS_NAMES),
        **changes,
    }
    np.savez(path, **{name: array for name, array in arrays.items() if array is not None})
    return path


def refused(path, message="."):
    with pytest.raises(DataError, match=message) as caught:
        load(path)
    assert "\n" not in str(caught.value)
    assert str(path) in str(caught.value) or path.name.startswith("X_")
    return str(caught.value)
