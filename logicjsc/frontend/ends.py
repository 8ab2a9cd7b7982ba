"""Ends that several kinds of imported models share: names, decoders, thermometers, popcounts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from logicjsc.core.errors import ImportedModelError
from logicjsc.netlist.builder import NetlistBuilder
from logicjsc.netlist.codec import CLASS, FEATURE, VALUE, Decoder, Encoder, numbered_names

if TYPE_CHECKING:
    from logicjsc.frontend.importer import Asked

Array = npt.NDArray[Any]

WIDEST_SCORE: Final = 20
"""Bits of an output that a decoder takes: it has a score of every code."""

_SUMMED: Final = 64
"""Most inputs of one node that adds; more are added in a tree."""


def feature_names(asked: Asked, count: int) -> tuple[str, ...]:
    """Names of a model's features that has none: those of the samples, or neutral ones.

    Raises:
        ImportedModelError: the samples have another number of features.
    """
    if asked.dataset is None:
        return numbered_names(FEATURE, count)
    names = tuple(asked.dataset.test.feature_names)
    if len(names) != count:
        raise ImportedModelError(
            f"the model takes {count} features, the samples of {asked.dataset.test.source} have "
            f"{len(names)}; give the samples that it was trained for"
        )
    return names


def class_names(asked: Asked, count: int) -> tuple[str, ...]:
    """Names of a model's classes that has none: those of the samples, or neutral ones.

    Raises:
        ImportedModelError: the samples have another number of classes.
    """
    if asked.dataset is None:
        return numbered_names(CLASS, count)
    names = tuple(asked.dataset.test.target.names)
    if len(names) != count:
        raise ImportedModelError(
            f"the model decides {count} classes, the samples of {asked.dataset.test.source} have "
            f"{len(names)}; give the samples that it was trained for"
        )
    return names


def code_scores(width: int, *, signed: bool) -> Array:
    """The value of every code as its score, float32 ``[2**width]``."""
    codes = np.arange(1 << width, dtype=np.int64)
    values = codes - ((codes >> (width - 1)) << width) if signed else codes
    return values.astype(np.float32)


def class_decoder(names: tuple[str, ...], width: int, *, signed: bool) -> Decoder:
    """The decoder of classes whose scores are the values of the codes."""
    return Decoder(names, code_scores(width, signed=signed), signed)


def value_decoder(count: int, width: int, *, signed: bool) -> Decoder:
    """The decoder of values that are those of the codes."""
    names = numbered_names(VALUE, count)
    return Decoder(names, code_scores(width, signed=signed), signed, "value")


def thermometers(
    names: tuple[str, ...], thresholds: Array, *, used: Array
) -> tuple[Encoder, list[tuple[str, int]], Array]:
    """An encoder of bits that say whether a feature reaches a threshold.

    Bits of one feature go into one input, whose code counts the thresholds that it reaches; only
    thresholds that are used are kept.

    Args:
        names: of the features.
        thresholds: float32 ``[features, bits]`` in any order; a bit is ``feature >= threshold``,
            and those at +infinity are never set.
        used: whether anything reads the bit, bool ``[features, bits]``.

    Returns:
        The encoder; name and width of each input; and for each bit the input and the count from
        which on it is set, int64 ``[features, bits, 2]``, -1 where it is not used.
    """
    places = np.full((*thresholds.shape, 2), -1, np.int64)
    levels = [np.unique(row[kept]) for row, kept in zip(thresholds, used, strict=True)]
    # An input whose thresholds are all beyond every number still has one bit.
    features = [feature for feature, kept in enumerate(used) if kept.any()]
    most = max((len(levels[feature]) for feature in features), default=1)
    filled = np.full((len(features), most), np.inf, np.float32)
    for index, feature in enumerate(features):
        filled[index, : len(levels[feature])] = levels[feature]
        places[feature, :, 0][used[feature]] = index
        places[feature, :, 1][used[feature]] = 1 + np.searchsorted(
            levels[feature], thresholds[feature][used[feature]]
        )
    codes = np.minimum(
        np.arange(most + 1)[None, :], np.array([len(levels[f]) for f in features])[:, None]
    )
    encoder = Encoder(names, np.array(features, np.int32), filled, codes.astype(np.uint32))
    inputs = [(names[feature], len(levels[feature]).bit_length()) for feature in features]
    return encoder, inputs, places


def popcount(builder: NetlistBuilder, bits: Sequence[int], width: int) -> int:
    """The number of bits that are set, as an unsigned signal.

    Args:
        builder: of the netlist.
        bits: signals of one bit, at least one.
        width: bits of the result.
    """
    terms = list(bits)
    while len(terms) > _SUMMED:
        terms = [
            builder.add(terms[place : place + _SUMMED]) for place in range(0, len(terms), _SUMMED)
        ]
    # A sum of sums may be wider by its widths than it can be by its bits.
    needed = sum((1 << builder.signal(term).width) - 1 for term in terms).bit_length()
    total = builder.add(terms, width=max(needed, width))
    if needed <= width:
        return total
    return builder.tabulate([total], lambda rows: rows[:, 0] & ((1 << width) - 1), width)
