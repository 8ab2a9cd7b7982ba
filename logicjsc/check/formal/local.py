"""Functions of one word's bits, by their values at every word.

Two circuits that compute such a function in unlike ways, one by comparators, the other bit by bit,
are hard to match for a SAT solver. Written as decision diagrams of their values, equal functions
are equal text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final, TypeAlias

MOST_BITS: Final = 12
"""Functions of longer words are left as they are."""

Function: TypeAlias = tuple[int, int]
"""Number of a word, and the values at it: bit ``n`` is the value where the word is ``n``."""


class LocalFunctions:
    """Which wires are functions of one word, and how they are written."""

    def __init__(self, words: Iterable[Sequence[str]], constants: tuple[str, str]) -> None:
        """Begin.

        Args:
            words: wires of the words, the lowest bit first.
            constants: wires of 0 and 1.
        """
        self._constants = constants
        self._words = [list(word) for word in words if len(word) <= MOST_BITS]
        self._functions: dict[str, Function] = {}
        self._wires: dict[Function, str] = {}
        self._written: dict[tuple[int, int, int], str] = {}
        for number, word in enumerate(self._words):
            self._wires[number, 0] = constants[0]
            self._wires[number, _every(word)] = constants[1]
            for place, wire in enumerate(word):
                self._remember(wire, (number, _bit(place, len(word))))

    def wire_of(self, cover: str, inputs: Sequence[str], new: Callable[[], str]) -> str:
        """The wire of a gate whose inputs are functions of one word; empty if they are not.

        Args:
            cover: of the gate: rows of 0, 1 and -, at which it is 1.
            inputs: its wires.
            new: gives a new wire its name.
        """
        functions = [self._functions.get(w) for w in inputs if w not in self._constants]
        words = {-1 if function is None else function[0] for function in functions}
        if len(words) != 1 or -1 in words:
            return ""
        (word,) = words
        every = _every(self._words[word])
        fixed = dict(zip(self._constants, (0, every), strict=True))
        columns = [fixed[w] if w in fixed else self._functions[w][1] for w in inputs]
        made = (word, _covered(cover, columns, every))
        if made not in self._wires:
            self._remember(new(), made)
        return self._wires[made]

    def write(self, wire: str, multiplexer: Callable[[str, str, str], str]) -> str:
        """The wire that a function of a word is written to; the wire itself if it is none.

        Args:
            wire: what is read.
            multiplexer: writes one of a selector and the values at its 0 and 1; its output.
        """
        function = self._functions.get(wire)
        if function is None:
            return wire
        number, values = function
        word = self._words[number]

        def made(bits: int, values: int) -> str:
            """Diagram of the lower ``bits`` of the word."""
            if values in {0, (1 << (1 << bits)) - 1}:
                return self._constants[values & 1]
            key = number, bits, values
            if key not in self._written:
                half = 1 << bits - 1
                low, high = values & (1 << half) - 1, values >> half
                if low == high:
                    self._written[key] = made(bits - 1, low)
                elif (low, high) == (0, (1 << half) - 1):
                    self._written[key] = word[bits - 1]
                else:
                    self._written[key] = multiplexer(
                        word[bits - 1], made(bits - 1, low), made(bits - 1, high)
                    )
            return self._written[key]

        return made(len(word), values)

    def _remember(self, wire: str, function: Function) -> None:
        self._functions[wire] = function
        self._wires.setdefault(function, wire)


def _every(word: Sequence[str]) -> int:
    """A function that is 1 at every word."""
    return (1 << (1 << len(word))) - 1


def _bit(place: int, bits: int) -> int:
    """Values of one bit of a word of so many."""
    run = 1 << place
    block = (1 << run) - 1 << run
    values = 0
    for start in range(0, 1 << bits, 2 * run):
        values |= block << start
    return values


def _covered(cover: str, columns: Sequence[int], every: int) -> int:
    """Values of a gate, by those of its inputs."""
    values = 0
    for row in cover.splitlines():
        product = every
        for literal, column in zip(row.partition(" ")[0], columns, strict=True):
            if literal == "1":
                product &= column
            elif literal == "0":
                product &= ~column
        values |= product
    return values
