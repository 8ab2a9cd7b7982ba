"""Sums of many bits as 6-input LUTs: counters until two rows are left, then an adder.

Six bits of one weight are counted by three LUTs, which leaves one bit of three weights each; five
bits and one of twice the weight likewise (generalised parallel counters: Parandeh-Afshar, Brisk and
Ienne, ASP-DAC 2008). Either way each LUT takes one bit away, as in a carry chain.

All arithmetic is modulo two to the width of the sum. A bit of negative weight is its complement of
positive weight, less a constant; complements and constants vanish into the LUTs' tables.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

from logicjsc.map.lut_network import CONSTANTS, LUT_INPUTS, Lut, LutNetwork
from logicjsc.map.sums import Source, SumNode, TermBit, wires_of


@dataclass(frozen=True)
class Bit:
    """A signal of a network, or its complement."""

    signal: int
    inverted: bool = False


_ONE = Bit(1)
_PAIR = 2
"""Bits of one weight that the last adder takes."""

_FULL = 3
"""Bits that a full adder counts."""


@dataclass(frozen=True)
class Counter:
    """One step: some bits are replaced by their number.

    Attributes:
        column: column of the lowest bits.
        bits: the bits that go.
        weights: 1 for bits of the column, 2 for bits of the next.
        outputs: signals that come, one in each column from this one on.
    """

    column: int
    bits: tuple[Bit, ...]
    weights: tuple[int, ...]
    outputs: tuple[int, ...]


@dataclass(frozen=True)
class CountedSum:
    """A sum as counters.

    Attributes:
        node: the sum.
        columns: the bits that it adds up, by weight.
        steps: counters, in the order in which they replace bits.
        network: their LUTs. Inputs are the bits of what the sum adds, the last term's lowest bit
            first; outputs are its bits, the lowest first.
    """

    node: SumNode
    columns: tuple[tuple[Bit, ...], ...]
    steps: tuple[Counter, ...]
    network: LutNetwork


def count_bits(node: SumNode) -> CountedSum:
    """Counters of a sum, or its wires; `prove_counters` tells whether they are right."""
    wires = wires_of(node)
    if wires is not None:
        return _wired(node, wires)
    columns: list[list[Bit]] = [[] for _ in range(node.width)]
    constant = node.offset
    number = CONSTANTS
    # The first term is the most significant part of an address.
    for term in reversed(node.terms):
        for bit in range(term.width):
            is_sign = term.signed and bit == term.width - 1
            negative = is_sign != term.negated
            place = bit + term.shift
            if 0 <= place < node.width:
                columns[place].append(Bit(number, negative))
            if place >= 0:
                constant -= negative << place
            number += 1
    for column in range(node.width):
        if constant >> column & 1:
            columns[column].append(_ONE)
    heap = _Heap(node.bits, [list(column) for column in columns])
    while max(map(len, heap.columns)) > _PAIR:
        heap.compress()
    outputs = heap.add()
    network = LutNetwork(node.bits, tuple(heap.luts), tuple(outputs))
    return CountedSum(node, tuple(map(tuple, columns)), tuple(heap.steps), network)


def _wired(node: SumNode, wires: Sequence[Source]) -> CountedSum:
    first, number = [0] * len(node.terms), CONSTANTS
    for term in reversed(range(len(node.terms))):
        first[term] = number
        number += node.terms[term].width
    outputs = tuple(
        first[source.term] + source.bit if isinstance(source, TermBit) else source
        for source in wires
    )
    columns = tuple((Bit(output),) if output else () for output in outputs)
    return CountedSum(node, columns, (), LutNetwork(node.bits, (), outputs))


class _Heap:
    """Bits by weight, and the LUTs that made them.

    Attributes:
        columns: bits of weight 1, 2, 4 and so on.
        luts: in topological order.
        steps: counters, in the order in which they were made.
    """

    def __init__(self, inputs: int, columns: list[list[Bit]]) -> None:
        self.first_lut = CONSTANTS + inputs
        self.columns = columns
        self.luts: list[Lut] = []
        self.steps: list[Counter] = []

    def compress(self) -> None:
        """One level of counters on the bits that are there."""
        made: list[list[Bit]] = [[] for _ in self.columns]
        for column, bits in enumerate(self.columns):
            above = self.columns[column + 1] if column + 1 < len(self.columns) else []
            while len(bits) >= _FULL:
                # Four bits would take three LUTs to lose one; a full adder takes two.
                most = min(len(bits), LUT_INPUTS) if len(bits) > _FULL + 1 else _FULL
                taken = [bits.pop(0) for _ in range(most)]
                weights = [1] * len(taken)
                if len(taken) == LUT_INPUTS - 1 and above:
                    taken.append(above.pop(0))
                    weights.append(2)
                for place, signal in enumerate(self._count(taken, weights, column)):
                    made[column + place].append(Bit(signal))
        self.columns = [kept + new for kept, new in zip(self.columns, made, strict=True)]

    def add(self) -> list[int]:
        """Add two rows, two columns at a time; the signals of the sum's bits."""
        outputs: list[int] = []
        carries: list[Bit] = []
        for column in range(0, len(self.columns), 2):
            pair = self.columns[column : column + 2]
            low, high = carries + pair[0], [bit for other in pair[1:] for bit in other]
            taken, weights = low + high, [1] * len(low) + [2] * len(high)
            counted = [*self._count(taken, weights, column), 0, 0, 0]
            outputs += counted[: len(pair)]
            carries = [Bit(signal) for signal in counted[2:3] if signal]
        return outputs

    def _count(self, bits: list[Bit], weights: list[int], column: int) -> tuple[int, ...]:
        """The signals of a weighted sum of bits, as far as they lie within the width."""
        room = len(self.columns) - column
        places = range(min(sum(weights).bit_length(), room))
        outputs = tuple(self._lut(bits, weights, place) for place in places)
        self.steps.append(Counter(column, tuple(bits), tuple(weights), outputs))
        return outputs

    def _lut(self, bits: list[Bit], weights: list[int], place: int) -> int:
        """The signal that is bit ``place`` of a weighted sum."""
        variable = [
            (bit, weight)
            for bit, weight in zip(bits, weights, strict=True)
            # Bits that weigh more change nothing below.
            if bit.signal >= CONSTANTS and weight < _PAIR << place
        ]
        start = sum(
            weight for bit, weight in zip(bits, weights, strict=True) if bit.signal == _ONE.signal
        )
        table = 0
        for index, values in enumerate(product((0, 1), repeat=len(variable))):
            # The first input is the lowest bit of the index.
            total = start + sum(
                weight * (value ^ bit.inverted)
                for (bit, weight), value in zip(variable, reversed(values), strict=True)
            )
            table |= (total >> place & 1) << index
        rows = 1 << len(variable)
        if table in {0, (1 << rows) - 1}:
            return int(table != 0)
        if len(variable) == 1 and table == 0b10:  # noqa: PLR2004 - a wire
            return variable[0][0].signal
        self.luts.append(Lut(tuple(bit.signal for bit, _ in variable), table))
        return self.first_lut + len(self.luts) - 1
