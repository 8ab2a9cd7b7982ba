"""Places of inputs, outputs and features in the buses of a circuit, for its manifest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

import numpy as np

from logicjsc.emit.ends.encoder_plan import FeatureSteps
from logicjsc.emit.ends.word_format import WordFormat
from logicjsc.emit.hdl.bus import Bus
from logicjsc.netlist import Decoder, Encoder, Netlist
from logicjsc.netlist.layers import Array


@dataclass(frozen=True)
class InputEncoding:
    """How a raw feature becomes an input code; see `logicjsc.netlist.Encoder`.

    Attributes:
        feature: name of the raw feature.
        thresholds: ascending; the number of thresholds reached selects the code.
        codes: one code more than there are thresholds.
    """

    feature: str
    thresholds: tuple[float, ...]
    codes: tuple[int, ...]


@dataclass(frozen=True)
class InputPlace:
    """Bits of ``in_codes`` that carry one input."""

    name: str
    msb: int
    lsb: int
    width: int
    signed: bool
    encoding: InputEncoding | None = None


@dataclass(frozen=True)
class OutputPlace:
    """Bits of ``out_codes`` that carry one output.

    Attributes:
        name: of the class, label or value.
        msb: highest bit.
        lsb: lowest bit.
        width: bits of the code.
        signed: whether it is two's complement.
        scale: ``offset + scale * value`` is the score, within rounding of float32; None if no scale
            and offset do that.
        offset: see there.
    """

    name: str
    msb: int
    lsb: int
    width: int
    signed: bool
    scale: float | None = None
    offset: float = 0.0


@dataclass(frozen=True)
class FeaturePlace:
    """Bits of ``in_features`` that carry one feature's word, and what the encoder makes of it.

    Attributes:
        name: name of the feature.
        msb: highest bit.
        lsb: lowest bit.
        width: bits of the word.
        signed: whether it is two's complement.
        exponent: one step of the word is ``2**exponent``.
        ap_fixed: its type in high-level synthesis.
        q_format: bits before and behind the point; see `WordFormat`.
        lowest: the smallest value.
        highest: the largest value.
        step: the value of the lowest bit.
        kind: ``comparators``, ``selection``, ``constant`` or ``unused``.
        comparators: how many of them there are.
        thresholds: words at which some code changes, ascending.
    """

    name: str
    msb: int
    lsb: int
    width: int
    signed: bool
    exponent: int
    ap_fixed: str
    q_format: str
    lowest: float
    highest: float
    step: float
    kind: str
    comparators: int
    thresholds: tuple[int, ...]


def input_places(netlist: Netlist) -> tuple[InputPlace, ...]:
    """Port map of ``in_codes``, with the thresholds of every input."""
    bus = Bus.of("in_codes", range(netlist.inputs), netlist.widths)
    places = []
    for index, (name, lsb) in enumerate(zip(netlist.input_names, bus.lsbs, strict=True)):
        width = int(netlist.input_widths[index])
        encoding = None if netlist.encoder is None else _encoding(netlist.encoder, index)
        signed = bool(netlist.input_signed[index])
        places.append(InputPlace(name, lsb + width - 1, lsb, width, signed, encoding))
    return tuple(places)


def _encoding(encoder: Encoder, index: int) -> InputEncoding:
    thresholds = encoder.thresholds[index]
    used = thresholds[np.isfinite(thresholds)]
    return InputEncoding(
        encoder.feature_names[int(encoder.features[index])],
        tuple(used.tolist()),
        tuple(encoder.codes[index, : used.size + 1].tolist()),
    )


def output_places(netlist: Netlist, names: Sequence[str]) -> tuple[OutputPlace, ...]:
    """Port map of ``out_codes``; ``names`` are used without a decoder."""
    decoder = netlist.decoder
    signals = netlist.outputs.tolist()
    bus = Bus.of("out_codes", signals, netlist.widths)
    chosen = names if decoder is None else decoder.output_names
    places = []
    for index, (name, signal, lsb) in enumerate(zip(chosen, signals, bus.lsbs, strict=True)):
        width = int(netlist.widths[signal])
        signed = bool(netlist.signed[signal])
        scale, offset = (None, 0.0) if decoder is None else _scale(decoder, index)
        places.append(OutputPlace(name, lsb + width - 1, lsb, width, signed, scale, offset))
    return tuple(places)


def _scale(decoder: Decoder, output: int) -> tuple[float | None, float]:
    """Factor and summand between an output's code value and its score.

    Of classes a factor alone, exact in float32; a summand is common to all of them.
    """
    scores = decoder.scores if decoder.scores.ndim == 1 else decoder.scores[output]
    size = scores.size
    values = np.arange(size, dtype=np.int64)
    if decoder.signed:
        values[size // 2 :] -= size
    if decoder.kind != "classes":
        return _line(values, scores)
    scale = np.float32(scores[1]) if size > 1 else np.float32(0)
    if decoder.signed and size == 2:  # noqa: PLR2004 -- one signed bit: the values 0 and -1
        scale = -scale
    exact = (values.astype(np.float32) * scale == scores).all()
    return (float(scale) if exact else None), 0.0


def _line(values: Array, scores: Array) -> tuple[float | None, float]:
    """The line through scores, if they lie on one but for rounding."""
    wide = scores.astype(np.float64)
    low, high = int(values.argmin()), int(values.argmax())
    scale = (wide[high] - wide[low]) / max(int(values[high] - values[low]), 1)
    offset = wide[low] - scale * values[low]
    apart = np.abs(offset + scale * values - wide).max()
    fits = apart <= 4 * np.finfo(np.float32).eps * max(np.abs(wide).max(), abs(offset))
    return (float(scale), float(offset)) if fits else (None, 0.0)


def feature_places(features: Sequence[FeatureSteps]) -> tuple[FeaturePlace, ...]:
    """Port map of ``in_features``."""
    lsbs = list(accumulate((feature.width for feature in features), initial=0))
    places = []
    for lsb, feature in zip(lsbs, features, strict=False):
        word = WordFormat(feature.width, feature.exponent, feature.signed)
        places.append(
            FeaturePlace(
                feature.name,
                lsb + feature.width - 1,
                lsb,
                feature.width,
                feature.signed,
                feature.exponent,
                word.ap_fixed,
                word.q_format,
                word.lowest,
                word.highest,
                word.step,
                feature.kind,
                feature.comparators,
                feature.thresholds,
            )
        )
    return tuple(places)
