"""Rungs for what surrounds a network: encoder, argmax, and the whole circuit with its streams.

Every block is simulated alone, so that nothing behind it can hide a mistake, and then all together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

from logicjsc.check.parts import DECISIONS, ENCODER, WHOLE
from logicjsc.check.rung import Clock, Rung
from logicjsc.check.simulator import Simulator
from logicjsc.core.errors import CircuitError
from logicjsc.dataset.fixed_point import FixedPoint
from logicjsc.emit.ends.decision import ARGMAX
from logicjsc.emit.ends.encoder_plan import word_encoder
from logicjsc.emit.verilog import Circuit
from logicjsc.netlist import Decoder, evaluate
from logicjsc.netlist.layers import Array
from logicjsc.netlist.passes import live_signals
from logicjsc.netlist.score_bits import score_bits

RANDOM_VECTORS: Final = 100_000
STALLED_VECTORS: Final = 20_000

_EXHAUSTIVE_BITS: Final = 16
_STRIDE: Final = 40503
"""Odd, so that every feature takes all its words, and large, so that no two show the same one."""

_SEED: Final = 3


@dataclass(frozen=True)
class EndRungs:
    """Climbs the rungs of a circuit that is more than its network.

    Attributes:
        circuit: the circuit.
        features: raw features of the test samples, or random ones, float32 ``[samples, features]``.
        simulators: by role, as far as the circuit has such parts.
        title: what the features are.
    """

    circuit: Circuit
    features: Array
    simulators: Mapping[str, Simulator]
    title: str = "test samples"

    def climb(self) -> Iterator[Rung]:
        """Yield each rung as it is done."""
        if ENCODER in self.simulators:
            yield from self._encoder(self.simulators[ENCODER])
        for role in DECISIONS:
            if role in self.simulators:
                yield from self._decision(role, self.simulators[role])
        if WHOLE in self.simulators:
            yield from self._whole(self.simulators[WHOLE])

    def _encoder(self, simulator: Simulator) -> Iterator[Rung]:
        clock = Clock()
        live = live_signals(self.circuit.netlist)[: self.circuit.netlist.inputs]
        expected = self._encode(self.features) * live
        made = simulator.run(self.words.patterns(self.words.words(self.features)))
        yield clock.rung(f"features = codes, {self.title}", expected, made, simulated=True)
        name = "every" if self.words.widest <= _EXHAUSTIVE_BITS else "random"
        swept = sweep(self.words)
        expected = self._encode(values_of(self.words, swept)) * live
        made = simulator.run(swept)
        yield clock.rung(f"features = codes, {name} word", expected, made, simulated=True)

    def _decision(self, role: str, simulator: Simulator) -> Iterator[Rung]:
        clock = Clock()
        netlist = self.circuit.netlist
        shared = score_bits(netlist) if role == ARGMAX else None
        vectors = (
            {"random codes": scores(self.decoder), "ties": ties(self.decoder)}
            if shared is None
            # Other scores cannot occur, and mean nothing to a circuit that reads the shared bits.
            else {"every code": shared.codes}
        )
        if netlist.encoder is not None:
            samples = {self.title: evaluate(netlist, self._encode(self.features))}
            vectors = samples | vectors
        for name, codes in vectors.items():
            made = simulator.run(codes)
            title = f"{role} = {'class' if role == ARGMAX else 'decision'}, {name}"
            yield clock.rung(title, self._decided(codes), made, simulated=True)

    def _decided(self, codes: Array) -> Array:
        """What the circuit is to decide, ``[samples, decisions]``."""
        decided = self.decoder.classify(codes)
        return decided[:, None] if decided.ndim == 1 else decided

    def _whole(self, simulator: Simulator) -> Iterator[Rung]:
        clock = Clock()
        netlist, manifest = self.circuit.netlist, self.circuit.manifest
        rng = np.random.default_rng(_SEED)
        limits = np.int64(1) << simulator.layout.in_widths.astype(np.int64)
        random = rng.integers(0, limits, (RANDOM_VECTORS, len(limits)))
        words = manifest.data_in == "in_features"
        name = "netlist = whole circuit"

        def outputs(codes: Array) -> Array:
            made = evaluate(netlist, codes)
            classes = manifest.data_out == "out_class"
            return self._decided(made) if classes else made

        if netlist.encoder is not None:
            codes = self._encode(self.features)
            entering = self.words.patterns(self.words.words(self.features)) if words else codes
            made = simulator.run(entering)
            yield clock.rung(f"{name}, {self.title}", outputs(codes), made, simulated=True)
        expected = outputs(self._encode(values_of(self.words, random)) if words else random)
        kind = "words" if words else "codes"
        yield clock.rung(f"{name}, random {kind}", expected, simulator.run(random), simulated=True)
        streams = manifest.options.axi_stream
        kind = "AXI-Stream with stalls" if streams else "with idle cycles"
        few = slice(STALLED_VECTORS)
        made = simulator.run(random[few], gaps=True)
        yield clock.rung(f"{name}, {kind}", expected[few], made, simulated=True)

    @cached_property
    def words(self) -> FixedPoint:
        """Formats of the circuit's words."""
        return word_encoder(self.circuit.netlist, self.circuit.manifest.options)[1]

    @property
    def decoder(self) -> Decoder:
        """The netlist's decoder; a circuit with an argmax has one."""
        decoder = self.circuit.netlist.decoder
        if decoder is None:
            raise CircuitError(f"netlist {self.circuit.netlist.name!r} has no decoder")
        return decoder

    @property
    def _encode(self) -> Callable[[Array], Array]:
        encoder = self.circuit.netlist.encoder
        if encoder is None:
            raise CircuitError(f"netlist {self.circuit.netlist.name!r} has no encoder")
        return encoder.encode


