"""Sums as logic: words of names, added bit by bit, modulo the result's size."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from logicjsc.map.logic_text import ONE, ZERO, LogicText
from logicjsc.netlist import Netlist, SumLayer


@dataclass(frozen=True)
class Term:
    """One input of a sum: ``+-(value << shift)``."""

    width: int
    signed: bool
    shift: int
    negated: bool


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


def carry_luts(node: SumNode) -> int:
    """LUTs of a sum on carry chains: one per bit of every addition of two words.

    Bits below a shifted term are passed by.
    """
    shifts = sorted(term.shift for term in node.terms)
    # Each addition begins where the later of its two words does.
    starts = shifts[1:] if node.offset == 0 else [*shifts[1:], 0]
    return sum(max(node.width - start, 0) for start in starts)


def sum_blif(node: SumNode) -> str:
    """A sum as the logic of one addition after the other: what faster adders are proven against.

    Bits of the last term come first among the inputs ``i<k>``, each term's lowest bit first, as
    everywhere in mapped networks.
    """
    logic = LogicText(node.bits, node.width)
    words = sum_words(node, logic)
    total = words[0] if words else [ZERO] * node.width
    for word in words[1:]:
        total = logic.add(total, word)[: node.width]
    return logic.text(total)


def sum_words(node: SumNode, logic: LogicText) -> list[list[str]]:
    """All terms as words of the sum's width, and the constant, if there is one.

    Signed terms are extended. Negated ones are inverted, which the constant makes up for.
    """
    words, constant, last = [], node.offset, node.bits
    for term in node.terms:
        first = last - term.width
        bits = [f"i{place}" for place in range(first, last)]
        last = first
        if term.negated:
            # -x is ~x + 1, in units of the shift.
            bits = [logic.invert(bit) for bit in bits]
            constant += 1 << term.shift
        filler = bits[-1] if term.signed else (ONE if term.negated else ZERO)
        words.append(([ZERO] * term.shift + bits + [filler] * node.width)[: node.width])
    if constant % (1 << node.width):
        words.append([ONE if constant >> place & 1 else ZERO for place in range(node.width)])
    return words
