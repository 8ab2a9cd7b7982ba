"""What a network reads: words of the features, and the codes that are cut out of them."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Final

import numpy as np

from logicjsc.core.errors import ConfigError, DataError
from logicjsc.dataset import Samples
from logicjsc.dataset.fixed_point import FixedPoint
from logicjsc.dataset.samples import Array
from logicjsc.methods.prune.choice import Patterns, choose_columns
from logicjsc.methods.prune.columns import CODES, Column
from logicjsc.methods.prune.config import PruneConfig
from logicjsc.methods.prune.goal import Goal

_BLOCK: Final = 4096
"""Samples whose words are made at a time: they take eight bytes each."""

_ARRAYS: Final = 20
"""Numbers of four bytes that training keeps for each content of a table."""

_NUMBER: Final = 4

_MEBI: Final = 2**20


@dataclass(frozen=True)
class Inputs:
    """What a network reads.

    Attributes:
        words: formats of the features' words.
        columns: the codes.
        size: how many codes there are, and how much memory training takes, in words.
    """

    words: FixedPoint
    columns: list[Column]
    size: str

    @classmethod
    def of(cls, train: Samples, goal: Goal, config: PruneConfig) -> Inputs:
        """Formats and codes that suit training samples.

        Args:
            train: the samples.
            goal: what codes should tell.
            config: settings.

        Raises:
            ConfigError: training would take more memory than there is.
            DataError: no feature changes, or none has a code.
        """
        _memory(train, config)
        words = FixedPoint.fit(train, config.data.feature_bits)
        columns = choose_columns(
            Patterns(_patterns(words, train), train.feature_names, words),
            goal.told(train),
            goal.lesson(train),
            config.network,
            seed=config.prune.seed,
        )
        if not columns:
            raise DataError(
                f"{train.source}: there is nothing to read: each feature is the same in all "
                f"training samples, or wider than five bits, of which network.windows, "
                f"network.segments and network.groups make no codes"
            )
        needed = _memory(train, config, len(columns))
        return cls(words, columns, f"{len(columns)} codes, about {needed / _MEBI:,.0f} MiB")

    def codes(self, samples: Samples) -> Array:
        """Codes of samples, uint8 ``[samples, columns]``."""
        patterns = _patterns(self.words, samples)
        found: Array = np.empty((len(samples), len(self.columns)), np.uint8)
        for place, column in enumerate(self.columns):
            found[:, place] = column.codes(patterns)
        return found


def _patterns(words: FixedPoint, samples: Samples) -> Array:
    """Words as unsigned integers, uint16 ``[samples, features]``."""
    found: Array = np.empty(samples.features.shape, np.uint16)
    for start in range(0, len(samples), _BLOCK):
        block = samples.features[start : start + _BLOCK]
        found[start : start + _BLOCK] = words.patterns(words.words(block))
    return found


def _memory(train: Samples, config: PruneConfig, columns: int = 0) -> int:
    """Bytes that training takes with so many codes.

    Raises:
        ConfigError: the machine has less.
    """
    samples, features = train.features.shape
    shape, outputs = config.network, train.target.outputs
    targets = shape.hidden + (outputs if shape.direct else 0)
    tables = columns * targets + shape.hidden * outputs
    needed = (
        samples * features * np.dtype(np.uint16).itemsize
        + samples * (1 + config.prune.image_copies) * (columns + _NUMBER * 2 * outputs)
        + tables * CODES * _NUMBER * _ARRAYS
    )
    there = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    if needed > there:
        raise ConfigError(
            f"{columns:,} codes of {samples:,} training samples and {targets:,} tables each take "
            f"about {needed / _MEBI:,.0f} MiB, and this machine has {there / _MEBI:,.0f}; lower "
            f"network.codes, network.hidden or data.train_samples"
        )
    return int(needed)
