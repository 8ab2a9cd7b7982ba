"""The encoder as the first layer of a netlist, whose inputs are then the words of the features.

Comparators are one way to build an encoder, truth tables of words are another: then whatever maps,
proves and simulates networks does so with encoder and network as one.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from logicjsc.core.errors import NetlistError
from logicjsc.dataset.fixed_point import FixedPoint
from logicjsc.netlist.codec import Encoder, check_words
from logicjsc.netlist.ir import Netlist
from logicjsc.netlist.layers import Layer, TableLayer

MOST_BITS: Final = 12
"""Widest words that become addresses of tables."""


def with_word_inputs(netlist: Netlist, words: FixedPoint) -> Netlist:
    """A netlist that takes the words of all features, in their order, and gives the same codes.

    Its first stage holds a table per input of the netlist given; its own encoder does no more than
    round features to words, so a circuit's has nothing to compute.

    Args:
        netlist: the network.
        words: formats of the words.

    Raises:
        NetlistError: the netlist has no encoder, the formats do not fit it, or the words are wider
            than `MOST_BITS`.
    """
    encoder = netlist.encoder
    if encoder is None:
        raise NetlistError(f"netlist {netlist.name!r} has no encoder, so it cannot take words")
    check_words(words, len(encoder.feature_names))
    if words.bits > MOST_BITS:
        raise NetlistError(
            f"words of {words.bits} bits are too wide for tables; use at most {MOST_BITS}"
        )
    features = len(encoder.feature_names)
    names = {layer.name for layer in netlist.layers}
    name = "encoder"
    while name in names:
        name += "_"
    # Rows are codes of words: those of a signed word start at 0, the negative ones follow.
    patterns = np.arange(1 << words.bits, dtype=np.int64)
    numbers = words.numbers(patterns[:, None])
    codes = encoder.encode((numbers * words.steps()).astype(np.float32))
    first = TableLayer(
        name, 1, encoder.features[:, None], codes.T, netlist.input_widths, netlist.input_signed
    )
    return Netlist(
        name=netlist.name,
        input_names=encoder.feature_names,
        input_widths=np.full(features, words.bits),
        input_signed=np.array(words.lows) < 0,
        layers=(first, *(_moved(layer, features) for layer in netlist.layers)),
        outputs=netlist.outputs + features,
        encoder=word_encoder(encoder.feature_names, words),
        decoder=netlist.decoder,
        provenance=netlist.provenance,
    )


def _moved(layer: Layer, features: int) -> Layer:
    return replace(layer, stage=layer.stage + 1, inputs=layer.inputs + features)


def word_encoder(names: tuple[str, ...], words: FixedPoint) -> Encoder:
    """An encoder whose codes are the words themselves.

    Args:
        names: of the features.
        words: formats of their words.
    """
    numbers = np.array(words.lows, np.int64)[:, None] + np.arange(1 << words.bits)
    return Encoder(
        names,
        np.arange(len(names)),
        words.borders(numbers[:, 1:]),
        words.patterns(numbers),
        words,
    )
