"""Sums on their own, without the netlist around them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

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
