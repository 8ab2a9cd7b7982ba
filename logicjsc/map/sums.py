"""Sums on their own, without the netlist around them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias, get_args

from logicjsc.map.lut_network import LUT_INPUTS
from logicjsc.netlist import Netlist, SumLayer

Adders: TypeAlias = Literal["lut", "carry", "best"]
"""How sums are built: of LUTs, on carry chains, or each in the way that takes fewer LUTs."""

ADDERS: Final[tuple[Adders, ...]] = get_args(Adders)


@dataclass(frozen=True)
class Term:
    """One input of a sum: ``+-(value << shift)``; a shift below 0 drops its lowest bits."""

    width: int
    signed: bool
    shift: int
    negated: bool

    @property
    def dropped(self) -> int:
        """Bits of the input that are not added, the lowest ones."""
        return max(0, -self.shift)


@dataclass(frozen=True)
class SumNode:
    """A sum on its own; see `logicjsc.netlist.SumLayer`.

    Attributes:
        terms: the inputs in order.
        offset: constant.
        width: output bits; the sum is exact modulo their range.
    """

    terms: tuple[Term, ...]
    offset: int
    width: int

    @property
    def bits(self) -> int:
        """Input bits."""
        return sum(term.width for term in self.terms)


def sum_nodes(netlist: Netlist, layer: SumLayer) -> Iterator[SumNode]:
    """The nodes of a layer on their own."""
    for node in range(layer.nodes):
        terms = tuple(
            Term(
                int(netlist.widths[source]),
                bool(netlist.signed[source]),
                int(layer.shifts[node, position]),
                bool(layer.negated[node, position]),
            )
            for position, source in enumerate(layer.inputs[node])
        )
        yield SumNode(terms, int(layer.offsets[node]), int(layer.widths[node]))


@dataclass(frozen=True)
class TermBit:
    """A bit of a term of a sum.

    Attributes:
        term: number of the term.
        bit: of its input, 0 the lowest.
    """

    term: int
    bit: int


Source: TypeAlias = TermBit | int
"""Where a bit comes from: a bit of a term, or a constant 0 or 1."""


def wires_of(node: SumNode) -> tuple[Source, ...] | None:
    """Where each bit of a sum comes from, the lowest first; None if bits have to be added.

    Slices, sign extensions and concatenations are such wires: at most one bit of one term lies in
    each place, so there is nothing to carry.

    Args:
        node: the sum.
    """
    columns: list[Source] = [node.offset >> place & 1 for place in range(node.width)]
    for number, term in enumerate(node.terms):
        if term.negated:
            return None
        # Of a sign, which stands for all bits above it, there is a copy in each.
        last = max(node.width - term.shift, term.width) if term.signed else term.width
        for bit in range(term.dropped, last):
            place = bit + term.shift
            if place >= node.width:
                break
            if columns[place] != 0:
                return None
            columns[place] = TermBit(number, min(bit, term.width - 1))
    return tuple(columns)


def carry_luts(node: SumNode) -> int:
    """LUTs of a sum on carry chains that find their operands ready.

    An addition takes one per bit of what is added; where it has none, the partial sum's bit passes
    as a wire. The largest term is not added to anything, and wires take none.
    """
    if wires_of(node) is not None:
        return 0
    bits = [_bits_added(term, node.width) for term in node.terms]
    alone = [size for size, term in zip(bits, node.terms, strict=True) if not term.negated]
    return sum(bits) - (max(alone, default=0) if node.offset == 0 else 0)


def _bits_added(term: Term, width: int) -> int:
    """Bits of a term in a sum; a sign is repeated up to the highest."""
    room = max(0, width - max(0, term.shift))
    return room if term.signed or term.negated else min(term.width - term.dropped, room)


@dataclass(frozen=True)
class TermShape:
    """A term, as far as its cost on a carry chain is concerned.

    Attributes:
        support_bits: bits that it is looked up by; for wires as many as it has.
        output_bits: its bits.
        is_table: whether it is looked up; otherwise its bits are wires.
    """

    support_bits: int
    output_bits: int
    is_table: bool = True

    @property
    def absorbed(self) -> bool:
        """Whether the adders' LUTs have room for it."""
        return self.is_table and self.support_bits < LUT_INPUTS

    @property
    def own_luts(self) -> int:
        """LUTs that it takes before it is added."""
        if self.absorbed or not self.is_table:
            return 0
        return self.output_bits * luts_per_bit(self.support_bits)


def chain_luts(terms: Sequence[TermShape]) -> int:
    """LUTs of a sum on carry chains, its tables included, estimated without mapping.

    One per output bit of what is added. A table of at most five bits costs nothing more, one of six
    its own LUT per bit, larger ones a tree of multiplexers. The first term is not added to
    anything: a table of at most five bits saves nothing there, any other saves a LUT per bit. Terms
    that share bits can be cheaper, and so can sums whose highest bits are not read.
    """
    saved = (0 if term.absorbed else term.output_bits for term in terms)
    total = sum(term.output_bits + term.own_luts for term in terms)
    return total - max(saved, default=0)


def luts_per_bit(address_bits: int) -> int:
    """LUTs of a multiplexer tree that reads one bit out of ``2**address_bits`` rows."""
    if address_bits <= LUT_INPUTS:
        return 1 if address_bits else 0
    sign = -1 if address_bits % 2 else 1
    return ((1 << (address_bits - 4)) - sign) // 3
