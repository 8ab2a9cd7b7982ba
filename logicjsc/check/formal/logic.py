"""Combinational logic as BLIF text: gates, multiplexers, adders and comparators of named wires.

The lowest bit of a word comes first. Names that are handed out begin with a prefix, so that several
builders can write into one model.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import count
from typing import Final

import numpy as np

from logicjsc.check.formal.local import LocalFunctions
from logicjsc.map.decision_diagram import diagram_levels
from logicjsc.netlist.layers import Array

ZERO: Final = "zero"
ONE: Final = "one"

_MULTIPLEXER: Final = "01- 1\n1-1 1\n"
_MOST_LISTED: Final = 6
"""A table of no more variables is listed row by row; a larger one becomes a decision diagram."""


class Logic:
    """Writes gates line by line.

    Functions of one input word's bits are written where something else reads them, each as the one
    decision diagram that it has, however they were put together; see `LocalFunctions`.

    Attributes:
        lines: text so far; `text` puts the constants in front.
    """

    def __init__(self, prefix: str, words: Iterable[Sequence[str]] = ()) -> None:
        """Begin.

        Args:
            prefix: begins the name of every wire that is made.
            words: wires of the input words, the lowest bit first.
        """
        self.lines: list[str] = []
        self._names = (f"{prefix}{number}" for number in count())
        self._known: dict[tuple[str, ...], str] = {}
        self._local = LocalFunctions(words, (ZERO, ONE))

    def text(self, name: str, inputs: Sequence[str], outputs: Sequence[str]) -> str:
        """The model with these ports."""
        head = f".model {name}\n.inputs {' '.join(inputs)}\n.outputs {' '.join(outputs)}\n"
        return "".join([head, f".names {ZERO}\n.names {ONE}\n1\n", *self.lines, ".end\n"])

    def name(self, source: str, target: str) -> None:
        """Give a wire a second name."""
        self.lines.append(f".names {self._written(source)} {target}\n1 1\n")

    def gate(self, cover: str, *inputs: str) -> str:
        """A gate by its cover, of which equal ones exist once; its output."""
        key = (cover, *inputs)
        if key not in self._known:
            local = self._local.wire_of(cover, inputs, lambda: next(self._names))
            self._known[key] = local or self._line(cover, *map(self._written, inputs))
        return self._known[key]

    def _line(self, cover: str, *inputs: str) -> str:
        output = next(self._names)
        self.lines.append(f".names {' '.join((*inputs, output))}\n{cover}")
        return output

    def _written(self, wire: str) -> str:
        return self._local.write(wire, lambda *inputs: self._line(_MULTIPLEXER, *inputs))

    def invert(self, source: str) -> str:
        """Not."""
        return self.gate("0 1\n", source)

    def conjunction(self, *sources: str) -> str:
        """And."""
        return self.gate("1" * len(sources) + " 1\n", *sources)

    def multiplexer(self, selector: str, low: str, high: str) -> str:
        """``high`` where the selector is 1, else ``low``."""
        if low == high:
            return low
        return self.gate(_MULTIPLEXER, selector, low, high)

    def add(
        self, left: Sequence[str], right: Sequence[str], *, subtract: bool = False
    ) -> list[str]:
        """Sum or difference of two words of one width, modulo its size, by ripple carry."""
        carry = ONE if subtract else ZERO
        total = []
        for a, b in zip(left, right, strict=True):
            second = self.invert(b) if subtract else b
            half = self.gate("01 1\n10 1\n", a, second)
            total.append(self.gate("01 1\n10 1\n", half, carry))
            carry = self.multiplexer(half, a, carry)
        return total

    def larger(self, left: Sequence[str], right: Sequence[str], *, signed: bool) -> str:
        """Whether the left of two words of one width is larger than the right one."""
        found = ZERO
        last = len(left) - 1
        for place, (a, b) in enumerate(zip(left, right, strict=True)):
            # Of the sign bit, the larger word is the one that has none.
            high, low = (b, a) if signed and place == last else (a, b)
            differs = self.gate("01 1\n10 1\n", high, low)
            found = self.multiplexer(differs, found, high)
        return found

    def table(self, address: Sequence[str], columns: Array) -> list[str]:
        """Functions of some wires, by their values at every address.

        Args:
            address: wires, the highest bit first.
            columns: uint8 ``[functions, addresses]``.
        """
        if len(address) <= _MOST_LISTED:
            return [self._listed(address, column) for column in columns]
        cube = columns.reshape(len(columns), *(2,) * len(address))
        wires = {0: ZERO, 1: ONE}
        roots = columns.astype(np.int64)
        for variable, created, nodes in diagram_levels(cube, range(len(address))):
            for number, low, high in created.tolist():
                wires[number] = self.multiplexer(address[variable], wires[low], wires[high])
            roots = nodes
        return [wires[root] for root in roots[:, 0].tolist()]

    def _listed(self, address: Sequence[str], column: Array) -> str:
        ones = np.flatnonzero(column).tolist()
        if len(ones) in {0, column.size}:
            return ONE if ones else ZERO
        return self.gate("".join(f"{row:0{len(address)}b} 1\n" for row in ones), *address)
