"""Disjoint parts: train to learn, validation to choose the checkpoint, test to report once."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from logicjsc.config import DataConfig
from logicjsc.data.jets import Array, JetData
from logicjsc.data.sources import bundled_sample, concatenate, jet_files, load_file
from logicjsc.errors import DataError

_TEST_FILE: Final = re.compile(r"(^|[^a-z])test($|[^a-z])", re.IGNORECASE)
"""A file name that says test, and not latest."""


@dataclass(frozen=True)
class JetSplits:
    """The three parts of a source."""

    train: JetData
    validation: JetData
    test: JetData

    def fingerprint(self) -> str:
        """Fingerprints of the three parts, joined: equal splits, equal text."""
        return "-".join(part.fingerprint() for part in (self.train, self.validation, self.test))


def load_splits(config: DataConfig) -> JetSplits:
    """Read and divide the jets that a config names.

    In a folder, files with the word ``test`` in their name (``jets_test.npz``, ``test-2.npz``) are
    the test part and are never trained on.
    Elsewhere a part of every class, drawn by ``split_seed``, is. The validation part is drawn from
    the remaining jets in the same way.

    Raises:
        DataError: the jets cannot be read, or a part would be empty.
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
    return JetSplits(
        train=training_pool.take(keep, "train"),
        validation=training_pool.take(held_out, "validation"),
        test=test,
    )


def _pool_and_test(config: DataConfig, rng: np.random.Generator) -> tuple[JetData, JetData]:
    """Jets to train and validate on, and jets to test on."""
    if config.path:
        path = Path(config.path)
        files = jet_files(path)
        test_files = [file for file in files if path.is_dir() and _TEST_FILE.search(file.stem)]
        if test_files:
            others = [file for file in files if file not in test_files]
            if not others:
                raise DataError(f"{path} holds test files only; nothing is left to train on")
            tests = concatenate([load_file(file) for file in test_files], str(path))
            pool = concatenate([load_file(file) for file in others], str(path))
            return pool, tests.take(np.arange(len(tests)), "test")
        jets = concatenate([load_file(file) for file in files], str(path))
    else:
        jets = bundled_sample()
    rest, test = _divide(jets.labels, config.test_fraction, rng)
    if not (len(rest) and len(test)):
        raise DataError(f"{jets.source} has too few jets to divide: {len(jets)}")
    return jets.take(rest, "all"), jets.take(test, "test")


def _divide(labels: Array, fraction: float, rng: np.random.Generator) -> tuple[Array, Array]:
    """Rows kept and rows taken; of every class, ``fraction`` is taken. Both are ascending."""
    taken = [
        rng.permutation(rows)[: round(fraction * rows.size)]
        for rows in (np.flatnonzero(labels == label) for label in np.unique(labels))
    ]
    mask = np.zeros(labels.size, np.bool_)
    mask[np.concatenate(taken)] = True
    return np.flatnonzero(~mask), np.flatnonzero(mask)
