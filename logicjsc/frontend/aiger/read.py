"""The bytes of an AIGER file to gates.

The first line is ``aag`` or ``aig`` and the numbers M of the largest variable, I of inputs, L of
latches, O of outputs and A of and gates. A literal is twice a variable's number, plus one if it is
inverted; variable 0 is the constant 0. In ASCII each input, output and gate is a line of literals,
gates in any order. In binary inputs are not listed, gates are numbered behind them, and a gate is
two differences of literals, seven bits a byte. Then comes the symbol table: ``i0 name``, ``o0
name``; a line ``c`` begins the comment.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from logicjsc.core.errors import ImportedModelError
from logicjsc.frontend.gates import GateNetwork
from logicjsc.frontend.logic import Logic, network_of
from logicjsc.frontend.model_files import MOST_NODES

_HEADER: Final = 6
_LONGEST_HEADER: Final = 200
_LONGEST_LINE: Final = 10_000
_AND: Final = tuple(
    # By which of the two literals is inverted; rows 00, 10, 01, 11 of the first and second.
    sum((((row & 1) ^ first) & ((row >> 1) ^ second)) << row for row in range(4))
    for first in (0, 1)
    for second in (0, 1)
)
_INVERTED: Final = 0b01


class _Content:
    """The bytes, and how far they are read."""

    def __init__(self, content: bytes, source: object) -> None:
        self.content = content
        self.source = source
        self.place = 0

    def error(self, sentence: str) -> ImportedModelError:
        return ImportedModelError(f"{self.source}: {sentence}")

    def line(self, what: str) -> bytes:
        end = self.content.find(b"\n", self.place)
        if end < 0:
            raise self.error(f"it ends before {what}; the file is truncated")
        if end - self.place > _LONGEST_LINE:
            raise self.error(f"the line of {what} has {end - self.place:,} characters, too many")
        found = self.content[self.place : end]
        self.place = end + 1
        return found

    def rest(self) -> bytes:
        """A line of the symbol table, of which the last may have no end."""
        if self.content.find(b"\n", self.place) < 0:
            found = self.content[self.place : self.place + _LONGEST_LINE]
            self.place = len(self.content)
            return found
        return self.line("its symbol table")

    def literals(self, count: int, what: str) -> list[int]:
        words = self.line(what).split()
        if len(words) != count or not all(word.isdigit() and len(word) < 12 for word in words):  # noqa: PLR2004
            raise self.error(f"the line of {what} must hold {count} literals")
        return [int(word) for word in words]

    def delta(self, what: str) -> int:
        value = shift = 0
        while True:
            if self.place >= len(self.content):
                raise self.error(f"it ends before {what}; the file is truncated")
            byte = self.content[self.place]
            self.place += 1
            value |= (byte & 0x7F) << shift
            if byte < 0x80:  # noqa: PLR2004 - the top bit says that more follow
                return value
            shift += 7
            if shift > 35:  # noqa: PLR2004 - beyond any literal
                raise self.error(f"{what} is no difference of two literals; the file is damaged")


def read_aiger(content: bytes, source: object) -> Logic:
    """The gates of an AIGER file.

    Args:
        content: of the file.
        source: what messages call it.

    Raises:
        ImportedModelError: it is no AIGER, holds latches or properties, is damaged, or has a cycle.
    """
    reader = _Content(content, source)
    binary, largest, inputs, outputs, ands = _header(reader)
    network, signals = network_of(inputs)
    known = {0: 0}
    if binary:
        known |= {1 + index: signal for index, signal in enumerate(signals)}
    else:
        for index, signal in enumerate(signals):
            (literal,) = reader.literals(1, f"input {index}")
            _define(reader, known, literal, largest, f"input {index}")
            known[literal >> 1] = signal
    roots = [reader.literals(1, f"output {index}")[0] for index in range(outputs)]
    if binary:
        _binary_gates(reader, network, known, inputs, ands)
    else:
        _ascii_gates(reader, network, known, largest, ands)
    for index, root in enumerate(roots):
        if root >> 1 not in known:
            raise reader.error(f"output {index} is literal {root}, which nothing makes")
    names = _symbols(reader, inputs, outputs)
    return Logic(
        tuple(names.get(f"i{index}", f"i{index}") for index in range(inputs)),
        tuple(names.get(f"o{index}", f"o{index}") for index in range(outputs)),
        network,
        tuple(_literal(network, known, root) for root in roots),
    )


def _header(reader: _Content) -> tuple[bool, int, int, int, int]:
    """Whether it is binary, and its numbers M, I, O and A."""
    words = reader.content[:_LONGEST_HEADER].split(b"\n")[0].split()
    if not words or words[0] not in {b"aag", b"aig"}:
        raise reader.error("it is no AIGER file: it does not begin with aag or aig")
    reader.line("the end of its first line")
    numbers = words[1:]
    if len(numbers) < _HEADER - 1 or not all(word.isdigit() for word in numbers):
        raise reader.error("its first line must hold the five numbers M I L O A")
    largest, inputs, latches, outputs, ands, *properties = (int(word) for word in numbers)
    if latches:
        raise reader.error(
            f"it holds {latches} latches, and only combinational networks can be imported"
        )
    if any(properties):
        raise reader.error("it holds properties of model checking; write it without them")
    if ands > MOST_NODES or inputs > MOST_NODES or outputs > MOST_NODES:
        raise reader.error(
            f"it has {inputs:,} inputs, {outputs:,} outputs and {ands:,} gates; at most "
            f"{MOST_NODES:,} of each are possible, split the network"
        )
    binary = words[0] == b"aig"
    # An ASCII input or output takes two bytes and a gate six, a binary gate takes two.
    least = 2 * (outputs + ands) if binary else 2 * (inputs + outputs) + 6 * ands
    if least > len(reader.content):
        raise reader.error(
            f"it has {len(reader.content):,} bytes, too few for the {inputs + outputs + ands:,} "
            "inputs, outputs and gates that its first line tells; the file is truncated"
        )
    if largest < inputs + ands or (binary and largest != inputs + ands):
        raise reader.error(
            f"its first line tells {largest} variables for {inputs} inputs and {ands} gates"
        )
    return binary, largest, inputs, outputs, ands


def _define(reader: _Content, known: dict[int, int], literal: int, largest: int, what: str) -> None:
    if literal & 1 or not 2 <= literal <= 2 * largest + 1:  # noqa: PLR2004 - 0 is the constant
        raise reader.error(f"{what} is literal {literal}; it must be even, 2 to {2 * largest}")
    if literal >> 1 in known:
        raise reader.error(f"{what} makes literal {literal}, which is made before")


def _and(network: GateNetwork, known: dict[int, int], first: int, second: int) -> int:
    table = _AND[2 * (first & 1) + (second & 1)]
    return network.gate((known[first >> 1], known[second >> 1]), table)


def _binary_gates(
    reader: _Content, network: GateNetwork, known: dict[int, int], inputs: int, ands: int
) -> None:
    for index in range(ands):
        own = 2 * (1 + inputs + index)
        first = own - reader.delta(f"gate {index}")
        second = first - reader.delta(f"gate {index}")
        if not 0 <= second <= first < own:
            raise reader.error(f"gate {index} reads a literal that is not made before it")
        known[own >> 1] = _and(network, known, first, second)


def _ascii_gates(
    reader: _Content, network: GateNetwork, known: dict[int, int], largest: int, ands: int
) -> None:
    gates: dict[int, tuple[int, int]] = {}
    for index in range(ands):
        own, first, second = reader.literals(3, f"gate {index}")
        _define(reader, known, own, largest, f"gate {index}")
        if own >> 1 in gates:
            raise reader.error(f"gate {index} makes literal {own}, which is made before")
        gates[own >> 1] = (first, second)
    open_gates: set[int] = set()
    for root in gates:
        waiting = [root]
        while waiting:
            variable = waiting[-1]
            if variable in known:
                waiting.pop()
                continue
            if variable not in gates:
                raise reader.error(f"literal {2 * variable} is read, and nothing makes it")
            first, second = gates[variable]
            missing = [entry >> 1 for entry in (first, second) if entry >> 1 not in known]
            if not missing:
                known[waiting.pop()] = _and(network, known, first, second)
                continue
            if variable in open_gates:
                raise reader.error(
                    f"literal {2 * variable} depends on itself; only networks without cycles are "
                    "taken"
                )
            open_gates.add(variable)
            waiting += missing


def _symbols(reader: _Content, inputs: int, outputs: int) -> dict[str, str]:
    """Names by symbol; what follows the line ``c`` is a comment."""
    counts = {"i": inputs, "o": outputs}
    names: dict[str, str] = {}
    while reader.place < len(reader.content):
        line = reader.rest()
        if line.strip() == b"c":
            break
        if not line.strip():
            continue
        try:
            symbol, _, name = line.decode().strip().partition(" ")
        except UnicodeDecodeError as error:
            raise reader.error("a name in its symbol table is no UTF-8") from error
        kind, number = symbol[:1], symbol[1:]
        if kind not in counts or not _is_below(number, counts[kind]) or not name:
            raise reader.error(f"{symbol[:40]!r} is no line of its symbol table")
        if symbol in names:
            raise reader.error(f"its symbol table names {symbol} twice")
        names[symbol] = name
    return names


def _is_below(number: str, count: int) -> bool:
    return number.isdecimal() and len(number) < 12 and int(number) < count  # noqa: PLR2004


def _literal(network: GateNetwork, known: dict[int, int], root: int) -> int:
    if not root & 1:
        return known[root >> 1]
    sources: Sequence[int] = (known[root >> 1],)
    return network.gate(sources, _INVERTED)
