"""A sum on carry chains, with the tables it adds inside the adders' LUTs.

One bit of a carry chain has two gates, ``sum = select ^ carry`` and ``carry out = select ? carry :
data``. For an addition of a partial sum's bit *a* and an operand's bit *t*, data is *a*, and select
is *a ^ t*, a LUT. It has room for five more inputs than *a*, so a table of five address bits costs
no LUT of its own: an addition takes one LUT per bit of its operand, table included. Where the
operand has no bit, select is *a* itself, a wire; where the partial sum has none, it is *t*.

The first operand is not added to anything. It is the one whose bits cost least on their own: wires
cost nothing, whereas a table needs as many LUTs alone as it does in an adder.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from logicjsc.map.bit_functions import as_signal, exclusive_or, wire
from logicjsc.map.chain_operands import Operand, merged, operand_of
from logicjsc.map.lut_network import CARRY_OUT, CARRY_SUM, CONSTANTS, Lut, LutNetwork
from logicjsc.map.sums import SumNode


@dataclass(frozen=True)
class Addition:
    """One operand added to a partial sum.

    Attributes:
        operand: what is added; None for the constant that the sum starts with.
        partial: signals of the partial sum's bits before it, the lowest first.
        result: those behind it, as many.
        carries: signals of the carry into each place.
        most: nothing above it is ever reached by the result, which stands modulo two to its bits.
    """

    operand: Operand | None
    partial: tuple[int, ...]
    result: tuple[int, ...]
    carries: tuple[int, ...]
    most: int


@dataclass(frozen=True)
class ChainedSum:
    """A sum as carry chains, with a record of how it came about.

    Attributes:
        node: the sum.
        functions: for each term its bits, the lowest first, as functions of signals.
        additions: in order; the first starts from zero.
        network: the LUTs and gates; inputs are signals as ``functions`` number them.
    """

    node: SumNode
    functions: tuple[tuple[Lut, ...], ...]
    additions: tuple[Addition, ...]
    network: LutNetwork


def chain_sum(
    node: SumNode, functions: Sequence[Sequence[Lut]], inputs: int, size: int
) -> ChainedSum:
    """The cheapest chains found for the lowest bits of a sum.

    Args:
        node: the sum.
        functions: for each term its bits, the lowest first, as functions of at most
            `ABSORBED_INPUTS` signals.
        inputs: signals there are, beside the constants.
        size: bits of the sum that are built; the others are 0.
    """
    read = tuple(map(tuple, functions))
    operands = [
        operand_of(number, term, bits, size)
        for number, (term, bits) in enumerate(zip(node.terms, read, strict=True))
    ]
    found = [
        _chain(order, start, node, read, inputs)
        for kept in (merged(operands, size, 1), merged(operands, size, 0), operands)
        for order, start in _orders(kept, node.offset, size)
    ]
    return min(found, key=lambda chained: (chained.network.area, len(chained.network.luts)))


@dataclass(frozen=True)
class _Start:
    """The constant that a sum begins with, unless it goes into the first operand's LUTs."""

    offset: int
    size: int
    in_table: bool


def _orders(
    operands: Sequence[Operand], offset: int, size: int
) -> Iterator[tuple[list[Operand], _Start]]:
    """Which operand comes first, and where the constant goes; others follow, the smallest first."""
    total = (offset + sum(operand.offset for operand in operands)) % (1 << size)
    tables = [operand for operand in operands if operand.numbers is not None]
    starts = [max(some, key=_saved_as_first) for some in (operands, tables) if some]
    for first in dict.fromkeys(operands.index(start) for start in starts):
        rest = [operand for number, operand in enumerate(operands) if number != first]
        order = [operands[first], *sorted(rest, key=lambda operand: operand.most)]
        yield order, _Start(total, size, in_table=False)
        if total and operands[first].numbers is not None:
            yield order, _Start(total, size, in_table=True)
    if not operands:
        yield [], _Start(total, size, in_table=False)


def _saved_as_first(operand: Operand) -> int:
    return operand.luts - operand.own_luts


def _chain(
    order: Sequence[Operand],
    start: _Start,
    node: SumNode,
    functions: tuple[tuple[Lut, ...], ...],
    inputs: int,
) -> ChainedSum:
    builder = _Builder(inputs, start.size)
    if start.in_table:
        builder.begin_with_table(order[0], start.offset)
    elif start.offset or not order:
        builder.begin(start.offset)
    for operand in order[start.in_table :]:
        builder.add(operand)
    partial = builder.partial
    outputs = (*partial, *(0 for _ in range(node.width - start.size)))
    network = LutNetwork(inputs, tuple(builder.luts), outputs)
    return ChainedSum(node, functions, tuple(builder.additions), network)


class _Builder:
    """Adds operand after operand."""

    def __init__(self, inputs: int, size: int) -> None:
        self._first_lut = CONSTANTS + inputs
        self._size = size
        self._most = 0
        self.partial: list[int] = [0] * size
        self.luts: list[Lut] = []
        self.additions: list[Addition] = []

    def begin(self, constant: int) -> None:
        """Start from a constant below two to the size."""
        bits = [constant >> place & 1 for place in range(self._size)]
        self._note(None, bits, [0] * self._size, constant)

    def begin_with_table(self, operand: Operand, constant: int) -> None:
        """Start from an operand of few signals plus a constant, looked up together."""
        moved = operand.plus(constant, self._size)
        bits = [self._signal(moved.bits.get(place)) for place in range(self._size)]
        self._note(moved, bits, [0] * self._size, moved.most)

    def add(self, operand: Operand) -> None:
        """Add an operand; where nothing can overflow, there is no chain."""
        most = min(self._most + operand.most, (1 << self._size) - 1)
        overflows = self._most + operand.most > most
        top = self._size if overflows else most.bit_length()
        carry, carries, result = 0, list[int](), list[int]()
        for place, data in enumerate(self.partial):
            carries.append(carry)
            bit = operand.bits.get(place)
            if bit is None and not carry:
                result.append(data)
            elif not data and not carry:
                result.append(self._signal(bit))
            elif bit is None and not data:
                result.append(carry)
                carry = 0
            else:
                select = self._signal(wire(data) if bit is None else exclusive_or(wire(data), bit))
                result.append(self._gate(Lut((select, carry), CARRY_SUM, carry=True)))
                more = place + 1 < top
                carry = self._gate(Lut((data, carry, select), CARRY_OUT, carry=True)) if more else 0
        self._note(operand, result, carries, most)

    def _note(
        self, operand: Operand | None, result: Sequence[int], carries: Sequence[int], most: int
    ) -> None:
        step = Addition(operand, tuple(self.partial), tuple(result), tuple(carries), most)
        self.additions.append(step)
        self.partial = list(result)
        self._most = most

    def _signal(self, function: Lut | None) -> int:
        if function is None:
            return 0
        known = as_signal(function)
        return self._gate(function) if known is None else known

    def _gate(self, lut: Lut) -> int:
        self.luts.append(lut)
        return self._first_lut + len(self.luts) - 1
