"""Thresholds of features as constants of their words, and how each feature becomes codes.

A feature's word is compared, not the feature: a threshold becomes the smallest word whose value
reaches it, which is exact for every word. Thresholds that no live input needs, that no word can
pass, or that change no code are gone after this.
"""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Final

from logicjsc.core.errors import CircuitError, NetlistError
from logicjsc.dataset.fixed_point import FixedPoint
from logicjsc.emit.hdl.options import CircuitOptions
from logicjsc.netlist import Encoder, Netlist
from logicjsc.netlist.codec import check_words

COMPARATORS: Final = "comparators"
SELECTION: Final = "selection"
CONSTANT: Final = "constant"
UNUSED: Final = "unused"

_FEWEST_SELECTED: Final = 2
"""One threshold is one comparator, whatever it is."""


@dataclass(frozen=True)
class InputSteps:
    """The code of one input as a function of its feature's word.

    Attributes:
        signal: the input.
        width: bits of its code.
        first: code of words below all thresholds.
        thresholds: words, ascending, without repetition.
        codes: code from each threshold on; neighbours differ.
    """

    signal: int
    width: int
    first: int
    thresholds: tuple[int, ...]
    codes: tuple[int, ...]

    @property
    def selected_from(self) -> int | None:
        """Lowest bit of the selection if the code is a selection of the word's bits, else None.

        It is one if the code rises by one at every multiple of a power of two between two ends.
        """
        if len(self.thresholds) < _FEWEST_SELECTED:
            return None
        step = self.thresholds[1] - self.thresholds[0]
        grid = range(self.thresholds[0], self.thresholds[-1] + 1, step)
        rising = (self.first + 1 + place for place in range(len(self.codes)))
        if (
            step & (step - 1)
            or self.thresholds[0] % step
            or self.thresholds != tuple(grid)
            or self.codes != tuple(code % (1 << self.width) for code in rising)
        ):
            return None
        return step.bit_length() - 1


@dataclass(frozen=True)
class FeatureSteps:
    """What the encoder makes of one feature.

    Attributes:
        name: name of the feature.
        width: bits of its word.
        low: smallest word; it is negative for a signed word.
        exponent: one step of the word is ``2**exponent``.
        inputs: live inputs that read it.
    """

    name: str
    width: int
    low: int
    exponent: int
    inputs: tuple[InputSteps, ...]

    @property
    def signed(self) -> bool:
        """Whether the word is two's complement."""
        return self.low < 0

    @property
    def high(self) -> int:
        """Largest word."""
        return self.low + (1 << self.width) - 1

    @property
    def thresholds(self) -> tuple[int, ...]:
        """Words that some code changes at, ascending; each is compared once."""
        return tuple(sorted({step for entry in self.inputs for step in entry.thresholds}))

    @property
    def kind(self) -> str:
        """How it is built: by comparators, by selection of bits, as a constant, or not at all."""
        if not self.inputs:
            return UNUSED
        if not self.thresholds:
            return CONSTANT
        changing = [entry for entry in self.inputs if entry.thresholds]
        selected = all(entry.selected_from is not None for entry in changing)
        return SELECTION if selected else COMPARATORS

    @property
    def comparators(self) -> int:
        """Comparators of the whole word with a constant."""
        return len(self.thresholds) if self.kind == COMPARATORS else 0


def word_encoder(netlist: Netlist, options: CircuitOptions) -> tuple[Encoder, FixedPoint]:
    """The netlist's encoder, and the words that a circuit gives it.

    Raises:
        CircuitError: there is no encoder or no word format, or the formats do not fit.
    """
    encoder = netlist.encoder
    if encoder is None:
        raise CircuitError(
            f"netlist {netlist.name!r} does not say how features become codes, so no encoder can "
            "be built"
        )
    words = options.words or encoder.words
    if words is None:
        raise CircuitError(
            f"netlist {netlist.name!r} was made for features that are no fixed-point words; choose "
            "a width with --encoder-bits, or train with data.feature_bits"
        )
    try:
        check_words(words, len(encoder.feature_names))
    except NetlistError as error:
        raise CircuitError(
            f"the word formats do not fit netlist {netlist.name!r}: {error}"
        ) from error
    return encoder, words


def plan_encoder(
    netlist: Netlist, options: CircuitOptions, live: Collection[int]
) -> tuple[FeatureSteps, ...]:
    """Steps of every feature, in the order of the features.

    Args:
        netlist: the network.
        options: the circuit's; word formats in it go before the netlist's own.
        live: inputs that some output depends on.

    Raises:
        CircuitError: see `word_encoder`.
    """
    encoder, words = word_encoder(netlist, options)
    planned = []
    for feature, name in enumerate(encoder.feature_names):
        low, exponent = words.lows[feature], words.exponents[feature]
        empty = FeatureSteps(name, words.widths[feature], low, exponent, ())
        inputs = tuple(
            _steps(encoder, signal, int(netlist.input_widths[signal]), empty)
            for signal in range(netlist.inputs)
            if signal in live and encoder.features[signal] == feature
        )
        planned.append(replace(empty, inputs=inputs))
    return tuple(planned)


def _steps(encoder: Encoder, signal: int, width: int, feature: FeatureSteps) -> InputSteps:
    codes = [int(code) for code in encoder.codes[signal]]
    first = codes[0]
    steps: dict[int, int] = {}
    for threshold, code in zip(encoder.thresholds[signal].tolist(), codes[1:], strict=True):
        word = _first_word(threshold, feature)
        if word <= feature.low:
            first = code
        elif word <= feature.high:
            steps[word] = code  # of thresholds that share a word, the last one decides
    kept: dict[int, int] = {}
    last = first
    for word, code in steps.items():
        if code != last:
            kept[word] = code
        last = code
    return InputSteps(signal, width, first, tuple(kept), tuple(kept.values()))


def _first_word(threshold: float, feature: FeatureSteps) -> int:
    """The smallest word whose value reaches a threshold; beyond the range, some word beyond it."""
    if math.isinf(threshold):
        return feature.high + 1 if threshold > 0 else feature.low
    # A float32 number over a power of two is exact in float64.
    return math.ceil(math.ldexp(threshold, -feature.exponent))
