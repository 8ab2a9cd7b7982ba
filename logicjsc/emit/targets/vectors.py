"""Inputs of a whole circuit and what it must answer, as hexadecimal text for testbenches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from logicjsc.core.errors import CircuitError
from logicjsc.emit.ends.encoder_plan import word_encoder
from logicjsc.emit.verilog.circuit import Circuit
from logicjsc.netlist import evaluate
from logicjsc.netlist.layers import Array
from logicjsc.netlist.vectors import corners, random_features

_SEED: Final = 4


@dataclass(frozen=True)
class Vectors:
    """Vectors of a circuit's data ports.

    Attributes:
        in_bits: bits of the data that goes in.
        out_bits: bits of the data that comes out.
        inputs: one whole number per vector, the first code or word at the lowest bits.
        outputs: what the netlist says of each.
        samples: how many of them, the first ones, are real samples.
    """

    in_bits: int
    out_bits: int
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    samples: int

    def __len__(self) -> int:
        return len(self.inputs)

    def in_text(self) -> str:
        """Inputs as hexadecimal lines."""
        return _hexadecimal(self.inputs, self.in_bits)

    def out_text(self) -> str:
        """Expected outputs as hexadecimal lines."""
        return _hexadecimal(self.outputs, self.out_bits)


def circuit_vectors(circuit: Circuit, count: int, features: Array | None = None) -> Vectors:
    """Vectors for a circuit: samples, or features around the thresholds, random and corner codes.

    Args:
        circuit: the circuit.
        count: how many, about: half of them samples or features around thresholds where there is
            an encoder, the others random, and a few corners.
        features: real samples, float32 ``[samples, features]``; they count if there is an encoder.
    """
    netlist, manifest = circuit.netlist, circuit.manifest
    rng = np.random.default_rng(_SEED)
    encoder = netlist.encoder
    half = count // 2
    real = 0 if features is None or encoder is None else min(len(features), half)
    words = word_encoder(netlist, manifest.options)[1] if manifest.features else None
    drawn: Array | None = None
    if encoder is not None:
        drawn = random_features(encoder, words or encoder.words, rows=half - real)
        if features is not None and real:
            drawn = np.concatenate([features[:real], drawn])
    if words is not None and encoder is not None and drawn is not None:
        widths = np.array(words.widths, np.int64)
        lowest, highest = (words.patterns(np.array([edge])) for edge in (words.lows, words.highs))
        random = rng.integers(0, np.int64(1) << widths, (count - half, len(widths)))
        entering = np.concatenate([words.patterns(words.words(drawn)), lowest, highest, random])
        values = words.numbers(entering) * words.steps()
        codes = encoder.encode(values.astype(np.float32))
    else:
        widths = netlist.input_widths.astype(np.int64)
        random = rng.integers(0, np.int64(1) << widths, (count - half, netlist.inputs))
        first = [] if encoder is None or drawn is None else [encoder.encode(drawn)]
        codes = entering = np.concatenate([*first, corners(netlist), random])
    made, out_widths = _answers(circuit, codes)
    return Vectors(
        int(widths.sum()),
        int(out_widths.sum()),
        _joined(entering, widths),
        _joined(made, out_widths),
        real,
    )


def _answers(circuit: Circuit, codes: Array) -> tuple[Array, Array]:
    """What a circuit gives for codes, and how wide each of it is."""
    netlist = circuit.netlist
    made = evaluate(netlist, codes)
    if circuit.manifest.data_out != "out_class":
        return made, netlist.widths[netlist.outputs].astype(np.int64)
    decoder = netlist.decoder
    if decoder is None:
        raise CircuitError(f"netlist {netlist.name!r} has no decoder, so nothing can be decided")
    chosen = decoder.classify(made)
    if decoder.kind == "classes":
        return chosen[:, None], np.array([circuit.manifest.blocks[-1].out_width])
    columns = chosen[:, None] if chosen.ndim == 1 else chosen
    return columns, np.ones(columns.shape[1], np.int64)


def _joined(codes: Array, widths: Array) -> tuple[int, ...]:
    """Codes ``[vectors, signals]`` side by side, the first at the lowest bits."""
    shifts = np.concatenate([[0], np.cumsum(widths)[:-1]]).tolist()
    return tuple(
        sum(code << shift for code, shift in zip(row, shifts, strict=True))
        for row in codes.astype(np.int64).tolist()
    )


def _hexadecimal(numbers: tuple[int, ...], bits: int) -> str:
    digits = -(-bits // 4)
    return "".join(f"{number:0{digits}x}\n" for number in numbers)
