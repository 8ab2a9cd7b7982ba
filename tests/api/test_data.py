"""Samples from anything: files, names, frames and arrays give the same as each other."""

import numpy as np
import pandas as pd
import polars as pl
import pytest

import logicjsc as lj
from logicjsc.core.errors import ConfigError, DataError


@pytest.fixture
def frame():
    rng = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "a": rng.normal(size=300),
            "b": rng.integers(0, 2, 300),
            "kind": rng.choice(["x", "y", "z"], 300),
            "id": np.arange(300),
            "label": rng.choice(["no", "yes"], 300),
        }
    )


def test_files_and_frames_of_any_kind_give_equal_samples(frame, tmp_path):
    frame.to_csv(tmp_path / "t.csv", index=False)
    frame.to_parquet(tmp_path / "t.parquet")
    sources = (
        tmp_path / "t.csv",
        str(tmp_path / "t.parquet"),
        frame,
        pl.from_pandas(frame),
    )
    prints = {lj.load_dataset(source, "label", "id").fingerprint() for source in sources}
    assert len(prints) == 1


def test_arrays_need_a_target_beside_them(frame):
    features = frame[["a", "b"]].to_numpy()
    data = lj.load_dataset(features, frame["label"].to_numpy(), feature_names=("a", "b"))
    assert data.schema.feature_names == ("a", "b")
    assert data.schema.target.names == ("no", "yes")
    with pytest.raises(DataError, match="needs an array of targets"):
        lj.load_dataset(features)


def test_test_samples_may_be_given_apart(frame):
    data = lj.load_dataset(frame[:200], "label", "id", test=frame[200:])
    assert len(data.test) == 100
    assert len(data.train) + len(data.validation) == 200


def test_settings_are_those_of_the_data_section(frame):
    data = lj.load_dataset(frame, "label", "id", category_code="binary", split_seed=3)
    assert data.config.split_seed == 3
    assert "kind#0" in data.schema.feature_names
    with pytest.raises(ConfigError, match=r"unknown key data\.split_sed; did you mean"):
        lj.load_dataset(frame, "label", split_sed=3)


def test_names_of_known_tasks_need_no_file():
    data = lj.load_dataset("moons")
    assert repr(data).startswith("Dataset(scikit-learn's moons: ")
    assert len(repr(data)) < 200
