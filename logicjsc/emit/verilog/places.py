"""Places of inputs, outputs and features in the buses of a circuit, for its manifest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from logicjsc.emit.ends.encoder_plan import FeatureSteps
from logicjsc.emit.verilog.plan import Bus
from logicjsc.netlist import Decoder, Encoder, Netlist


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

    ``scale`` turns the code's value into the class score, if one factor does.
    """

    name: str
    msb: int
    lsb: int
    width: int
    signed: bool
    scale: float | None = None


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
    kind: str
    comparators: int
    thresholds: tuple[int, ...]


def input_places(netlist: Netlist) -> tuple[InputPlace, ...]:
    """Port map of ``in_codes``, with the thresholds of every input."""
    bus = Bus.of("in_codes", range(netlist.inputs), netlist)
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
    bus = Bus.of("out_codes", signals, netlist)
    scale = None if decoder is None else _scale(decoder)
    chosen = names if decoder is None else decoder.class_names
    places = []
    for name, signal, lsb in zip(chosen, signals, bus.lsbs, strict=True):
        width = int(netlist.widths[signal])
        signed = bool(netlist.signed[signal])
        places.append(OutputPlace(name, lsb + width - 1, lsb, width, signed, scale))
    return tuple(places)


def _scale(decoder: Decoder) -> float | None:
    """The factor between code value and score, if every score is that multiple in float32."""
    size = decoder.scores.size
    values = np.arange(size, dtype=np.int64)
    if decoder.signed:
        values[size // 2 :] -= size
    scale = np.float32(decoder.scores[1]) if size > 1 else np.float32(0)
    if decoder.signed and size == 2:  # noqa: PLR2004 -- one signed bit: the values 0 and -1
        scale = -scale
    exact = (values.astype(np.float32) * scale == decoder.scores).all()
    return float(scale) if exact else None


def feature_places(features: Sequence[FeatureSteps]) -> tuple[FeaturePlace, ...]:
    """Port map of ``in_features``."""
    return tuple(
        FeaturePlace(
            feature.name,
            (index + 1) * feature.width - 1,
            index * feature.width,
            feature.width,
            feature.signed,
            feature.exponent,
            feature.kind,
            feature.comparators,
            feature.thresholds,
        )
        for index, feature in enumerate(features)
    )
