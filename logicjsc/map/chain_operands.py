"""What carry chains add: the terms of a sum, made ready to be absorbed in the adders' LUTs.

Every bit of a term is a function of a few signals. Operands are never negative: what is subtracted
is complemented, signs are turned into bits of positive weight or repeated up to the highest place,
and a term of few signals is moved to where its values need the fewest bits. The constants that this
takes are added up in one offset. Arithmetic is modulo two to some power.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt

from logicjsc.map.bit_functions import (
    as_signal,
    complement,
    from_values,
    index_by,
    joint_inputs,
    values,
)
from logicjsc.map.lut_network import LUT_INPUTS, Lut
from logicjsc.map.sums import Term
from logicjsc.netlist.codes import shifted

Array: TypeAlias = npt.NDArray[Any]

ABSORBED_INPUTS: Final = LUT_INPUTS - 1
"""Inputs of a table that fits the LUT of an adder's bit: the other input is the partial sum."""


_MANY_BITS: Final = 16
"""Single bits of one place, of which more are counted in fives without comparing all pairs."""


@dataclass(frozen=True)
class Operand:
    """A number that is added.

    Attributes:
        terms: numbers of the sum's terms that it stands for.
        bits: its bits by place, as far as they are not always 0, each a function of at most
            `ABSORBED_INPUTS` signals.
        offset: what must be added to it to get the terms.
        most: nothing above it is ever reached.
        inputs: signals that it is a function of, if they are few enough to try all values.
        numbers: its values by index of ``inputs``, int64; None if there are too many.
    """

    terms: tuple[int, ...]
    bits: Mapping[int, Lut]
    offset: int
    most: int
    inputs: tuple[int, ...] = ()
    numbers: Array | None = field(default=None, compare=False)

    @property
    def luts(self) -> int:
        """LUTs that adding it takes: one per bit."""
        return len(self.bits)

    @property
    def own_luts(self) -> int:
        """LUTs that its bits take if nothing is added to them; wires take none."""
        return sum(as_signal(function) is None for function in self.bits.values())

    def plus(self, constant: int, size: int) -> Operand:
        """An operand of few signals with its offset replaced by a constant that is looked up too.

        Raises:
            ValueError: the operand has too many signals.
        """
        if self.numbers is None:
            raise ValueError("an operand of many signals is no table")
        moved = (self.numbers + constant) % (1 << size)
        bits = _bits_of(self.inputs, moved, size)
        offset = self.offset - constant
        return Operand(self.terms, bits, offset, int(moved.max()), self.inputs, moved)


def forms_of(number: int, term: Term, functions: Sequence[Lut], size: int) -> tuple[Operand, ...]:
    """The operands that a term may be: with its sign complemented, or repeated up to the top.

    A complemented sign is one bit and a constant; where the sign is the highest bit, neither is
    needed.

    Args:
        number: the term's number in its sum.
        term: the term.
        functions: its bits, the lowest first, each of at most `ABSORBED_INPUTS` signals.
        size: bits of the result; all is modulo two to this power.
    """
    inputs = joint_inputs(functions)
    if len(inputs) <= ABSORBED_INPUTS:
        total = np.zeros(1 << len(inputs), np.int64)
        for place, function in enumerate(functions):
            total += values(function, inputs) << place
        if term.signed:
            total -= (total >> (term.width - 1)) << term.width
        total = shifted(total, term.shift)
        total = -total if term.negated else total
        return (_enumerated((number,), inputs, total, size),)
    repeated = _wide(number, term, functions, size, repeated=True)
    if not term.signed or term.shift + term.width >= size:
        return (repeated,)
    return _wide(number, term, functions, size, repeated=False), repeated


