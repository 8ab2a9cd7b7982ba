"""A sum on carry chains, with the tables it adds inside the adders' LUTs.

One bit of a carry chain has two gates, ``sum = select ^ carry`` and ``carry out = select ? carry :
data``. For an addition of a partial sum's bit *a* and an operand's bit *t*, data is *a*, and select
is *a ^ t*, a LUT. It has room for five more inputs than *a*, so a table of five address bits costs
no LUT of its own: an addition takes one LUT per bit of its operand, table included. Where the
operand has no bit, select is *a* itself, a wire; where the partial sum has none, it is *t*.

Below its first place a chain takes one bit more, which costs no LUT: a constant is the carry that
the chain starts with, and a signal enters by a place of its own, whose select is 0 and whose data
is the signal.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from logicjsc.map.bit_functions import as_signal, exclusive_or, wire
from logicjsc.map.chain_operands import Operand
from logicjsc.map.lut_network import CARRY_OUT, CARRY_SUM, CONSTANTS, Lut, LutNetwork
from logicjsc.map.sums import SumNode


@dataclass(frozen=True)
class Entry:
    """A bit that comes into an addition as the carry of its lowest place.

    Attributes:
        place: what it counts: two to the power of it.
        bit: the bit, as a function of signals; a constant 1 if it belongs to no operand.
        operand: the operand that it is; None for a constant.
    """

    place: int
    bit: Lut
    operand: Operand | None = None


@dataclass(frozen=True)
class Addition:
    """One operand added to a partial sum.

    Attributes:
        operand: what is added; None for the constant that the sum starts with.
        partial: signals of the partial sum's bits before it, the lowest first.
        result: those behind it, as many.
        carries: signals of the carry into each place.
        most: nothing above it is ever reached by the result, which stands modulo two to its bits.
        entry: what comes in as a carry, if anything.
    """

    operand: Operand | None
    partial: tuple[int, ...]
    result: tuple[int, ...]
    carries: tuple[int, ...]
    most: int
    entry: Entry | None = None


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


@dataclass
class Gates:
    """Makes LUTs and gates of carry chains.

    Attributes:
        inputs: signals there are, beside the constants.
        size: bits of a sum.
        luts: LUTs and gates in topological order.
    """

    inputs: int
    size: int
    luts: list[Lut] = field(default_factory=list)

    def _ripple(
        self,
        bits: Sequence[int],
        functions: Mapping[int, Lut],
        top: int,
        entry: Entry | None = None,
    ) -> tuple[list[int], list[int]]:
        """Signals of a sum, and of the carry into each place.

        Args:
            bits: signals of the one number, the lowest first.
            functions: bits of the other by place.
            top: places that the sum has; none above makes a carry.
            entry: a bit more.
        """
        carry, carries, result = 0, list[int](), list[int]()
        for place, data in enumerate(bits):
            bit = functions.get(place)
            if entry is not None and place == entry.place:
                alone = bit is None and not data
                carry = self._signal(entry.bit) if alone else self._enter(entry)
            carries.append(carry)
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
        return result, carries

    def _enter(self, entry: Entry) -> int:
        """The carry that a chain starts with."""
        signal = self._signal(entry.bit)
        if signal < CONSTANTS:
            return signal
        return self._gate(Lut((signal, 0, 0), CARRY_OUT, carry=True))

    def _reach(self, most: int) -> tuple[int, int]:
        """What a sum reaches at most, and the places that it has."""
        full = (1 << self.size) - 1
        return min(most, full), self.size if most > full else most.bit_length()

    def _signal(self, function: Lut | None) -> int:
        if function is None:
            return 0
        known = as_signal(function)
        return self._gate(function) if known is None else known

    def _gate(self, lut: Lut) -> int:
        self.luts.append(lut)
        return CONSTANTS + self.inputs + len(self.luts) - 1


class ChainBuilder(Gates):
    """Adds operand after operand; see `Gates` for the arguments."""

    def __init__(self, inputs: int, size: int) -> None:
        super().__init__(inputs, size)
        self._most = 0
        self.partial: list[int] = [0] * size
        self.additions: list[Addition] = []

    def sum(self, node: SumNode, functions: tuple[tuple[Lut, ...], ...]) -> ChainedSum:
        """What was added up, as the lowest bits of a sum; the others are 0."""
        outputs = (*self.partial, *(0 for _ in range(node.width - self.size)))
        network = LutNetwork(self.inputs, tuple(self.luts), outputs)
        return ChainedSum(node, functions, tuple(self.additions), network)

    def begin(self, constant: int) -> None:
        """Start from a constant below two to the size."""
        bits = [constant >> place & 1 for place in range(self.size)]
        self._note(None, bits, [0] * self.size, constant)

    def begin_with_table(self, operand: Operand, constant: int) -> None:
        """Start from an operand of few signals plus a constant, looked up together."""
        moved = operand.plus(constant, self.size)
        bits = [self._signal(moved.bits.get(place)) for place in range(self.size)]
        self._note(moved, bits, [0] * self.size, moved.most)

    def first_carry(self, operand: Operand) -> int:
        """The lowest place that makes a carry if an operand is added; the size if none does."""
        both = (place for place in operand.bits if self.partial[place])
        return min(both, default=self.size)

    def add(self, operand: Operand, entry: Entry | None = None) -> None:
        """Add an operand; where nothing can overflow, there is no chain.

        Args:
            operand: what is added.
            entry: a bit more, not above `first_carry`.
        """
        reached = self._most + operand.most + (0 if entry is None else 1 << entry.place)
        most, top = self._reach(reached)
        result, carries = self._ripple(self.partial, operand.bits, top, entry)
        self._note(operand, result, carries, most, entry)

    def _note(
        self,
        operand: Operand | None,
        result: Sequence[int],
        carries: Sequence[int],
        most: int,
        entry: Entry | None = None,
    ) -> None:
        before = tuple(self.partial)
        step = Addition(operand, before, tuple(result), tuple(carries), most, entry)
        self.additions.append(step)
        self.partial = list(result)
        self._most = most
