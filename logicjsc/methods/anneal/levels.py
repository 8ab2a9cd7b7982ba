"""Features as levels: one byte that says how many of a feature's thresholds a sample reaches.

A bit of the network's input is "level at least L". Where features are fixed-point words, levels are
words, and a threshold has the price of its comparator: a LUT compares up to six bits with a
constant, and the low bits of a word do not matter to a constant that ends in zeros.

The bits of a word are wires, and a LUT may read them as they are: several of them are a comparator,
or any other function of the word, in the LUT that uses it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from logicjsc.core.errors import ConfigError
from logicjsc.dataset import Samples
from logicjsc.dataset.fixed_point import FixedPoint
from logicjsc.dataset.samples import Array
from logicjsc.dataset.scaler import exact_words

MOST_THRESHOLDS: Final = 255
"""Of one feature, so that a level is a byte."""

LUT_INPUTS: Final = 6

MOST_LUTS: Final = 8
"""More than any comparator of a word takes."""


@dataclass(frozen=True, eq=False)
class Levels:
    """Thresholds that a network may use.

    Attributes:
        thresholds: by feature, ascending float32; none for a feature that equals an earlier one.
        costs: LUTs of the comparator of each threshold, by feature, float64.
        words: fixed-point words that the thresholds lie between, if features are words.
        wires: feature and place (0: the lowest) of each bit of a word that may be read as it is;
            their levels follow those of the features.
    """

    thresholds: tuple[Array, ...]
    costs: tuple[Array, ...]
    words: FixedPoint | None = None
    wires: tuple[tuple[int, int], ...] = ()

    @classmethod
    def fit(
        cls, samples: Samples, bits: int = 0, most_luts: int = MOST_LUTS, wires: int = 0
    ) -> Levels:
        """Thresholds between all values, or at quantiles where there are more than 255 of them.

        Args:
            samples: training samples.
            bits: width of the words that features are rounded to; 0 leaves them as they are.
            most_luts: leave out thresholds whose comparators take more.
            wires: so many bits below the highest of each word may be read as they are; the highest
                one is a threshold.

        Raises:
            ConfigError: no threshold is left, or bits of features that are no words are asked for.
        """
        words = FixedPoint.fit(samples, bits) if bits or exact_words(samples) else None
        if wires and words is None:
            raise ConfigError(
                f"network.word_bits = {wires} needs features that are words; set data.feature_bits"
            )
        kinds = samples.schema.feature_kinds
        values = samples.features if words is None else words.words(samples.features)
        thresholds, costs = [], []
        seen: set[bytes] = set()
        for feature, column in enumerate(values.T):
            key = column.tobytes()
            chosen = _between(column, rounded=words is not None) if key not in seen else column[:0]
            seen.add(key)
            if words is None:
                thresholds.append(chosen.astype(np.float32))
                # A bit is its own comparator.
                costs.append(np.full(len(chosen), float(kinds[feature] != "bit")))
            else:
                thresholds.append(words.of_feature(feature).borders(chosen[None])[0])
                width = words.widths[feature]
                costs.append(np.array([_comparator(int(word), width) for word in chosen], float))
        kept = [cost <= most_luts for cost in costs]
        thresholds = [values[keep] for values, keep in zip(thresholds, kept, strict=True)]
        costs = [values[keep] for values, keep in zip(costs, kept, strict=True)]
        if not any(cost.size for cost in costs):
            raise ConfigError(
                f"anneal.most_threshold_luts = {most_luts} leaves no threshold of any feature; "
                f"features that are no words take a LUT for each, so allow 1 or more"
            )
        return cls(tuple(thresholds), tuple(costs), words, _wires(words, thresholds, wires))

    def of(self, samples: Samples) -> Array:
        """Levels of samples, uint8 ``[features and wires, samples]``."""
        columns = [
            np.searchsorted(thresholds, column, side="right")
            for thresholds, column in zip(self.thresholds, samples.features.T, strict=True)
        ]
        if self.words is not None and self.wires:
            patterns = self.words.patterns(self.words.words(samples.features))
            columns += [patterns[:, feature] >> place & 1 for feature, place in self.wires]
        return np.ascontiguousarray(columns, np.uint8)

    def cost_table(self) -> Array:
        """Cost of the threshold that makes each level, float64 ``[features and wires, 256]``.

        Infinite where there is none: at level 0, and beyond the last threshold.
        """
        table = np.full((len(self.costs) + len(self.wires), MOST_THRESHOLDS + 1), np.inf)
        for row, costs in zip(table, self.costs, strict=False):
            row[1 : len(costs) + 1] = costs
        table[len(self.costs) :, 1] = 0.0
        return table

    def feature_of(self, row: int) -> int:
        """The feature that a row of levels is of."""
        return row if row < len(self.costs) else self.wires[row - len(self.costs)][0]

    def borders(self, row: int, level: int) -> Array:
        """Values of the feature, ascending float32, at which a level's bit changes; it begins at 0.

        Args:
            row: of the levels.
            level: from 1.
        """
        if row < len(self.costs) or self.words is None:
            return np.asarray(self.thresholds[row][level - 1 : level])
        feature, place = self.wires[row - len(self.costs)]
        words = self.words.of_feature(feature)
        # The lowest word ends in zeros, as do all words at which the bit changes.
        changes = np.arange(words.lows[0], words.highs[0] + 1, 1 << place)[1:]
        return np.asarray(words.borders(changes[None])[0])


def _wires(
    words: FixedPoint | None, thresholds: list[Array], count: int
) -> tuple[tuple[int, int], ...]:
    """So many bits below the highest, of each word that has thresholds."""
    if words is None:
        return ()
    return tuple(
        (feature, place)
        for feature, (width, own) in enumerate(zip(words.widths, thresholds, strict=True))
        if own.size
        for place in range(max(width - 1 - count, 0), width - 1)
    )


def _between(column: Array, *, rounded: bool = False) -> Array:
    """Values that not all samples reach, ascending; at most 255, about as many samples apart.

    Args:
        column: values of samples.
        rounded: values are whole numbers, and of all that part the samples alike, or nearly so
            where there are more than 255, that one is taken which ends in the most zeros.
    """
    values, counts = np.unique(column, return_counts=True)
    # A threshold may lie anywhere behind the value before.
    lowest, highest = values[:-1], values[1:]
    if len(highest) > MOST_THRESHOLDS:
        below = np.cumsum(counts)[:-1]
        wanted = np.arange(1, MOST_THRESHOLDS + 1) * (len(column) / (MOST_THRESHOLDS + 1))
        nearest = np.minimum(np.searchsorted(below, wanted), len(highest) - 1)
        nearest = np.unique(nearest)
        if rounded:
            # Up to halfway to the neighbours, so that the order stays.
            halfway = (nearest[:-1] + nearest[1:]) // 2
            first = np.concatenate([nearest[:1], halfway + 1])
            last = np.concatenate([halfway, nearest[-1:]])
            return _roundest(lowest[first], highest[last])
        return np.asarray(highest[nearest])
    return _roundest(lowest, highest) if rounded else np.asarray(highest)


def _roundest(low: Array, high: Array) -> Array:
    """Of the whole numbers above ``low`` and up to ``high``, those that end in the most zeros."""
    best = high.copy()
    largest = int(np.abs(np.concatenate([low, high])).max(initial=0))
    for zeros in range(1, largest.bit_length() + 1):
        rounder = high >> zeros << zeros
        best = np.where(rounder > low, rounder, best)
    return np.asarray(best)


def _comparator(word: int, bits: int) -> int:
    """LUTs that compare a word with a constant: one for six bits, one for five more each.

    The highest bit of a word is a wire, and a constant of which only that bit is set compares it.
    """
    trailing = (word & -word).bit_length() - 1 if word else bits - 1
    compared = max(bits - trailing, 1)
    if compared == 1:
        return 0
    return 1 + max(-(-(compared - LUT_INPUTS) // (LUT_INPUTS - 1)), 0)
