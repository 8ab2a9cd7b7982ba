"""Networks of gates, joined to tables of a few inputs.

A gate's truth table is an integer whose bit ``r`` is the output at row ``r``; the gate's first
input is the lowest bit of the row. Signals 0 and 1 are the constants, then come the inputs, then
the gates, each behind what it reads.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Final

import numpy as np

from logicjsc.core.errors import ImportedModelError
from logicjsc.netlist.builder import NetlistBuilder

CONSTANTS: Final = 2

JOINED_INPUTS: Final = 6
"""Most inputs of a table that gates are joined to: those of a LUT of today's devices."""

MOST_STAGES: Final = 10_000
"""Deeper networks are refused: a netlist has a layer per stage."""

_IDENTITY: Final = 0b10


@dataclass
class GateNetwork:
    """A network of gates in the making.

    Attributes:
        inputs: number of inputs.
        sources: signals that each gate reads.
        tables: truth table of each gate.
    """

    inputs: int
    sources: list[tuple[int, ...]] = field(default_factory=list)
    tables: list[int] = field(default_factory=list)

    @property
    def first_gate(self) -> int:
        """Signal of the first gate."""
        return CONSTANTS + self.inputs

    def gate(self, sources: Sequence[int], table: int) -> int:
        """Add a gate.

        Returns:
            Its signal.
        """
        self.sources.append(tuple(sources))
        self.tables.append(table)
        return self.first_gate + len(self.sources) - 1


@cache
def row_bits(inputs: int) -> tuple[int, ...]:
    """For each input of a table, the integer whose bit ``r`` is that input's value at row ``r``."""
    rows = 1 << inputs
    patterns = []
    for place in range(inputs):
        block = ((1 << (1 << place)) - 1) << (1 << place)
        period = 2 << place
        repeat = ((1 << rows) - 1) // ((1 << period) - 1)
        patterns.append(block * repeat)
    return tuple(patterns)


def compose(table: int, sources: Sequence[int], rows: int) -> int:
    """A truth table applied to functions that are given by their own truth tables.

    Args:
        table: of ``len(sources)`` inputs.
        sources: truth table of each input, of ``rows`` rows.
        rows: number of rows.
    """
    everything = (1 << rows) - 1
    values = [everything if table >> row & 1 else 0 for row in range(1 << len(sources))]
    for source in sources:
        inverse = everything ^ source
        values = [
            values[place] & inverse | values[place + 1] & source
            for place in range(0, len(values), 2)
        ]
    return values[0]


def without_ignored(table: int, sources: Sequence[int]) -> tuple[int, tuple[int, ...]]:
    """A table without inputs that make no difference, and what is left of its inputs."""
    kept = list(sources)
    for place in reversed(range(len(kept))):
        rows = 1 << len(kept)
        high = row_bits(len(kept))[place]
        if (table & high) >> (1 << place) != table & (((1 << rows) - 1) ^ high):
            continue
        patterns = list(row_bits(len(kept) - 1))
        patterns.insert(place, 0)
        table = compose(table, patterns, rows >> 1)
        del kept[place]
    return table, tuple(kept)


