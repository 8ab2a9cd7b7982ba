"""The order in which a sum's operands are added, chosen so that its carry chains take few LUTs.

The first operand is not added to anything. It is the one whose bits cost least on their own: wires
cost nothing, whereas a table needs as many LUTs alone as it does in an adder. Every addition takes
a bit more as its carry, for which single bits and the bits of the sum's constant are used. The rest
of the constant is what the sum starts with.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Final

from logicjsc.map.bit_functions import as_signal, wire
from logicjsc.map.carry_chain import ChainBuilder, ChainedSum, Entry
from logicjsc.map.chain_operands import Operand, forms_of, merged
from logicjsc.map.lut_network import Lut
from logicjsc.map.sums import SumNode

_FEW: Final = 3
"""Terms of which every combination of forms is tried; of more, one at a time is changed."""

_PER_TABLE: Final = 5
"""Single bits that one table counts."""


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
    forms = [
        forms_of(number, term, bits, size)
        for number, (term, bits) in enumerate(zip(node.terms, read, strict=True))
    ]
    search = _Search(node, read, inputs, size)
    free = [number for number, those in enumerate(forms) if len(those) > 1]
    if len(forms) <= _FEW:
        return min((search.best(choice) for choice in product(*forms)), key=_cost)
    chosen = [those[0] for those in forms]
    best = search.best(chosen)
    for number in free:
        other = [*chosen[:number], forms[number][1], *chosen[number + 1 :]]
        found = search.best(other)
        if _cost(found) < _cost(best):
            best, chosen = found, other
    return best


def _cost(chained: ChainedSum) -> tuple[int, int]:
    return chained.network.area, len(chained.network.luts)


@dataclass(frozen=True)
class _Plan:
    """An order of additions.

    Attributes:
        order: operands, the first first.
        bits: single bits that are added as carries where that is possible.
        constant: that is added, too.
        in_table: whether the constant goes into the table of the first operand.
        by_carries: whether its bits are added as carries where that is possible.
    """

    order: tuple[Operand, ...]
    bits: tuple[Operand, ...]
    constant: int
    in_table: bool = False
    by_carries: bool = False


@dataclass(frozen=True)
class _Search:
    """Tries orders for one sum."""

    node: SumNode
    functions: tuple[tuple[Lut, ...], ...]
    inputs: int
    size: int

    def best(self, operands: Sequence[Operand]) -> ChainedSum:
        """The cheapest way found to add operands."""
        tried: list[_Plan] = []
        for kept, bits in self._grouped(operands):
            tried += [plan for plan in self._plans(kept, bits) if plan not in tried]
        return min(map(self._built, tried), key=_cost)

    def _grouped(
        self, operands: Sequence[Operand]
    ) -> Iterator[tuple[Sequence[Operand], tuple[Operand, ...]]]:
        """Operands put together into tables, and single bits that are left alone."""
        single = [operand for operand in operands if _is_wire(operand)]
        single.sort(key=lambda operand: operand.most)
        others = len(operands) - len(single)
        # As many as there are additions: of other operands, and of tables that count five bits.
        # More would save LUTs, but pass through more places than they save.
        most = (_PER_TABLE * (others - 1) + len(single)) // (_PER_TABLE + 1)
        for held in sorted({min(max(slots, 0), len(single)) for slots in (0, others - 1, most)}):
            bits = tuple(single[:held])
            rest = [operand for operand in operands if operand not in bits]
            for kept in (merged(rest, self.size, 1), merged(rest, self.size, 0), rest):
                yield kept, bits

    def _plans(self, operands: Sequence[Operand], bits: tuple[Operand, ...]) -> Iterator[_Plan]:
        """Which operand comes first, and where the constant goes; the smallest ones follow."""
        everything = (*operands, *bits)
        offset = self.node.offset + sum(operand.offset for operand in everything)
        constant = offset % (1 << self.size)
        if not operands:
            operands, bits = bits[:1], bits[1:]
        tables = [operand for operand in operands if operand.numbers is not None]
        starts = [max(some, key=_saved_as_first) for some in (operands, tables) if some]
        if len(operands) <= _FEW:
            starts = list(operands)
        for first in dict.fromkeys(operands.index(start) for start in starts):
            rest = [operand for number, operand in enumerate(operands) if number != first]
            rest.sort(key=lambda operand: operand.most)
            order = (operands[first], *rest)
            yield _Plan(order, bits, constant)
            if constant:
                yield _Plan(order, bits, constant, by_carries=True)
                if operands[first].numbers is not None:
                    yield _Plan(order, bits, constant, in_table=True)
        if not operands:
            yield _Plan((), (), constant)

    def _built(self, plan: _Plan) -> ChainedSum:
        builder, left = self._builder(plan, plan.constant if plan.by_carries else 0)
        if left:  # is what the sum starts with instead
            builder, left = self._builder(plan, plan.constant - left)
        if left:
            builder, left = self._builder(plan, 0)
        return builder.sum(self.node, self.functions)

    def _builder(self, plan: _Plan, entering: int) -> tuple[ChainBuilder, int]:
        """Additions in order, and the part of what should enter as carries that did not."""
        builder = ChainBuilder(self.inputs, self.size)
        order, waiting = list(plan.order), list(plan.bits)
        start = plan.constant - entering
        if plan.in_table:
            builder.begin_with_table(order.pop(0), start)
        elif start or not order:
            builder.begin(start)
        else:
            builder.add(order.pop(0))
        while order or waiting:
            operand = order.pop(0) if order else waiting.pop()
            entry, entering = _entry(waiting, entering, builder.first_carry(operand))
            builder.add(operand, entry)
        return builder, entering


def _entry(waiting: list[Operand], constant: int, limit: int) -> tuple[Entry | None, int]:
    """A bit that enters at a place that is not above a limit, and what is left of a constant."""
    fitting = [operand for operand in waiting if _place(operand) <= limit]
    if fitting:
        operand = max(fitting, key=_place)
        waiting.remove(operand)
        ((place, bit),) = operand.bits.items()
        return Entry(place, bit, operand), constant
    place = (constant & -constant).bit_length() - 1
    if constant and place <= limit:
        return Entry(place, wire(1)), constant - (1 << place)
    return None, constant


def _place(operand: Operand) -> int:
    (place,) = operand.bits
    return place


def _is_wire(operand: Operand) -> bool:
    """Whether an operand is a single bit that needs no LUT."""
    return len(operand.bits) == 1 and as_signal(*operand.bits.values()) is not None


def _saved_as_first(operand: Operand) -> int:
    return operand.luts - operand.own_luts
