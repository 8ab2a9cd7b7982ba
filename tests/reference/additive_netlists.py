"""Random networks of tables on edges and a sum per neuron, as trained ones look."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from logicjsc.netlist import Layer, Netlist, SumLayer, TableLayer

WINDOW = 5


@dataclass
class _Signals:
    """Widths of all signals so far, and the layers that made them."""

    widths: list[int]
    layers: list[Layer] = field(default_factory=list)

    def add(self, layer: Layer) -> list[int]:
        first = len(self.widths)
        self.layers.append(layer)
        self.widths += layer.widths.tolist()
        return list(range(first, len(self.widths)))


def additive_netlist(
    rng: np.random.Generator,
    *,
    inputs: int = 16,
    input_bits: int = 8,
    hidden: int = 20,
    first_edges: int = 100,
    second_edges: int = 40,
    classes: int = 5,
    pairs: float = 0.1,
    signed: bool = False,
) -> Netlist:
    """A network of two layers of edges.

    Args:
        rng: where everything comes from.
        inputs: input words.
        input_bits: bits of each.
        hidden: neurons in the middle.
        first_edges: tables in front of them; each reads a window of five bits of one word.
        second_edges: tables behind them; each reads five bits of a sum.
        classes: scores.
        pairs: part of the first tables that read two words, three bits and two.
        signed: whether tables are signed, and some are subtracted.
    """
    signals = _Signals([input_bits] * inputs)
    words = list(range(inputs))
    edges = _edges(rng, signals, words, number=first_edges, name="edges", stage=1, signed=signed)
    if pairs and inputs > 1:
        edges += _pairs(rng, signals, words, max(1, int(first_edges * pairs)))
    middle = _sums(rng, signals, edges, number=hidden, name="hidden", stage=2, signed=signed)
    later = _edges(rng, signals, middle, number=second_edges, name="later", stage=3, signed=signed)
    scores = _sums(rng, signals, later, number=classes, name="score", stage=4, signed=signed)
    return Netlist(
        "additive",
        tuple(f"word{index}" for index in range(inputs)),
        np.full(inputs, input_bits),
        np.zeros(inputs, np.bool_),
        tuple(signals.layers),
        np.array(scores),
    )


def _edges(
    rng: np.random.Generator,
    signals: _Signals,
    sources: list[int],
    *,
    number: int,
    name: str,
    stage: int,
    signed: bool,
) -> list[int]:
    made = []
    chosen = rng.choice(sources, number)
    for width in sorted({signals.widths[source] for source in chosen}):
        same = [source for source in chosen if signals.widths[source] == width]
        code = np.arange(1 << width)
        tables = []
        bits = rng.integers(1, 7, len(same))
        for out in bits:
            start = int(rng.integers(0, max(1, width - WINDOW + 1)))
            function = rng.integers(0, 1 << int(out), 1 << WINDOW)
            tables.append(function[code >> start & ((1 << WINDOW) - 1)])
        layer = TableLayer(
            f"{name}{width}",
            stage,
            np.array(same)[:, None],
            np.array(tables),
            bits,
            np.full(len(same), signed),
        )
        made += signals.add(layer)
    return made


def _pairs(
    rng: np.random.Generator, signals: _Signals, sources: list[int], number: int
) -> list[int]:
    """Tables of three bits of one word and two of another."""
    chosen = np.array([rng.choice(sources, 2, replace=False) for _ in range(number)])
    width = signals.widths[int(chosen[0, 0])]
    address = np.arange(1 << 2 * width)
    high, low = address >> width, address & ((1 << width) - 1)
    index = (high >> max(0, width - 4) & 7) << 2 | (low >> max(0, width - 3) & 3)
    bits = rng.integers(1, 4, number)
    tables = np.array([rng.integers(0, 1 << int(out), 1 << WINDOW)[index] for out in bits])
    layer = TableLayer("pairs", 1, chosen, tables, bits, np.zeros(number, np.bool_))
    return signals.add(layer)


def _sums(
    rng: np.random.Generator,
    signals: _Signals,
    edges: list[int],
    *,
    number: int,
    name: str,
    stage: int,
    signed: bool,
) -> list[int]:
    """Every edge goes into a sum, and one in ten into a second one as well."""
    terms: list[list[int]] = [[] for _ in range(number)]
    for position, edge in enumerate(rng.permutation(edges).tolist()):
        terms[position % number].append(edge)
        other = int(rng.integers(number))
        if rng.random() < 0.1 and edge not in terms[other]:
            terms[other].append(edge)
    made = []
    is_signed = [False] * (len(signals.widths) - sum(layer.nodes for layer in signals.layers))
    for layer in signals.layers:
        is_signed += layer.signed.tolist()
    for fan_in in sorted({len(own) for own in terms}):
        rows = [own for own in terms if len(own) == fan_in]
        shape = (len(rows), fan_in)
        shifts = rng.integers(0, 3, shape)
        negated = rng.random(shape) < 0.3 if signed else np.zeros(shape, np.bool_)
        offsets = rng.integers(-20, 20, len(rows)) if signed else np.zeros(len(rows), np.int64)
        widths = []
        for row, own in enumerate(rows):
            low = high = int(offsets[row])
            for place, source in enumerate(own):
                width = signals.widths[source]
                ends = (
                    (-(1 << width - 1), (1 << width - 1) - 1)
                    if is_signed[source]
                    else (0, (1 << width) - 1)
                )
                if negated[row, place]:
                    ends = (-ends[1], -ends[0])
                low += ends[0] << int(shifts[row, place])
                high += ends[1] << int(shifts[row, place])
            size = max(1, high.bit_length())
            while signed and not -(1 << size - 1) <= low <= high < 1 << size - 1:
                size += 1
            widths.append(size)
        layer = SumLayer(
            f"{name}{fan_in}",
            stage,
            np.array(rows).reshape(shape),
            shifts,
            negated,
            offsets,
            np.array(widths),
            np.full(len(rows), signed),
        )
        made += signals.add(layer)
    return made
