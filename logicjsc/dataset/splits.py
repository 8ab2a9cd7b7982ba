"""Disjoint parts: train to learn, validation to choose the checkpoint, test to report once.

Three rules say which jets are tested on (``data.split``):

- ``"ours"``: in a folder, the files with the word ``test`` in their name (``jets_test.npz``,
  ``X_test.npy``); where there are none, a part of every class, drawn by ``split_seed``;
- ``"openml-80-20"``: a fifth of all rows in the order of the file, drawn by scikit-learn's
  ``train_test_split`` with random state 42, as in most published results on OpenML 42468;
- ``"file"``: as ``"ours"``, but a source without such files is refused.

Whatever the rule, the validation part is then drawn from the other jets, by class and
``split_seed``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from logicjsc.core.errors import DataError
from logicjsc.dataset.config import DataConfig
from logicjsc.dataset.samples import Array, JetData
from logicjsc.dataset.sources import bundled_sample, concatenate, jet_files, load_file

_TEST_FILE: Final = re.compile(r"(^|[^a-z])test($|[^a-z])", re.IGNORECASE)
"""A file name that says test, and not latest."""


_PUBLISHED_FRACTION: Final = 0.2
_PUBLISHED_SEED: Final = 42


@dataclass(frozen=True)
class JetSplits:
    """The three parts of a source.

    Attributes:
        train: jets to learn from.
        validation: jets that choose the checkpoint.
        test: jets that are touched once.
        rule: value of ``data.split`` that divided them.
    """

    train: JetData
    validation: JetData
    test: JetData
    rule: str = "ours"

    def fingerprint(self) -> str:
        """Fingerprints of the three parts, joined: equal splits, equal text."""
        return "-".join(part.fingerprint() for part in (self.train, self.validation, self.test))

    def provenance(self) -> dict[str, str]:
        """Source, rule and fingerprint, for a run's ``result.json``."""
        return {
            "source": self.train.source,
            "split": self.rule,
            "fingerprint": self.fingerprint(),
        }


def load_splits(config: DataConfig) -> JetSplits:
    """Read and divide the jets that a config names, by the rule ``data.split``.

    Raises:
        DataError: the jets cannot be read or do not suit the rule, a part would be empty, or there
            is but one class.
    """
    rng = np.random.default_rng(config.split_seed)
    training_pool, test = _pool_and_test(config, rng)
    keep, held_out = _divide(training_pool.labels, config.validation_fraction, rng)
    if config.train_jets:
        if config.train_jets > len(keep):
            raise DataError(
                f"data.train_jets = {config.train_jets}, but {training_pool.source} leaves "
                f"{len(keep)} jets for training"
            )
        keep = rng.permutation(keep)[: config.train_jets]
    if not (len(keep) and len(held_out) and len(test)):
        raise DataError(f"{training_pool.source} has too few jets to divide: {len(training_pool)}")
    classes = np.unique(training_pool.labels)
    if len(classes) == 1:
        only = training_pool.class_names[int(classes[0])]
        raise DataError(
            f"{training_pool.source} holds jets of one class only, {only}; there is nothing to "
            f"tell apart"
        )
    return JetSplits(
        train=training_pool.take(keep, "train"),
        validation=training_pool.take(held_out, "validation"),
        test=test,
        rule=config.split,
    )


def load_test(config: DataConfig) -> JetData:
    """The test part of `load_splits` alone; where files name it, no other file is read."""
    path = Path(config.path)
    files = _test_files(path, jet_files(path)) if config.path else []
    if files and config.split != "openml-80-20":
        return _named_test(path, files)
    return load_splits(config).test


def _pool_and_test(config: DataConfig, rng: np.random.Generator) -> tuple[JetData, JetData]:
    """Jets to train and validate on, and jets to test on."""
    path = Path(config.path)
    files = jet_files(path) if config.path else []
    test_files = _test_files(path, files)
    if config.split == "file" and not test_files:
        raise DataError(
            f"data.split = 'file', but {config.path or 'the bundled sample'} is no folder with a "
            f"file of jets that has test in its name; use data.split = 'ours'"
        )
    if test_files and config.split != "openml-80-20":
        return _by_file(path, files, test_files)
    if files:
        jets = concatenate([load_file(file) for file in files], str(path))
    else:
        jets = bundled_sample()
    if config.split == "openml-80-20":
        rest, test = _published_rows(len(jets))
    else:
        rest, test = _divide(jets.labels, config.test_fraction, rng)
    if not (len(rest) and len(test)):
        raise DataError(f"{jets.source} has too few jets to divide: {len(jets)}")
    return jets.take(rest, "all"), jets.take(test, "test")


def _by_file(path: Path, files: list[Path], test_files: list[Path]) -> tuple[JetData, JetData]:
    others = [file for file in files if file not in test_files]
    if not others:
        raise DataError(f"{path} holds test files only; nothing is left to train on")
    pool = concatenate([load_file(file) for file in others], str(path))
    return pool, _named_test(path, test_files)


def _test_files(path: Path, files: list[Path]) -> list[Path]:
    """Of the files of a folder, those that say in their name that they are for the test."""
    return [file for file in files if path.is_dir() and _TEST_FILE.search(file.stem)]


def _named_test(path: Path, test_files: list[Path]) -> JetData:
    tests = concatenate([load_file(file) for file in test_files], str(path))
    return tests.take(np.arange(len(tests)), "test")


def _published_rows(jets: int) -> tuple[Array, Array]:
    """Rows to train and to test on; the test rows are a matter of the number of jets only."""
    from sklearn.model_selection import train_test_split

    if jets < 2:  # noqa: PLR2004 - scikit-learn's own refusal names neither file nor fix
        return np.arange(jets), np.arange(0)
    rest, test = train_test_split(
        np.arange(jets), test_size=_PUBLISHED_FRACTION, random_state=_PUBLISHED_SEED
    )
    return rest, test


def _divide(labels: Array, fraction: float, rng: np.random.Generator) -> tuple[Array, Array]:
    """Rows kept and rows taken; of every class, ``fraction`` is taken. Both are ascending."""
    taken = [
        rng.permutation(rows)[: round(fraction * rows.size)]
        for rows in (np.flatnonzero(labels == label) for label in np.unique(labels))
    ]
    mask = np.zeros(labels.size, np.bool_)
    mask[np.concatenate(taken)] = True
    return np.flatnonzero(~mask), np.flatnonzero(mask)
