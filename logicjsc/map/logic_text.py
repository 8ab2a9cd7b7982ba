"""Logic that is written node by node, as BLIF; a word is a list of names, the lowest bit first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from logicjsc.map.blif import node_header

ZERO: Final = "zero"
ONE: Final = "one"
"""Names of the constants."""

_CARRY: Final = "11- 1\n1-1 1\n-11 1\n"
_PARITY: Final = "100 1\n010 1\n001 1\n111 1\n"


class LogicText:
    """Collects the nodes of a model with inputs ``i<k>`` and outputs ``o<k>``."""

    def __init__(self, inputs: int, outputs: int) -> None:
        head = node_header(range(inputs), outputs)
        self._lines = [f"{head}.names {ZERO}\n.names {ONE}\n1\n"]
        self._names = 0

    def node(self, inputs: Sequence[str], cover: str) -> str:
        """A node; its name."""
        self._names += 1
        self._lines.append(f".names {' '.join(inputs)} w{self._names}\n{cover}")
        return f"w{self._names}"

    def invert(self, bit: str) -> str:
        """The complement of a bit."""
        return self.node([bit], "0 1\n")

    def add(self, left: Sequence[str], right: Sequence[str], carry: str = ZERO) -> list[str]:
        """The sum of two words, one bit longer than the longer of them."""
        total = []
        for place in range(max(len(left), len(right))):
            pair = [word[place] if place < len(word) else ZERO for word in (left, right)]
            total.append(self.node((*pair, carry), _PARITY))
            carry = self.node((*pair, carry), _CARRY)
        return [*total, carry]

    def carry(self, left: Sequence[str], right: Sequence[str]) -> str:
        """What the sum of two words of one length carries."""
        carry = ZERO
        for pair in zip(left, right, strict=True):
            carry = self.node((*pair, carry), _CARRY)
        return carry

    def append(self, lines: str) -> None:
        """Nodes that were written elsewhere."""
        self._lines.append(lines)

    def text(self, outputs: Sequence[str] = ()) -> str:
        """The whole model, with outputs wired to bits."""
        wires = [f".names {bit} o{place}\n1 1\n" for place, bit in enumerate(outputs)]
        return "".join([*self._lines, *wires, ".end\n"])