def values_of(words: FixedPoint, patterns: Array) -> Array:
    """Features that bit patterns of words stand for, float32, exact."""
    return np.asarray((words.numbers(patterns) * words.steps()).astype(np.float32))


def sweep(words: FixedPoint) -> Array:
    """Bit patterns in which every feature takes every value; of wide words a random choice."""
    features = len(words.lows)
    if words.widest > _EXHAUSTIVE_BITS:
        rng = np.random.default_rng(_SEED)
        limits = np.int64(1) << np.array(words.widths, np.int64)
        return rng.integers(0, limits, (1 << _EXHAUSTIVE_BITS, features))
    pattern = np.arange(1 << words.widest)[:, None] + _STRIDE * np.arange(features)
    return words.patterns(pattern)


def scores(decoder: Decoder) -> Array:
    """Scores as codes: all there are if they are few, else random ones."""
    classes, width = decoder.outputs, decoder.scores.shape[-1].bit_length() - 1
    if classes * width <= _EXHAUSTIVE_BITS:
        numbers = np.arange(1 << classes * width)[:, None]
        return np.asarray((numbers >> width * np.arange(classes)) & ((1 << width) - 1))
    rng = np.random.default_rng(_SEED)
    return rng.integers(0, 1 << width, (RANDOM_VECTORS, classes))


def ties(decoder: Decoder) -> Array:
    """Scores on the border of a decision, in every combination of outputs.

    Of classes, several are equal and highest; of others, each is on its threshold or right below.
    """
    classes, codes = decoder.outputs, decoder.scores.shape[-1]
    rng = np.random.default_rng(_SEED)
    pairs = rng.integers(0, codes, (RANDOM_VECTORS, 2))
    chosen = rng.integers(0, 2, (RANDOM_VECTORS, classes))
    if not decoder.thresholds:
        return np.asarray(np.take_along_axis(pairs, chosen, axis=1))
    lowest = -(codes // 2) if decoder.signed else 0
    values = np.array(decoder.code_thresholds, np.int64) - chosen
    # All codes reach a threshold at the lowest value, and none one above the highest.
    return np.asarray(np.clip(values, lowest, lowest + codes - 1) & (codes - 1))