def _wide(
    number: int, term: Term, functions: Sequence[Lut], size: int, *, repeated: bool
) -> Operand:
    """A term of many signals, bit by bit."""
    weighted = [
        (term.shift + place, function, term.negated) for place, function in enumerate(functions)
    ][term.dropped :]
    if term.signed and repeated:
        top, sign, _ = weighted[-1]
        weighted += [(place, sign, term.negated) for place in range(top + 1, size)]
    elif term.signed:
        top, sign, _ = weighted.pop()
        weighted.append((top, sign, not term.negated))
    bits: dict[int, Lut] = {}
    offset = 0
    for place, function, negative in weighted:
        # A bit of negative weight is its complement of positive weight, less the weight.
        bit = complement(function) if negative else function
        offset -= negative << place
        if not bit.inputs:
            offset += bit.table << place
        elif place < size:
            bits[place] = bit
    return Operand((number,), bits, offset, sum(1 << place for place in bits))


def merged(operands: Sequence[Operand], size: int, least: int) -> list[Operand]:
    """Operands of few signals together put into one table, the two that save most LUTs first.

    Args:
        operands: what is added.
        size: bits of the result.
        least: LUTs that must be saved by each two; 0 lets bits gather that only many of them save.
    """
    found = _gathered(operands, size)
    known: dict[tuple[int, int], Operand | None] = {}
    kept: list[Operand] = []
    while True:
        best: tuple[int, Operand, Operand, Operand] | None = None
        for one, other in combinations(found, 2):
            # Operands that were compared stay in a list, so no other one gets their id.
            pair = id(one), id(other)
            if pair not in known:
                known[pair] = _together(one, other, size)
            both = known[pair]
            if both is None:
                continue
            saved = one.luts + other.luts - both.luts
            if saved >= least and (best is None or saved > best[0]):
                best = saved, one, other, both
        if best is None:
            return found
        _, one, other, both = best
        kept.append(one)
        kept.append(other)
        found = [operand for operand in found if operand is not one and operand is not other]
        found.append(both)


def _gathered(operands: Sequence[Operand], size: int) -> list[Operand]:
    """Operands, of whose single bits five of a place are one table where there are many."""
    places: dict[int, list[Operand]] = {}
    for operand in operands:
        if len(operand.bits) == 1 and len(operand.inputs) == 1 and operand.numbers is not None:
            places.setdefault(next(iter(operand.bits)), []).append(operand)
    found = list(operands)
    for bits in places.values():
        if len(bits) <= _MANY_BITS:
            continue
        chosen = {id(bit) for bit in bits}
        found = [operand for operand in found if id(operand) not in chosen]
        for start in range(0, len(bits), ABSORBED_INPUTS):
            table, *rest = bits[start : start + ABSORBED_INPUTS]
            for bit in rest:
                both = _together(table, bit, size)
                if both is None:
                    found.append(bit)
                else:
                    table = both
            found.append(table)
    return found


def _together(one: Operand, other: Operand, size: int) -> Operand | None:
    if one.numbers is None or other.numbers is None:
        return None
    inputs = tuple(dict.fromkeys((*one.inputs, *other.inputs)))
    if len(inputs) > ABSORBED_INPUTS:
        return None
    total = _spread(one, inputs) + _spread(other, inputs)
    return _enumerated((*one.terms, *other.terms), inputs, total, size)


def _spread(operand: Operand, inputs: tuple[int, ...]) -> Array:
    """What the operand and its offset are by index of more inputs."""
    numbers = operand.numbers if operand.numbers is not None else np.zeros(1, np.int64)
    return np.asarray(numbers[index_by(operand.inputs, inputs)] + operand.offset)


def _enumerated(
    terms: tuple[int, ...], inputs: tuple[int, ...], total: Array, size: int
) -> Operand:
    least = int(total.min())
    found = []
    for offset in (least, 0):
        moved = (total - offset) % (1 << size)
        bits = _bits_of(inputs, moved, size)
        # Without bits that are always 1, which a constant does better.
        if all(function.inputs for function in bits.values()):
            found.append(Operand(terms, bits, offset, int(moved.max()), inputs, moved))
    return min(found, key=lambda operand: (operand.luts, operand.offset % (1 << size) != 0))


def _bits_of(inputs: tuple[int, ...], numbers: Array, size: int) -> dict[int, Lut]:
    """Bits by place that are not always 0."""
    bits = {place: from_values(inputs, (numbers >> place & 1).tolist()) for place in range(size)}
    return {place: function for place, function in bits.items() if function != Lut((), 0)}
