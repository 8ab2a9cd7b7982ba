"""Encoder and argmax once more, one value at a time; and small netlists with both ends."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from logicjsc.dataset.fixed_point import FixedPoint
from logicjsc.netlist import Decoder, Encoder, Netlist, TableLayer


def reference_word(pattern: int, bits: int, low: int) -> int:
    """The word that a bit pattern stands for."""
    return pattern - 2**bits if low < 0 and pattern >= 2 ** (bits - 1) else pattern


def reference_code(encoder: Encoder, signal: int, pattern: int, words: FixedPoint) -> int:
    """Code of one input for the bit pattern of its feature's word: count thresholds, look up."""
    feature = int(encoder.features[signal])
    word = reference_word(pattern, words.widths[feature], words.lows[feature])
    value = word * 2.0 ** words.exponents[feature]
    reached = 0
    for threshold in encoder.thresholds[signal]:
        if value >= float(threshold):
            reached += 1
    return int(encoder.codes[signal][reached])


def reference_class(codes: Sequence[int], width: int, *, signed: bool) -> int:
    """Index of the largest code; of equal ones the first."""
    best, winner = None, -1
    for index, code in enumerate(codes):
        value = int(code)
        if signed and value >= 2 ** (width - 1):
            value -= 2**width
        if best is None or value > best:
            best, winner = value, index
    return winner


def netlist_with_ends(
    seed: int, *, classes: int = 5, width: int = 3, signed: bool = True, bits: int = 4
) -> Netlist:
    """Two stages of tables between an encoder of three words and a decoder.

    Input ``b`` reaches no output, nor does feature ``spare``; ``a`` and ``d`` share a feature.
    """
    rng = np.random.default_rng(seed)
    input_widths = np.array([3, 2, 2, 1])
    inner = {"widths": np.full(4, 2), "signed": np.zeros(4, bool)}
    outer = {"widths": np.full(classes, width), "signed": np.full(classes, signed)}
    layers = (
        TableLayer(
            "inner",
            1,
            np.array([[0, 2, 3], [2, 3, 0], [3, 0, 2], [0, 3, 2]]),
            rng.integers(0, 4, (4, 64)),
            **inner,
        ),
        TableLayer(
            "outer",
            2,
            rng.integers(4, 8, (classes, 3)),
            rng.integers(0, 1 << width, (classes, 64)),
            **outer,
        ),
    )
    thresholds = np.sort(rng.normal(0, 2, (4, 7)), axis=1)
    thresholds[3, 1:] = np.inf
    encoder = Encoder(
        ("x", "spare", "y"),
        np.array([0, 1, 2, 0]),
        thresholds,
        rng.integers(0, (1 << input_widths)[:, None], (4, 8)),
        words=FixedPoint.uniform(bits, (-1, 3, 0), (-(1 << (bits - 1)), 0, 0)),
    )
    scores = np.cumsum(rng.uniform(0.1, 1, 1 << width)).astype(np.float32)
    if signed:
        scores = np.roll(scores, 1 << (width - 1))
    names = tuple(f"class {index}" for index in range(classes))
    return Netlist(
        "ends",
        ("a", "b", "c", "d"),
        input_widths,
        np.array([True, False, True, False]),
        layers,
        np.arange(8, 8 + classes),
        encoder,
        Decoder(names, scores, signed),
    )
