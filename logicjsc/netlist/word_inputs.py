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
from logicjsc.netlist.layers import Array, Layer, TableLayer

MOST_BITS: Final = 16
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
    if words.widest > MOST_BITS:
        raise NetlistError(
            f"words of {words.widest} bits are too wide for tables; use at most {MOST_BITS}"
        )
    features = len(encoder.feature_names)
    names = {layer.name for layer in netlist.layers}
    name = "encoder"
    while name in names:
        name += "_"
    first, place = _first_stage(netlist, encoder, words, name)
    moved = np.concatenate(
        [features + place, features + np.arange(netlist.inputs, netlist.signals)]
    )
    return Netlist(
        name=netlist.name,
        input_names=encoder.feature_names,
        input_widths=np.array(words.widths),
        input_signed=np.array(words.lows) < 0,
        layers=(*first, *(_moved(layer, moved) for layer in netlist.layers)),
        outputs=moved[netlist.outputs],
        encoder=word_encoder(encoder.feature_names, words),
        decoder=netlist.decoder,
        provenance=netlist.provenance,
    )


def takes_words(netlist: Netlist) -> bool:
    """Whether the inputs of a netlist are the words of all features already."""
    encoder = netlist.encoder
    if encoder is None or encoder.words is None:
        return False
    plain = word_encoder(encoder.feature_names, encoder.words)
    return all(
        np.array_equal(getattr(encoder, name), getattr(plain, name))
        for name in ("features", "thresholds", "codes")
    )


def _moved(layer: Layer, moved: Array) -> Layer:
    return replace(layer, stage=layer.stage + 1, inputs=moved[layer.inputs])


def word_encoder(names: tuple[str, ...], words: FixedPoint) -> Encoder:
    """An encoder whose codes are the words themselves.

    Args:
        names: of the features.
        words: formats of their words.
    """
    most = 1 << words.widest
    numbers = np.array(words.lows, np.int64)[:, None] + np.arange(most)
    highs = np.array(words.highs)[:, None]
    # Features with narrower words have fewer thresholds; unused places hold +infinity.
    real = numbers[:, 1:] <= highs
    borders = words.borders(np.minimum(numbers, highs)[:, 1:])
    return Encoder(
        names,
        np.arange(len(names)),
        np.where(real, borders, np.float32(np.inf)),
        words.patterns(np.minimum(numbers, highs).T).T,
        words,
    )


def _first_stage(
    netlist: Netlist, encoder: Encoder, words: FixedPoint, name: str
) -> tuple[list[TableLayer], Array]:
    """A table for each input of a netlist; inputs whose words have one width share a layer.

    Returns:
        The layers, and the place of each input among their nodes, int64 ``[inputs]``.
    """
    widths = np.array(words.widths)[encoder.features]
    codes = {}
    for width in np.unique(widths).tolist():
        # Rows are codes of words: those of a signed word start at 0, the negative ones follow.
        patterns = np.arange(1 << width, dtype=np.int64)
        numbers = words.numbers(np.repeat(patterns[:, None], len(words.widths), axis=1))
        encoded = encoder.encode((numbers * words.steps()).astype(np.float32))
        codes[width] = encoded.T
    layers, place, count = [], np.zeros(netlist.inputs, np.int64), 0
    for width in np.unique(widths).tolist():
        of_width = np.flatnonzero(widths == width)
        place[of_width] = count + np.arange(of_width.size)
        count += of_width.size
        layers.append(
            TableLayer(
                name if len(codes) == 1 else f"{name}_{width}",
                1,
                encoder.features[of_width][:, None],
                codes[width][of_width],
                netlist.input_widths[of_width],
                netlist.input_signed[of_width],
            )
        )
    return layers, place
