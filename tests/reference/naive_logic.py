"""Networks of LUTs evaluated sample by sample, and the best exchange of one input."""

from __future__ import annotations

from collections import Counter

import numpy as np

from logicjsc.methods.anneal.network import LEVELS, LogicNetwork


def naive_bits(network: LogicNetwork, levels: np.ndarray, outputs: int) -> np.ndarray:
    """Output bits ``[samples, outputs]`` of levels ``[features, samples]``."""
    rows = []
    for sample in levels.T.tolist():
        signals: list[int] = []
        for sources, contents in zip(network.inputs.tolist(), network.tables.tolist(), strict=True):
            address = 0
            for place, source in enumerate(sources):
                if source < network.features * LEVELS:
                    bit = int(sample[source // LEVELS] >= source % LEVELS)
                else:
                    bit = signals[source - network.features * LEVELS]
                address |= bit << place
            signals.append(contents >> address & 1)
        rows.append(signals[-outputs:])
    return np.array(rows)


def naive_correct(network: LogicNetwork, levels, labels, decision) -> np.ndarray:
    """For every sample, whether its output bits, the first the lowest, stand for its class."""
    outputs = len(decision).bit_length() - 1
    bits = naive_bits(network, levels, outputs)
    codes = (bits << np.arange(outputs)).sum(axis=1)
    return decision[codes] == labels


def naive_right(network: LogicNetwork, levels, labels, decision) -> int:
    """Samples that are classified rightly."""
    return int(naive_correct(network, levels, labels, decision).sum())


def best_with_all_thresholds(levels, labels) -> int:
    """Samples that a table of all levels together classifies rightly: the most there can be."""
    cells: dict[tuple[int, ...], Counter[int]] = {}
    for sample, label in zip(levels.T.tolist(), labels.tolist(), strict=True):
        cells.setdefault(tuple(sample), Counter())[label] += 1
    return sum(max(counts.values()) for counts in cells.values())
