"""Costs of single changes, one entry and one sample at a time; and small netlists to change.

Nothing of the product's search is used: the reference evaluator runs the whole network.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from reference.netlist_reference import reference_outputs

from logicjsc.dataset import Target
from logicjsc.methods.finetune import CodedSamples
from logicjsc.netlist import Decoder, Netlist, SumLayer, TableLayer

SCORES = 0.7 * np.array([0, 1, 2, 3, -4, -3, -2, -1])
"""Of signed codes of three bits."""


def naive_cost(netlist: Netlist, sample: CodedSamples, error_weight: float) -> float:
    """Cross-entropy and fines of all samples."""
    total = 0.0
    for vector, label in zip(sample.codes, sample.targets, strict=True):
        scores = [float(netlist.decoder.scores[c]) for c in reference_outputs(netlist, vector)]
        total += math.log(sum(math.exp(score) for score in scores)) - scores[label]
        total += error_weight * (scores.index(max(scores)) != label)
    return total


def with_entry(netlist: Netlist, name: str, node: int, row: int, code: int) -> Netlist:
    """The netlist with another code in one row of one table."""
    layers = list(netlist.layers)
    number = [layer.name for layer in layers].index(name)
    tables = layers[number].tables.copy()
    tables[node, row] = code
    layers[number] = replace(layers[number], tables=tables)
    return replace(netlist, layers=tuple(layers))


def naive_changes(
    netlist: Netlist, name: str, node: int, sample: CodedSamples, error_weight: float
) -> dict[tuple[int, int], float]:
    """What every code of every row of a table would change, by row and code."""
    (layer,) = (layer for layer in netlist.layers if layer.name == name)
    before = naive_cost(netlist, sample, error_weight)
    return {
        (row, code): naive_cost(with_entry(netlist, name, node, row, code), sample, error_weight)
        - before
        for row in range(layer.tables.shape[1])
        for code in range(1 << int(layer.widths[node]))
    }


def small_scorer(seed: int) -> Netlist:
    """Random tables of two to five bits, a sum, skip connections, a dead node, three scores."""
    rng = np.random.default_rng(seed)
    narrow = TableLayer(
        "narrow",
        1,
        np.array([[0, 1], [1, 2], [2, 3], [3, 0]]),
        rng.integers(0, 4, (4, 16)),
        np.full(4, 2),
        np.zeros(4, bool),
    )
    wide = TableLayer(
        "wide",
        1,
        np.array([[0], [2]]),
        rng.integers(0, 32, (2, 4)),
        np.full(2, 5),
        np.ones(2, bool),
    )
    total = SumLayer(
        "total",
        2,
        np.array([[4, 8, 9]]),
        np.array([[1, 0, 0]]),
        np.array([[False, True, False]]),
        np.array([2]),
        np.array([7]),
        np.array([True]),
    )
    code = np.arange(128)
    rising = (np.where(code < 64, code, code - 128) // 9 & 7).repeat(4)
    blurred = np.where(rng.random((3, 512)) < 0.3, rng.integers(0, 8, (3, 512)), rising)
    scores = TableLayer(
        "scores", 3, np.array([[10, 5], [10, 6], [10, 1]]), blurred, np.full(3, 3), np.ones(3, bool)
    )
    return Netlist(
        "scorer",
        tuple("abcd"),
        np.full(4, 2),
        np.zeros(4, bool),
        (narrow, wide, total, scores),
        np.array([11, 12, 13]),
        decoder=Decoder(("x", "y", "z"), SCORES, signed=True),
        provenance={"made": "up"},
    )


def small_sample(seed: int, samples: int = 60) -> CodedSamples:
    """Input codes with a class that depends on them, most of the time."""
    rng = np.random.default_rng(seed)
    codes = rng.integers(0, 4, (samples, 4))
    labels = np.where(
        rng.random(samples) < 0.2, rng.integers(0, 3, samples), (codes[:, 0] + codes[:, 2]) % 3
    )
    return CodedSamples(codes, labels, Target("classes", ("x", "y", "z")))
