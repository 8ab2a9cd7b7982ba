"""Sums as logic: words of names, added bit by bit, modulo the result's size."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from logicjsc.netlist import Netlist, SumLayer

_ZERO: Final = "zero"
_ONE: Final = "one"
_CARRY: Final = "11- 1\n1-1 1\n-11 1\n"
_PARITY: Final = "100 1\n010 1\n001 1\n111 1\n"


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


def sum_blif(node: SumNode, *, balanced: bool) -> str:
    """The logic of a sum.

    Args:
        node: the sum. Bits of its last term come first among the inputs ``i<k>``, each term's
            lowest bit first, as everywhere in mapped networks.
        balanced: add words in a tree, shortest first; else one after the other.
    """
    writer = _Writer(node)
    words = writer.words()
    if balanced:
        while len(words) > 1:
            words = sorted(words, key=_used)
            words = [writer.add(words[0], words[1]), *words[2:]]
    total = words[0] if words else [_ZERO] * node.width
    for word in words[1:]:
        total = writer.add(total, word)
    return writer.text(total)


def _used(word: Sequence[str]) -> int:
    return sum(bit != _ZERO for bit in word)


class _Writer:
    """Collects nodes; words have the result's width, the lowest bit first."""

    def __init__(self, node: SumNode) -> None:
        self._node = node
        inputs = " ".join(f"i{bit}" for bit in range(node.bits))
        outputs = " ".join(f"o{bit}" for bit in range(node.width))
        self._lines = [
            f".model node\n.inputs {inputs}\n.outputs {outputs}\n.names {_ZERO}\n.names {_ONE}\n1\n"
        ]
        self._names = 0

    def words(self) -> list[list[str]]:
        """All terms, negated ones inverted, and the constant that makes up for it."""
        words, constant, last = [], self._node.offset, self._node.bits
        for term in self._node.terms:
            first = last - term.width
            bits = [f"i{place}" for place in range(first, last)]
            last = first
            if term.negated:
                # -x is ~x + 1, in units of the shift.
                bits = [self.node([bit], "0 1\n") for bit in bits]
                constant += 1 << term.shift
            filler = bits[-1] if term.signed else (_ONE if term.negated else _ZERO)
            extension = [filler] * self._node.width
            words.append(([_ZERO] * term.shift + bits + extension)[: self._node.width])
        if constant % (1 << self._node.width):
            places = range(self._node.width)
            words.append([_ONE if constant >> place & 1 else _ZERO for place in places])
        return words

    def add(self, left: Sequence[str], right: Sequence[str]) -> list[str]:
        total, carry = [], _ZERO
        for pair in zip(left, right, strict=True):
            total.append(self.node((*pair, carry), _PARITY))
            carry = self.node((*pair, carry), _CARRY)
        return total

    def node(self, inputs: Sequence[str], cover: str) -> str:
        self._names += 1
        self._lines.append(f".names {' '.join(inputs)} w{self._names}\n{cover}")
        return f"w{self._names}"

    def text(self, total: Sequence[str]) -> str:
        copies = [f".names {bit} o{place}\n1 1\n" for place, bit in enumerate(total)]
        return "".join([*self._lines, *copies, ".end\n"])
