"""A netlist as a straight line of gates of up to three inputs, every bit a variable.

A **literal** is twice a variable's number, plus one if its complement is meant. Variable 0 is the
constant 0, then come the bits of the inputs, the lowest of each input first, then the gates.
Complements cost nothing, they go into the tables of the gates that read them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

from logicjsc.core.errors import NetlistError
from logicjsc.core.progress import OnProgress, silent
from logicjsc.emit.c.gates import GATE_INPUTS, Tree, gates_of
from logicjsc.map.bits import bit_offsets, output_places
from logicjsc.map.lut_network import CONSTANTS, Lut, LutNetwork
from logicjsc.netlist import Netlist, SumLayer

Literal: TypeAlias = int

FALSE: Final[Literal] = 0
TRUE: Final[Literal] = 1

NOT: Final = 0b01
EXCLUSIVE_OR: Final = 0b10010110
MAJORITY: Final = 0b11101000


@dataclass(frozen=True)
class Operation:
    """One gate.

    Attributes:
        table: output by index, bit ``i`` of the integer is the output at index ``i``.
        sources: variables, ascending; the first is the lowest bit of the index.
    """

    table: int
    sources: tuple[int, ...]


@dataclass(frozen=True)
class Program:
    """Gates in order.

    Attributes:
        inputs: number of input bits.
        operations: the gates; variable ``1 + inputs + i`` is the output of operation ``i``.
        outputs: variable of each output bit, the lowest of each output first. Variable 0 is the
            constant 0.
    """

    inputs: int
    operations: tuple[Operation, ...]
    outputs: tuple[int, ...]

    @property
    def first(self) -> int:
        """Variable of the first operation."""
        return 1 + self.inputs


class Builder:
    """Collects gates; equal ones, also up to complement, become one."""

    def __init__(self, inputs: int) -> None:
        self._inputs = inputs
        self._operations: list[Operation] = []
        self._known: dict[Operation, int] = {}

    def input(self, bit: int) -> Literal:
        """Literal of an input bit."""
        return 2 * (1 + bit)

    def gate(self, table: int, literals: Sequence[Literal]) -> Literal:
        """A function of at most three literals; bit ``i`` of ``table`` is its value at ``i``."""
        variables = sorted({literal >> 1 for literal in literals} - {0})
        # The value at every index over the distinct variables, constants and repeats resolved.
        column = [
            table
            >> sum(_value(literal, variables, index) << bit for bit, literal in enumerate(literals))
            & 1
            for index in range(1 << len(variables))
        ]
        for place in reversed(range(len(variables))):
            zero = [value for index, value in enumerate(column) if not index >> place & 1]
            one = [value for index, value in enumerate(column) if index >> place & 1]
            if zero == one:
                column = zero
                del variables[place]
        complement = column[0]
        if not variables:
            return complement
        if len(variables) == 1:
            return 2 * variables[0] + complement
        normal = sum((value ^ complement) << index for index, value in enumerate(column))
        return 2 * self._variable(Operation(normal, tuple(variables))) + complement

    def lut(self, lut: Lut, literals: Sequence[Literal]) -> Literal:
        """A look-up table of up to six literals."""
        table, used = lut.table, list(range(len(literals)))
        for place in reversed(range(len(literals))):
            table, matters = _without(table, place, len(used))
            if not matters:
                del used[place]
        if not used:
            return table
        return self._tree(gates_of(table, len(used)), [literals[place] for place in used])

    def build(self, outputs: Sequence[Literal]) -> Program:
        """The program of some literals, without operations that none of them needs."""
        wanted = [self._plain(literal) for literal in outputs]
        first = 1 + self._inputs
        needed = set(wanted)
        for number in reversed(range(len(self._operations))):
            if first + number in needed:
                needed.update(self._operations[number].sources)
        new = {variable: variable for variable in range(first)}
        kept: list[Operation] = []
        for number, operation in enumerate(self._operations):
            if first + number in needed:
                new[first + number] = first + len(kept)
                kept.append(
                    replace(operation, sources=tuple(new[source] for source in operation.sources))
                )
        return Program(self._inputs, tuple(kept), tuple(new[variable] for variable in wanted))

    def _tree(self, tree: Tree, literals: Sequence[Literal]) -> Literal:
        if isinstance(tree, int):
            return literals[tree]
        return self.gate(tree.table, [self._tree(source, literals) for source in tree.sources])

    def _variable(self, operation: Operation) -> int:
        if operation not in self._known:
            self._known[operation] = 1 + self._inputs + len(self._operations)
            self._operations.append(operation)
        return self._known[operation]

    def _plain(self, literal: Literal) -> int:
        """The variable of a literal; complements need an operation here."""
        if not literal & 1:
            return literal >> 1
        return self._variable(Operation(NOT, (literal >> 1,)))


def compile_netlist(
    netlist: Netlist,
    luts: Sequence[LutNetwork | None],
    on_progress: OnProgress = silent,
) -> Program:
    """The gates of a netlist: LUTs where it looks up, adders where it adds.

    Args:
        netlist: a netlist without dead nodes.
        luts: the LUTs of each of its layers, see `logicjsc.map.mapper.MappedLayer`; those of sum
            layers are not needed.
        on_progress: told of finished layers.

    Raises:
        NetlistError: the netlist has no inputs or no outputs, or a table layer no LUTs.
    """
    if not netlist.inputs or not len(netlist.outputs):
        missing = "outputs" if netlist.inputs else "inputs"
        raise NetlistError(f"netlist {netlist.name!r} has no {missing}, so there is no code for it")
    builder = Builder(int(netlist.input_widths.sum()))
    offsets = bit_offsets(netlist.widths)
    bits = [builder.input(bit) for bit in range(offsets[netlist.inputs])]
    for index, (layer, network) in enumerate(zip(netlist.layers, luts, strict=True)):
        on_progress(index, len(luts), "layers")
        if isinstance(layer, SumLayer):
            bits += [bit for node in _add_up(builder, netlist, layer, bits) for bit in node]
        elif network is not None:
            bits += _look_up(builder, network, bits)
        else:
            raise NetlistError(f"layer {layer.name!r} has no LUTs")
    return builder.build([bits[place] for place in output_places(netlist)])


def _look_up(builder: Builder, network: LutNetwork, bits: Sequence[Literal]) -> list[Literal]:
    literals = [FALSE, TRUE, *bits[: network.first_lut - CONSTANTS]]
    for lut in network.luts:
        literals.append(builder.lut(lut, [literals[source] for source in lut.inputs]))
    return [literals[output] for output in network.outputs]


def _add_up(
    builder: Builder, netlist: Netlist, layer: SumLayer, bits: Sequence[Literal]
) -> list[list[Literal]]:
    return [list(_sum_of(builder, netlist, layer, node, bits)) for node in range(layer.nodes)]


def _sum_of(
    builder: Builder, netlist: Netlist, layer: SumLayer, node: int, bits: Sequence[Literal]
) -> Iterator[Literal]:
    """Bits of one sum, by full adders column by column.

    A bit that counts negatively, ``-2**k b``, is ``2**k (1 - b) - 2**k``: its complement and a
    constant. So no operand needs sign extension.
    """
    offsets, width = bit_offsets(netlist.widths), int(layer.widths[node])
    columns: list[list[Literal]] = [[] for _ in range(width)]
    constant = int(layer.offsets[node])
    for position, source in enumerate(layer.inputs[node].tolist()):
        source_width = int(netlist.widths[source])
        for bit in range(source_width):
            weight = bit + int(layer.shifts[node, position])
            if weight < 0:
                continue
            top = bool(netlist.signed[source]) and bit == source_width - 1
            negative = top != bool(layer.negated[node, position])
            constant -= int(negative) << weight
            if weight < width:
                columns[weight].append(bits[offsets[source] + bit] ^ int(negative))
    for weight, column in enumerate(columns):
        if constant >> weight & 1:
            column.append(TRUE)
    return _ripple(builder, columns)


def _ripple(builder: Builder, columns: Sequence[list[Literal]]) -> Iterator[Literal]:
    for weight, column in enumerate(columns):
        while len(column) > 1:
            three = [*column, FALSE][:GATE_INPUTS]
            del column[:GATE_INPUTS]
            column.append(builder.gate(EXCLUSIVE_OR, three))
            if weight + 1 < len(columns):
                columns[weight + 1].append(builder.gate(MAJORITY, three))
        yield column[0] if column else FALSE


def _value(literal: Literal, variables: Iterable[int], index: int) -> int:
    value = 0
    for place, variable in enumerate(variables):
        if variable == literal >> 1:
            value = index >> place & 1
    return value ^ (literal & 1)


def _without(table: int, place: int, inputs: int) -> tuple[int, bool]:
    """A table without an input, if that changes nothing, and whether the input matters."""
    column = [table >> index & 1 for index in range(1 << inputs)]
    zero = [value for index, value in enumerate(column) if not index >> place & 1]
    one = [value for index, value in enumerate(column) if index >> place & 1]
    if zero != one:
        return table, True
    return sum(value << index for index, value in enumerate(zero)), False
