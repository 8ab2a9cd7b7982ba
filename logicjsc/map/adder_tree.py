"""A sum as a tree of adders: several carry chains side by side, put together in some way.

A chain adds operand after operand, tables included, for a LUT per bit (see
`logicjsc.map.carry_chain`); its result comes the later the more it adds. Several shorter chains are
faster, and adding their results takes a LUT per bit of each but one. How many chains there are, in
which order they take their operands and how their results are added makes the front of area and
delay that `logicjsc.map.timing.node_choice` chooses from.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from logicjsc.map.adder_steps import Adder, Number, Step
from logicjsc.map.bit_functions import as_signal
from logicjsc.map.chain_operands import Operand, forms_of, merged
from logicjsc.map.lut_network import Lut, LutNetwork
from logicjsc.map.sums import SumNode

Join: TypeAlias = Literal["binary", "ternary", "counters"]
"""How results of chains are added: two at a time, three at a time, or counted bit by bit."""

JOINS: Final[tuple[Join, ...]] = ("binary", "ternary", "counters")

_LAST_ROWS: Final = 2
"""Rows that counters leave to a last addition."""


@dataclass(frozen=True)
class Shape:
    """How a sum is added.

    Attributes:
        chains: how many there are, one or more.
        join: how their results are added.
        late: operands that are taken last on every chain, by number, the latest at the end; others
            come before, the smallest first.
        constant_in_table: whether the constant goes into the operand where it takes fewest LUTs;
            otherwise the shortest chain starts with it.
    """

    chains: int
    join: Join = "binary"
    late: tuple[int, ...] = ()
    constant_in_table: bool = True

    @property
    def text(self) -> str:
        """Undone by `Shape.read`."""
        late = ".".join(map(str, self.late)) or "-"
        return f"{self.chains} {self.join} {late} {int(self.constant_in_table)}"

    @classmethod
    def read(cls, text: str) -> Shape:
        """The shape that has a text.

        Raises:
            ValueError: none has.
        """
        chains, join, late, in_table = text.split(" ")
        if join not in JOINS:
            raise ValueError(f"results of chains are not joined by {join!r}")
        terms = () if late == "-" else tuple(map(int, late.split(".")))
        return cls(int(chains), join, terms, in_table == "1")


@dataclass(frozen=True)
class TreedSum:
    """A sum as a tree of adders, with a record of how it came about.

    Attributes:
        node: the sum.
        functions: for each term its bits, the lowest first, as functions of signals.
        operands: what is looked up or absorbed.
        constant: the number that is added to them.
        steps: from operands and constant to the result.
        network: the LUTs and gates; inputs are signals as ``functions`` number them.
    """

    node: SumNode
    functions: tuple[tuple[Lut, ...], ...]
    operands: tuple[Operand, ...]
    constant: int
    steps: tuple[Step, ...]
    network: LutNetwork


@dataclass(frozen=True)
class Addends:
    """What a sum adds, ready for trees of any shape.

    Attributes:
        node: the sum.
        functions: see `TreedSum`.
        inputs: signals there are, beside the constants.
        size: bits of the sum that are built; the others are 0.
        operands: what is added.
        constant: and this.
    """

    node: SumNode
    functions: tuple[tuple[Lut, ...], ...]
    inputs: int
    size: int
    operands: tuple[Operand, ...]
    constant: int

    @classmethod
    def of(
        cls, node: SumNode, functions: Sequence[Sequence[Lut]], inputs: int, size: int
    ) -> Addends:
        """Operands of a sum; see `logicjsc.map.carry_chain.chain_sum` for the arguments."""
        read = tuple(map(tuple, functions))
        apart = [
            forms_of(number, term, bits, size)[0]
            for number, (term, bits) in enumerate(zip(node.terms, read, strict=True))
        ]
        operands = merged(apart, size, 1)
        constant = (node.offset + sum(operand.offset for operand in operands)) % (1 << size)
        return cls(node, read, inputs, size, tuple(operands), constant)

    @property
    def most_chains(self) -> int:
        """Chains of one operand each."""
        return max(len(self.operands), 1)

    def tree(self, shape: Shape) -> TreedSum:
        """The sum in a shape."""
        adder = Adder(self.inputs, self.size)
        operands, constant = list(self.operands), self.constant
        if shape.constant_in_table and constant:
            operands, constant = _constant_in_table(operands, constant, self.size)
        late = {number: place for place, number in enumerate(shape.late)}
        order = sorted(
            (operand for operand in operands if operand.bits),
            key=lambda operand: (
                max((late.get(term, -1) for term in operand.terms), default=-1),
                operand.most,
            ),
        )
        chains = _dealt(order, min(shape.chains, max(len(order), 1)), constant)
        numbers = [_chained(adder, chain, start) for chain, start in chains]
        result = _joined(adder, numbers, shape.join)
        bits = (*result.bits, *(0 for _ in range(self.node.width - self.size)))
        network = LutNetwork(self.inputs, tuple(adder.luts), bits)
        return TreedSum(
            self.node, self.functions, tuple(operands), constant, tuple(adder.steps), network
        )


def _constant_in_table(
    operands: list[Operand], constant: int, size: int
) -> tuple[list[Operand], int]:
    """Operands of which one holds the constant too, where one is a table."""
    moved = [
        (operand.plus(constant, size), number)
        for number, operand in enumerate(operands)
        if operand.numbers is not None and operand.bits
    ]
    if not moved:
        return operands, constant
    best, number = min(moved, key=lambda entry: entry[0].luts - operands[entry[1]].luts)
    return [*operands[:number], best, *operands[number + 1 :]], 0


def _dealt(
    order: Sequence[Operand], chains: int, constant: int
) -> list[tuple[list[Operand], int | None]]:
    """Operands for each chain, and the number that it starts with, if any."""
    dealt: list[list[Operand]] = [list(order[number::chains]) for number in range(chains)]
    starts: list[int | None] = [None] * chains
    if constant or not order:
        starts[-1] = constant  # no chain is shorter
    return list(zip(dealt, starts, strict=True))


def _chained(adder: Adder, operands: Sequence[Operand], start: int | None) -> Number:
    """The sum of some operands, one after the other."""
    if start is not None:
        number, rest = adder.constant(start), list(operands)
    else:
        # The first one is not added to anything, so wires come first: they cost nothing there.
        first = max(operands, key=_saved_as_first)
        number = adder.look_up(first)
        rest = [operand for operand in operands if operand is not first]
    for operand in rest:
        number = adder.add(number, operand)
    return number


def _saved_as_first(operand: Operand) -> int:
    return sum(as_signal(function) is not None for function in operand.bits.values())


def _joined(adder: Adder, numbers: list[Number], join: Join) -> Number:
    """One number of several, the first ready first."""
    waiting = list(numbers)
    if join == "counters" and len(waiting) > _LAST_ROWS:
        waiting = adder.count(waiting, _LAST_ROWS)
    while len(waiting) > 1:
        if join == "ternary" and len(waiting) > 2:  # noqa: PLR2004 - three are there
            waiting = [*waiting[3:], adder.add_three(*waiting[:3])]
        else:
            waiting = [*waiting[2:], adder.add(waiting[0], waiting[1])]
    return waiting[0] if waiting else adder.constant(0)
