"""Disjoint parts: train to learn, validation to choose, test to report once.

Three rules say which samples are tested on (``data.split``):

- ``"ours"``: the samples of ``data.test_path``; else, in a folder, the files with the word ``test``
  or ``testing`` in their name (``flows_test.npz``, ``X_test.npy``), or ``t10k``, as the test images
  of IDX sets are called; where there are none, a fraction of every class, drawn by ``split_seed``;
- ``"sklearn-80-20"``: a fifth of all rows in the order of the file, drawn by scikit-learn's
  ``train_test_split`` with random state 42, as in many published results;
- ``"file"``: as ``"ours"``, but a source without such files is refused.

Whatever the rule, the validation part is then drawn from the other samples, by class and
``split_seed``.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import numpy as np

from logicjsc.core.errors import DataError
from logicjsc.dataset.config import DataConfig
from logicjsc.dataset.table import Array

_TEST_FILE: Final = re.compile(r"(^|[^a-z])(test|testing|t10k)($|[^a-z])", re.IGNORECASE)
"""A file name that says test, and not latest."""

_PUBLISHED_FRACTION: Final = 0.2
_PUBLISHED_SEED: Final = 42
_FEWEST: Final = 2


def test_files(path: Path, files: list[Path]) -> list[Path]:
    """Of the files of a folder, those that say in their name that they are for the test."""
    return [file for file in files if path.is_dir() and _TEST_FILE.search(file.stem)]


def divide_test(
    strata: Array, config: DataConfig, rng: np.random.Generator, source: str
) -> tuple[Array, Array]:
    """Rows to train and validate on, and rows to test on, both ascending.

    Args:
        strata: what is divided alike, such as classes, ``[samples]``.
        config: rule and fractions.
        rng: of ``split_seed``.
        source: for messages.

    Raises:
        DataError: there are too few samples.
    """
    if config.split == "sklearn-80-20":
        rest, test = _published_rows(len(strata))
    else:
        rest, test = _divide(strata, config.test_fraction, rng)
    if not (len(rest) and len(test)):
        raise DataError(f"{source} has too few samples to divide: {len(strata)}")
    return rest, test


def divide_validation(
    strata: Array, config: DataConfig, rng: np.random.Generator, source: str
) -> tuple[Array, Array]:
    """Rows to train on, and rows to validate on, both among those that are not tested on.

    Raises:
        DataError: there are too few samples.
    """
    keep, held_out = _divide(strata, config.validation_fraction, rng)
    if config.train_samples:
        if config.train_samples > len(keep):
            raise DataError(
                f"data.train_samples = {config.train_samples}, but {source} leaves {len(keep)} "
                f"samples for training"
            )
        keep = rng.permutation(keep)[: config.train_samples]
    if not (len(keep) and len(held_out)):
        raise DataError(f"{source} has too few samples to divide: {len(strata)}")
    return keep, held_out


def _published_rows(samples: int) -> tuple[Array, Array]:
    """Rows to train and to test on; the test rows are a matter of the number of samples only."""
    from sklearn.model_selection import train_test_split

    if samples < _FEWEST:  # scikit-learn's own refusal names neither file nor fix
        return np.arange(samples), np.arange(0)
    rest, test = train_test_split(
        np.arange(samples), test_size=_PUBLISHED_FRACTION, random_state=_PUBLISHED_SEED
    )
    return rest, test


def _divide(strata: Array, fraction: float, rng: np.random.Generator) -> tuple[Array, Array]:
    """Rows kept and rows taken; of every stratum, ``fraction`` is taken. Both are ascending."""
    taken = [
        rng.permutation(rows)[: round(fraction * rows.size)]
        for rows in (np.flatnonzero(strata == stratum) for stratum in np.unique(strata))
    ]
    mask = np.zeros(strata.size, np.bool_)
    mask[np.concatenate(taken)] = True
    return np.flatnonzero(~mask), np.flatnonzero(mask)
