"""Frames, arrays and saved samples are what the files that hold them would be."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from reference.small_tables import (
    FEATURES,
    LAMPS,
    columns_of,
    of,
    write_csv,
)
from reference.task_files import digits, flows

import logicjsc as lj
from logicjsc.core.errors import ConfigError, DataError
from logicjsc.dataset import DataConfig, Schema, Target, load_all, load_dataset
from logicjsc.dataset.load import from_memory, load_like, save_samples
from logicjsc.tasks.mnist.arrange import SCHEMA


def polars_frame(columns):
    import polars as pl

    return pl.DataFrame(columns)


def pyarrow_table(columns):
    import pyarrow as pa

    return pa.table(columns)


@pytest.mark.parametrize("make", [pd.DataFrame, polars_frame, pyarrow_table])
def test_a_frame_in_memory_is_what_its_file_would_be(tmp_path, make):
    path = write_csv(tmp_path / "a.csv", columns_of())
    expected = load_dataset(of(path, split_seed=3))
    found = from_memory(make(columns_of()), "sort", DataConfig(split_seed=3))
    assert found.fingerprint() == expected.fingerprint()
    assert found.schema == expected.schema
    by_api = lj.load_dataset(make(columns_of()), "sort", split_seed=3)
    assert by_api.fingerprint() == expected.fingerprint()
    assert lj.load_dataset(str(path), "sort", split_seed=3).fingerprint() == expected.fingerprint()


@pytest.mark.parametrize("make", [pd.Series, np.array, list])
def test_a_target_apart_leaves_the_kinds_of_the_features(make):
    frame = pd.DataFrame(columns_of(*FEATURES))
    found = from_memory(frame, make(LAMPS["sort"]), DataConfig())
    expected = from_memory(pd.DataFrame(columns_of()), "sort", DataConfig())
    assert found.fingerprint() == expected.fingerprint()
    assert found.schema.columns == expected.schema.columns
    assert found.schema.target.names == expected.schema.target.names


def test_a_target_apart_is_the_target_whatever_features_are_called():
    frame = pd.DataFrame({"class": LAMPS["hits"], "y": LAMPS["size"]})
    found = from_memory(frame, np.array(LAMPS["sort"]), DataConfig())
    assert found.schema.feature_names == ("class", "y")
    assert found.schema.target.names == ("cold", "hot", "warm")
    array = frame.to_numpy()
    found = from_memory(array, LAMPS["sort"], DataConfig(), feature_names=("class", "label"))
    assert found.schema.feature_names == ("class", "label")
    assert found.schema.target.names == ("cold", "hot", "warm")


def test_names_of_several_columns_are_told_from_texts_of_samples():
    frame = pd.DataFrame(columns_of(*FEATURES, "price"))
    assert from_memory(frame, ["price", "size"], DataConfig()).schema.target.names == (
        "price",
        "size",
    )
    with pytest.raises(DataError, match="has no column 'cost' to predict"):
        from_memory(frame, ["price", "cost"], DataConfig())


def test_arrays_in_memory_and_others_to_test_on():
    rng = np.random.default_rng(0)
    features, labels = rng.normal(size=(100, 4)), np.arange(100) % 3
    dataset = from_memory(features, labels, DataConfig())
    assert dataset.schema.feature_names == ("x0", "x1", "x2", "x3")
    assert dataset.source == "arrays"
    test = from_memory(features, labels, DataConfig(), test=(features[:30], labels[:30]))
    assert (len(test.train) + len(test.validation), len(test.test)) == (100, 30)
    np.testing.assert_array_equal(test.test.features, features[:30].astype(np.float32))
    named = lj.load_dataset(features, labels, feature_names=list("abcd"), kind="value")
    assert named.schema.feature_names == tuple("abcd")
    assert named.schema.target.kind == "value"


@pytest.mark.parametrize(
    ("data", "target", "message"),
    [
        (np.zeros((10, 2)), None, "an array of features needs an array of targets beside it"),
        (np.zeros((10, 2)), "y", "an array of features needs an array of targets beside it"),
        (np.zeros((10, 2)), np.zeros(9), "10 samples of features, but 9 of the target"),
        (np.zeros(10), np.zeros(10), r"must have shape \[samples, features\], not \[10\]"),
        (np.array([["a"]] * 10), np.arange(10), "features must be numbers, not <U1"),
        (pd.DataFrame({"a": [1, 2, 3]}), "b", "a pandas data frame has no column 'b' to predict"),
        (pd.DataFrame({"a": [1, 2, 3]}), [1, 2], "3 samples of features, but 2 of the target"),
        (pd.DataFrame({"a": [1, 2, 3]}), None, r"which column is predicted\?"),
        (pd.DataFrame(np.zeros((4, 2)), columns=["a", None]), "a", "column 2 has no name; name it"),
        (pd.DataFrame({"a": []}), "a", "there are no samples"),
    ],
)
def test_bad_data_in_memory_are_refused(data, target, message):
    with pytest.raises(DataError, match=message):
        from_memory(data, target, DataConfig())


def test_an_unknown_setting_from_python_is_refused_by_name():
    frame = pd.DataFrame(columns_of())
    with pytest.raises(ConfigError, match=r"load_dataset: unknown key data\.seed"):
        lj.load_dataset(frame, "sort", seed=3)
    with pytest.raises(ConfigError, match=r"data\.missing = 'zero' is not one of 'refuse', 'drop'"):
        lj.load_dataset(frame, "sort", missing="zero")
    with pytest.raises(ConfigError, match="feature_names belong to an array; a file names its"):
        lj.load_dataset("a.csv", "sort", feature_names=["a"])


@pytest.mark.parametrize("target", ["sort", "works", "price"])
def test_saved_samples_come_back(tmp_path, target):
    path = write_csv(tmp_path / "a.csv", columns_of("size", "hits", "lit", target))
    samples = load_all(of(path, target=target))
    save_samples(samples, tmp_path / "b.npz")
    again = load_all(DataConfig(str(tmp_path / "b.npz")))
    np.testing.assert_array_equal(again.features, samples.features)
    np.testing.assert_array_equal(again.targets, samples.targets)
    assert again.feature_names == samples.feature_names
    if target != "price":
        assert again.class_names == samples.class_names
    assert again.target.kind == samples.target.kind


def test_samples_for_a_network_that_says_what_its_features_are_called(tmp_path):
    columns = columns_of("size", "hits", "lit", "sort")
    path = write_csv(tmp_path / "a.csv", columns)
    target = Target("classes", ("hot", "warm", "cold"))
    found = load_like(path, ("lit", "size"), target)
    assert found.feature_names == ("lit", "size")
    expected = np.array([columns["lit"], columns["size"]], np.float32).T
    np.testing.assert_array_equal(found.features, expected)
    # The classes stand in the order of the network's outputs.
    assert [found.class_names[index] for index in found.targets] == columns["sort"]
    assert found.class_names == ("hot", "warm", "cold")
    # Placeholders: columns are taken in their order, the last one is the target.
    found = load_like(path, ("x0", "x1", "x2"), Target("classes", ("0", "1", "2")))
    assert found.feature_names == ("x0", "x1", "x2")
    assert found.class_names == ("cold", "hot", "warm")
    with pytest.raises(DataError) as caught:
        load_like(path, ("x0", "x1"), target)
    assert str(caught.value) == (
        f"the network takes 2 features ('x0', 'x1'), but {path} has 3 columns besides 'sort': "
        f"'size', 'hits', 'lit'"
    )


def test_settings_of_a_task_are_for_its_own_samples_or_files():
    own = load_dataset(DataConfig(task="moons"))
    assert own.schema == Schema(own.schema.columns, Target("binary", ("lower", "upper"), "class"))
    with pytest.raises(DataError, match=r"there are no samples at none\.csv"):
        load_dataset(DataConfig("none.csv", task="moons"))


def test_a_frame_or_arrays_of_a_task_are_read_in_its_way():
    flow_columns = flows()
    frame = pd.DataFrame(flow_columns)
    dataset = from_memory(frame, None, DataConfig(task="nid"), test=(frame[:50], None))
    assert dataset.schema.target.names == ("normal", "attack")
    assert "id" not in [column.name for column in dataset.schema.columns]
    assert dataset.test.targets.tolist() == flow_columns["label"][:50]
    pixels, labels = digits(200)
    images = from_memory(pixels, labels, DataConfig(task="mnist"), test=digits(40, seed=1))
    assert images.schema == SCHEMA
    assert len(images.test) == 40
    # Whoever names the target has other columns in mind.
    named = from_memory(frame, "sttl", DataConfig(task="nid", kind="value", ignore="id"))
    assert named.schema.target.names == ("sttl",)
    with pytest.raises(DataError, match="a pandas data frame has no column 'dur'"):
        from_memory(pd.DataFrame({"a": [1, 2], "label": [0, 1]}), None, DataConfig(task="nid"))
    with pytest.raises(ConfigError, match="'nids' is no known task"):
        from_memory(frame, None, DataConfig(task="nids"))
