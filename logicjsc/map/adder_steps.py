"""Numbers that are added, and the LUTs and carry chains that add them, with a record of each step.

Beside an addition on a carry chain (see `logicjsc.map.carry_chain`) there are two more steps:

- **Three numbers on one chain** (a ternary adder): per place one LUT holds the exclusive or of the
  three bits and of the carry below, another one their majority, which is the next place's data.
- **Counters**: up to six bits of one weight are replaced by their number, by a LUT per bit of it.

Everything is modulo two to some size.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from logicjsc.map.bit_functions import (
    exclusive_or,
    from_values,
    joint_inputs,
    values,
    wire,
)
from logicjsc.map.carry_chain import Gates
from logicjsc.map.chain_operands import Operand
from logicjsc.map.lut_network import CARRY_OUT, CARRY_SUM, LUT_INPUTS, Lut

_TERNARY_INPUTS = 3
"""Inputs of a function that shares a LUT with two wires and the majority below."""

_FULL = 3
"""Bits that a full adder counts; four would take three LUTs to lose one."""


@dataclass(frozen=True)
class Number:
    """A number that is there.

    Attributes:
        bits: its signals or constants, the lowest first, as many as the sum has.
        most: nothing above it is ever reached.
    """

    bits: tuple[int, ...]
    most: int

    @property
    def functions(self) -> dict[int, Lut]:
        """Its bits as functions, by place, as far as they are not always 0."""
        return {place: wire(bit) for place, bit in enumerate(self.bits) if bit}


Part: TypeAlias = Number | Operand
"""What is added: a number that is there, or an operand whose bits are functions."""


@dataclass(frozen=True)
class Lookup:
    """The bits of an operand, each in a LUT of its own or a wire."""

    operand: Operand
    result: Number


@dataclass(frozen=True)
class Chain:
    """Numbers added on one carry chain.

    Attributes:
        parts: two or three of them; the first is a number.
        result: their sum.
        carries: signals of the carry into each place.
        saved: signals of the carry of three bits into each place, added beside ``carries``; zeros
            for two parts.
    """

    parts: tuple[Part, ...]
    result: Number
    carries: tuple[int, ...]
    saved: tuple[int, ...]


@dataclass(frozen=True)
class Count:
    """Bits of one weight replaced by the bits of their number.

    Attributes:
        place: of the bits.
        bits: the bits that go.
        outputs: signals that come, one in each place from this one on.
    """

    place: int
    bits: tuple[int, ...]
    outputs: tuple[int, ...]


@dataclass(frozen=True)
class Rows:
    """Numbers replaced by fewer ones with the same sum, counter by counter.

    Attributes:
        parts: the numbers that go.
        counts: in order.
        results: the numbers that come.
    """

    parts: tuple[Number, ...]
    counts: tuple[Count, ...]
    results: tuple[Number, ...]


Step: TypeAlias = Lookup | Chain | Rows


@dataclass
class Adder(Gates):
    """Makes LUTs and gates, and notes the steps.

    Attributes:
        steps: what was done.
    """

    steps: list[Step] = field(default_factory=list)

    def constant(self, value: int) -> Number:
        """A constant."""
        bits = tuple(value >> place & 1 for place in range(self.size))
        return Number(bits, value % (1 << self.size))

    def look_up(self, operand: Operand) -> Number:
        """An operand as a number."""
        bits = tuple(self._signal(operand.bits.get(place)) for place in range(self.size))
        number = Number(bits, operand.most)
        self.steps.append(Lookup(operand, number))
        return number

    def add(self, number: Number, part: Part) -> Number:
        """The sum of two, on a carry chain; where nothing can overflow, there is none."""
        most, top = self._reach(number.most + part.most)
        result, carries = self._ripple(number.bits, _functions(part), top)
        return self._chained((number, part), result, carries, [0] * self.size, most)

    def add_three(self, one: Number, other: Number, part: Part) -> Number:
        """The sum of three, on one carry chain."""
        if any(len(bit.inputs) > _TERNARY_INPUTS for bit in _functions(part).values()):
            part = self.look_up(part) if isinstance(part, Operand) else part
        functions = [_functions(entry) for entry in (one, other, part)]
        most, top = self._reach(one.most + other.most + part.most)
        carry = save = 0
        carries, saved, result = list[int](), list[int](), list[int]()
        for place in range(self.size):
            carries.append(carry)
            saved.append(save)
            bits = [found[place] for found in functions if place in found]
            total = wire(save)
            for bit in bits:
                total = exclusive_or(total, bit)
            select = self._signal(total)
            above = 0
            if (bits and (carry or save)) or (carry and save):
                result.append(self._gate(Lut((select, carry), CARRY_SUM, carry=True)))
                if more := place + 1 < top:
                    above = self._gate(Lut((save, carry, select), CARRY_OUT, carry=True))
            else:
                more = place + 1 < top
                result.append(carry or select)
            save = self._signal(_majority(bits)) if more else 0
            carry = above
        return self._chained((one, other, part), result, carries, saved, most)

    def count(self, numbers: Sequence[Number], rows: int) -> list[Number]:
        """Numbers with the same sum, at most ``rows`` of them, made by levels of counters."""
        columns = [[n.bits[place] for n in numbers if n.bits[place]] for place in range(self.size)]
        counts: list[Count] = []
        while max(map(len, columns)) > rows:
            made: list[list[int]] = [[] for _ in columns]
            for place, bits in enumerate(columns):
                while len(bits) > max(rows - len(made[place]), 0) and len(bits) >= _FULL:
                    most = min(len(bits), LUT_INPUTS) if len(bits) > _FULL + 1 else _FULL
                    taken = tuple(bits[:most])
                    del bits[:most]
                    room = min(len(taken).bit_length(), self.size - place)
                    outputs = tuple(self._signal(_count_bit(taken, bit)) for bit in range(room))
                    counts.append(Count(place, taken, outputs))
                    for above, output in enumerate(outputs):
                        if output:
                            made[place + above].append(output)
            columns = [kept + new for kept, new in zip(columns, made, strict=True)]
        # Whatever the rows hold, together they are the numbers given, which bounds each of them.
        limit = sum(number.most for number in numbers)
        results = []
        for row in range(max(map(len, columns))):
            own = tuple(column[row] if row < len(column) else 0 for column in columns)
            reach = sum(1 << place for place, bit in enumerate(own) if bit)
            results.append(Number(own, min(reach, limit)))
        self.steps.append(Rows(tuple(numbers), tuple(counts), tuple(results)))
        return results

    def _chained(
        self,
        parts: tuple[Part, ...],
        result: Sequence[int],
        carries: Sequence[int],
        saved: Sequence[int],
        most: int,
    ) -> Number:
        number = Number(tuple(result), most)
        self.steps.append(Chain(parts, number, tuple(carries), tuple(saved)))
        return number


def _functions(part: Part) -> Mapping[int, Lut]:
    return part.functions if isinstance(part, Number) else part.bits


def _majority(bits: Sequence[Lut]) -> Lut:
    """Whether two or more of up to three functions are 1."""
    inputs = joint_inputs(bits)
    total = sum((values(bit, inputs) for bit in bits), start=values(Lut((), 0), inputs))
    return from_values(inputs, (total > 1).astype(int).tolist())


def _count_bit(bits: Sequence[int], place: int) -> Lut:
    """A bit of the number of ones among signals, which may be constants."""
    functions = [wire(bit) for bit in bits]
    inputs = joint_inputs(functions)
    total = sum((values(one, inputs) for one in functions), start=values(Lut((), 0), inputs))
    return from_values(inputs, (total >> place & 1).tolist())
