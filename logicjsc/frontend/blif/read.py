"""The text of a BLIF file to gates.

``.names`` lists the inputs and the output of a node and then its cover: a line per product, a
character per input (``0``, ``1`` or ``-`` for either), and the value of the output there, the same
on all lines. A node without lines is 0.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from logicjsc.core.errors import ImportedModelError
from logicjsc.frontend.gates import GateNetwork, row_bits
from logicjsc.frontend.logic import Logic, network_of
from logicjsc.frontend.model_files import MOST_NODES

WIDEST_COVER: Final = 12
"""Inputs of a cover that becomes one table; a wider one becomes gates."""

_GROUP: Final = 6
"""Inputs of the gates of a wide cover."""

_IGNORED: Final = frozenset({".attr", ".param", ".cname", ".area", ".delay", ".end"})
_REFUSED: Final = {
    ".latch": "it holds a register, and only combinational networks can be imported",
    ".subckt": "flatten it first (ABC: read it and write_blif; Yosys: flatten)",
    ".gate": "it is mapped to a library of cells; write it with .names (ABC: unmap)",
    ".exdc": "its external don't-cares are not taken; write the network without them",
}


@dataclass(frozen=True)
class _Node:
    line: int
    sources: tuple[str, ...]
    cover: list[str] = field(default_factory=list)


class _Reader:
    def __init__(self, source: object) -> None:
        self.source = source
        self.inputs: list[str] = []
        self.outputs: list[str] = []
        self.nodes: dict[str, _Node] = {}
        self._cover: list[str] | None = None
        self._models = 0

    def error(self, line: int, sentence: str) -> ImportedModelError:
        return ImportedModelError(f"{self.source}: line {line}: {sentence}")

    def take(self, line: int, text: str) -> None:
        if not text.startswith("."):
            if self._cover is None:
                raise self.error(line, f"{_short(text)} is neither a command nor a cover")
            self._cover.append(sys.intern(text))  # most lines are those of other nodes too
            return
        command, *words = text.split()
        self._cover = None
        if command == ".model":
            self._models += 1
            if self._models > 1:
                raise self.error(line, "it holds several models; write one, flattened")
        elif command == ".inputs":
            self.inputs += words
        elif command == ".outputs":
            self.outputs += words
        elif command == ".names":
            self._names(line, words)
        elif command not in _IGNORED:
            why = _REFUSED.get(command, "it is no part of combinational BLIF; leave it out")
            raise self.error(line, f"{_short(command)} cannot be imported: {why}")

    def _names(self, line: int, words: list[str]) -> None:
        if not words:
            raise self.error(line, ".names without an output")
        *sources, target = words
        if target in self.nodes:
            raise self.error(
                line, f"{target!r} is made twice, first on line {self.nodes[target].line}"
            )
        if len(self.nodes) >= MOST_NODES:
            raise self.error(line, f"it has more than {MOST_NODES:,} nodes; split the network")
        self.nodes[target] = _Node(line, tuple(sources))
        self._cover = self.nodes[target].cover


def read_blif(text: str, source: object) -> Logic:
    """The gates of a BLIF file.

    Args:
        text: of the file.
        source: what messages call it.

    Raises:
        ImportedModelError: it is no BLIF, holds registers or several models, or has a cycle.
    """
    reader = _Reader(source)
    for line, content in _lines(text):
        reader.take(line, content)
    if not reader.outputs:
        raise ImportedModelError(f"{source} is no BLIF file of a network: it names no .outputs")
    network, inputs = network_of(len(reader.inputs))
    known = dict(zip(reader.inputs, inputs, strict=True))
    for name in reader.inputs:
        if name in reader.nodes:
            raise reader.error(reader.nodes[name].line, f"{name!r} is an input and made by .names")
    for target in _order(reader, known):
        known[target] = _node_gate(reader, network, known, target)
    return Logic(
        tuple(reader.inputs),
        tuple(reader.outputs),
        network,
        tuple(known[name] for name in reader.outputs),
    )


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """Lines without comments, with those that go on joined, and the number of their first."""
    held: list[str] = []
    first = 0
    number = end = 0
    while end < len(text):
        begin, number = end, number + 1
        end = text.find("\n", begin) + 1 or len(text) + 1
        line = text[begin : end - 1]
        content = line.partition("#")[0].rstrip()
        first = first if held else number
        goes_on = content.endswith("\\")
        held.append(content[:-1] if goes_on else content)
        if goes_on:
            continue
        joined = " ".join(held).strip()
        held = []
        if joined:
            yield first, joined
    joined = " ".join(held).strip()
    if joined:
        yield first, joined


def _order(reader: _Reader, known: dict[str, int]) -> Iterator[str]:
    """Names of the nodes that outputs need, sources first."""
    done, open_nodes = set(known), set()
    for root in reader.outputs:
        waiting = [root]
        while waiting:
            name = waiting[-1]
            if name in done:
                waiting.pop()
                continue
            node = reader.nodes.get(name)
            if node is None:
                raise ImportedModelError(
                    f"{reader.source}: {name!r} is read, but no input and no .names makes it"
                )
            missing = [source for source in node.sources if source not in done]
            if not missing:
                waiting.pop()
                open_nodes.discard(name)
                done.add(name)
                yield name
                continue
            if name in open_nodes:
                raise reader.error(
                    node.line, f"{name!r} depends on itself; only networks without cycles are taken"
                )
            open_nodes.add(name)
            waiting += missing


def _node_gate(reader: _Reader, network: GateNetwork, known: dict[str, int], target: str) -> int:
    node = reader.nodes[target]
    cubes, value = _cubes(reader, node, target)
    sources = [known[name] for name in node.sources]
    if len(sources) <= WIDEST_COVER:
        return network.gate(sources, _table(cubes, value, len(sources)))
    products = [
        _tree(
            network,
            [(source, bit == "1") for source, bit in zip(sources, cube, strict=True) if bit != "-"],
            conjunction=True,
        )
        for cube in cubes
    ]
    covered = _tree(network, [(product, True) for product in products], conjunction=False)
    return covered if value else network.gate([covered], 0b01)


def _cubes(reader: _Reader, node: _Node, target: str) -> tuple[list[str], bool]:
    """The products of a cover, and whether they are its ones."""
    cubes, values = [], set()
    for text in node.cover:
        words = text.split()
        cube, value = "".join(words[:-1]), words[-1]
        if len(cube) != len(node.sources) or not set(cube) <= set("01-") or value not in {"0", "1"}:
            raise reader.error(
                node.line,
                f"{_short(text)} is no line of the cover of {target!r}: it needs "
                f"{len(node.sources)} of 0, 1 and -, a space, and 0 or 1",
            )
        cubes.append(cube)
        values.add(value)
        if len(values) > 1:
            raise reader.error(
                node.line, f"the cover of {target!r} lists both ones and zeros; keep one"
            )
    return cubes, values != {"0"}


def _table(cubes: list[str], value: bool, inputs: int) -> int:  # noqa: FBT001 - of the output
    everything = (1 << (1 << inputs)) - 1
    patterns = row_bits(inputs)
    covered = 0
    for cube in cubes:
        rows = everything
        for pattern, bit in zip(patterns, cube, strict=True):
            if bit == "1":
                rows &= pattern
            elif bit == "0":
                rows &= everything ^ pattern
        covered |= rows
    return covered if value else everything ^ covered


def _tree(network: GateNetwork, literals: list[tuple[int, bool]], *, conjunction: bool) -> int:
    """The conjunction or disjunction of literals, a balanced tree of small gates."""
    if not literals:
        return int(conjunction)
    while len(literals) > 1 or not literals[0][1]:
        literals = [
            (_small(network, literals[place : place + _GROUP], conjunction=conjunction), True)
            for place in range(0, len(literals), _GROUP)
        ]
        if len(network.sources) > MOST_NODES:
            raise ImportedModelError(
                f"the covers make more than {MOST_NODES:,} gates; write them with fewer inputs "
                "(ABC: fx, strash)"
            )
    return literals[0][0]


def _small(network: GateNetwork, literals: list[tuple[int, bool]], *, conjunction: bool) -> int:
    cube = "".join("01"[positive == conjunction] for _, positive in literals)
    sources = [source for source, _ in literals]
    # A disjunction is what is left where all literals are false.
    return network.gate(sources, _table([cube], conjunction, len(literals)))


def _short(text: str) -> str:
    return repr(text if len(text) <= 40 else f"{text[:37]}...")  # noqa: PLR2004 - for a message
