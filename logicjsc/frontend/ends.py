"""Ends that several kinds of imported models share: names, decoders, counts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from logicjsc.core.errors import ImportedModelError
from logicjsc.netlist.builder import NetlistBuilder
from logicjsc.netlist.codec import CLASS, FEATURE, VALUE, Decoder, numbered_names

if TYPE_CHECKING:
    from logicjsc.frontend.importer import Asked

Array = npt.NDArray[Any]

WIDEST_SCORE: Final = 20
"""Bits of an output that a decoder takes: it has a score of every code."""


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


def count_classes(
    builder: NetlistBuilder, bits: Sequence[int], names: tuple[str, ...]
) -> tuple[list[int], Decoder]:
    """A signal per class that counts its share of the bits, and the decoder of them.

    Args:
        builder: of the netlist.
        bits: signals of one bit, those of the first class first, as many for each class.
        names: of the classes.
    """
    share = len(bits) // len(names)
    width = share.bit_length()
    sums = [
        builder.add(bits[place : place + share], width=width, signed=False)
        for place in range(0, share * len(names), share)
    ]
    return sums, class_decoder(names, width, signed=False)
