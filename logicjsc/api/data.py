"""Samples from anything that holds some."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from logicjsc.core.errors import ConfigError
from logicjsc.core.settings import read_table
from logicjsc.dataset import DataConfig, Dataset
from logicjsc.dataset import load_dataset as load
from logicjsc.dataset.load import from_memory
from logicjsc.dataset.task import known_tasks


def load_dataset(
    data: Any,  # noqa: ANN401 - a path, a name, a data frame or an array
    target: Any = None,  # noqa: ANN401 - a name, several, or an array
    ignore: str | Sequence[str] = (),
    *,
    test: Any = None,  # noqa: ANN401 - as data, or a pair of arrays
    feature_names: Sequence[str] = (),
    **settings: Any,  # noqa: ANN401 - of [data]
) -> Dataset:
    """Read samples and divide them into training, validation and test samples.

    Args:
        data: a file (CSV, Parquet, ARFF, HDF5, npz, a pair of .npy files, IDX) or a folder of them;
            the name of a known task such as ``"digits"``; a pandas or polars data frame; or an
            array ``[samples, features]``.
        target: name of the column that is predicted, or names of several; of an array of features
            an array ``[samples]`` or ``[samples, targets]``.
        ignore: columns that are left out.
        test: samples to test on: a file or folder; a data frame; or a pair of arrays.
        feature_names: of the columns of an array.
        **settings: further settings of ``[data]``, such as ``split_seed=1`` or
            ``missing="mean"``; ``logicjsc settings data`` lists them.

    Raises:
        DataError: the samples cannot be read, or are too few to divide.
        ConfigError: a setting is unknown or refused.
    """
    values = {**settings, "ignore": ignore if isinstance(ignore, str) else list(ignore)}
    if not isinstance(data, (str, Path)):
        config = read_table(DataConfig, values, "load_dataset", "data.")
        names = tuple(feature_names)
        others = None if test is None else test if isinstance(test, tuple) else (test, target)
        return from_memory(data, target, config, test=others, feature_names=names)
    if feature_names:
        raise ConfigError("feature_names belong to an array; a file names its columns itself")
    if isinstance(data, str) and data in known_tasks() and not Path(data).exists():
        values["task"] = data
    else:
        values["path"] = str(data)
    if target is not None:
        values["target"] = target if isinstance(target, str) else list(target)
    if test is not None:
        values["test_path"] = str(test)
    return load(read_table(DataConfig, values, "load_dataset", "data."))