class _Joiner:
    """Gates are worked through in order; each takes in those that only it reads."""

    def __init__(self, network: GateNetwork, outputs: Sequence[int], most: int) -> None:
        self._network = network
        self._most = most
        self._first = network.first_gate
        self._readers = _readers(network, outputs)
        count = self._first + len(network.sources)
        self.alias = list(range(count))
        self.tables: dict[int, tuple[int, tuple[int, ...]]] = {}
        self.levels = [0] * count

    def run(self) -> None:
        for index, sources in enumerate(self._network.sources):
            if self._readers[self._first + index]:
                self._join(self._first + index, sources, self._network.tables[index])

    def _join(self, own: int, sources: tuple[int, ...], table: int) -> None:
        given = [self.alias[source] for source in sources]
        taken = self._taken(given)
        leaves = tuple(
            dict.fromkeys(leaf for source in given for leaf in self._leaves(source, taken))
        )
        if taken or len(leaves) < len(given):
            rows = 1 << len(leaves)
            patterns = dict(zip(leaves, row_bits(len(leaves)), strict=True))
            patterns[0], patterns[1] = 0, (1 << rows) - 1
            inner = [self._function(source, taken, patterns, rows) for source in given]
            table = compose(table, inner, rows)
        table, leaves = without_ignored(table, leaves)
        if not leaves or (len(leaves) == 1 and table == _IDENTITY):
            target = leaves[0] if leaves else table
            self.alias[own] = target
            self._readers[target] += self._readers[own] - 1
            return
        self.tables[own] = (table, leaves)
        self.levels[own] = 1 + max(self.levels[leaf] for leaf in leaves)

    def _taken(self, given: list[int]) -> set[int]:
        """Gates to take in: the deepest first, as long as the table stays small."""
        leaves = {source for source in given if source >= CONSTANTS}
        taken: set[int] = set()
        if len(leaves) > self._most:
            return taken
        for source in sorted(leaves, key=self.levels.__getitem__, reverse=True):
            if source not in self.tables or self._readers[source] != 1:
                continue
            wanted = (leaves - {source}) | set(self.tables[source][1])
            if len(wanted) <= self._most:
                leaves = wanted
                taken.add(source)
        return taken

    def _leaves(self, source: int, taken: set[int]) -> tuple[int, ...]:
        if source in taken:
            return self.tables[source][1]
        return () if source < CONSTANTS else (source,)

    def _function(self, source: int, taken: set[int], patterns: dict[int, int], rows: int) -> int:
        if source not in taken:
            return patterns[source]
        table, leaves = self.tables[source]
        return compose(table, [patterns[leaf] for leaf in leaves], rows)


def _readers(network: GateNetwork, outputs: Sequence[int]) -> list[int]:
    """How many gates and outputs read each signal; of what no output needs, none."""
    first = network.first_gate
    readers = [0] * (first + len(network.sources))
    for output in outputs:
        readers[output] += 1
    for index in reversed(range(len(network.sources))):
        if readers[first + index]:
            for source in set(network.sources[index]):
                readers[source] += 1
    return readers


def build_gates(
    builder: NetlistBuilder,
    inputs: Sequence[int],
    network: GateNetwork,
    outputs: Sequence[int],
    *,
    most: int = JOINED_INPUTS,
) -> list[int]:
    """Put a network of gates into a netlist, gates joined to tables where that is exact.

    A gate takes in another that nothing else reads as long as it reads at most ``most`` signals.
    What no output needs stays out, and what does not depend on its inputs becomes a constant.

    Args:
        builder: of the netlist.
        inputs: one-bit signals of the builder, one per input of the network.
        network: the gates.
        outputs: signals of the network.
        most: inputs of a joined table.

    Returns:
        One-bit signals of the builder, one per output.

    Raises:
        ImportedModelError: the network is deeper than `MOST_STAGES`.
    """
    joiner = _Joiner(network, outputs, most)
    joiner.run()
    deepest = max((joiner.levels[joiner.alias[output]] for output in outputs), default=0)
    if deepest > MOST_STAGES:
        raise ImportedModelError(
            f"the network is {deepest:,} tables deep; at most {MOST_STAGES:,} are possible, "
            "balance it first (ABC: balance)"
        )
    made = dict(enumerate(inputs, start=CONSTANTS))
    needed = _needed(joiner, outputs)
    for signal in needed:
        if signal < CONSTANTS:
            made[signal] = builder.constant(signal, 1)
    for signal, (table, leaves) in joiner.tables.items():
        if signal in needed:
            rows = 1 << len(leaves)
            packed = np.frombuffer(table.to_bytes(max(rows // 8, 1), "little"), np.uint8)
            codes = np.unpackbits(packed, bitorder="little")[:rows]
            made[signal] = builder.table([made[leaf] for leaf in reversed(leaves)], codes, 1)
    return [made[joiner.alias[output]] for output in outputs]


def _needed(joiner: _Joiner, outputs: Sequence[int]) -> set[int]:
    needed = {joiner.alias[output] for output in outputs}
    for signal in reversed(joiner.tables):
        if signal in needed:
            needed.update(joiner.tables[signal][1])
    return needed
