"""What is mapped on its own: a truth table, or a sum too wide to be one.

A task searches for its LUT network and proves it: tables on every address, wide sums as counters,
step by step. What ABC makes of counters is proven equal to them by its equivalence check.
"""

from __future__ import annotations

import hashlib
import math
import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt

from logicjsc.core.errors import ToolFailedError, ToolTimeoutError
from logicjsc.core.programs import Tool
from logicjsc.core.temporary import temporary_folder
from logicjsc.map.blif import network_blif
from logicjsc.map.compressor import count_bits
from logicjsc.map.counter_proof import prove_counters
from logicjsc.map.equivalence import are_equal
from logicjsc.map.lut_network import LutNetwork
from logicjsc.map.portfolio import EFFORTS, SUM_SCRIPTS, map_table, realises, run_scripts
from logicjsc.map.sums import SumNode, sum_nodes
from logicjsc.netlist import Layer, Netlist, TableLayer
from logicjsc.netlist.codes import shifted, values_of

Array: TypeAlias = npt.NDArray[Any]

_CACHE_FORMAT: Final = 4
_EQUAL_SECONDS: Final = 60.0
"""Time to prove that a rewritten sum is one; counters are kept if it is not enough."""

_MOST_ADDRESS_BITS: Final = 12
"""Sums of no more input bits are mapped as tables."""


@dataclass(frozen=True, eq=False)
class TableTask:
    """A truth table.

    Attributes:
        table: output codes by address, unsigned ``[2**address_bits]``.
        width: output bits.
    """

    table: Array
    width: int

    @property
    def size(self) -> int:
        """What the time of a search grows with."""
        return int(self.table.size)

    def key(self, effort: str) -> str:
        """Names the task in the cache."""
        digest = hashlib.sha256(
            f"{_CACHE_FORMAT} {self.width} {effort} {EFFORTS[effort].known_as}".encode()
        )
        digest.update(self.table.astype("<u4").tobytes())
        return digest.hexdigest()

    def without(self, bits: Collection[int]) -> TableTask:
        """The table with 0 in place of some of its output bits."""
        if not bits:
            return self
        kept = sum(1 << bit for bit in range(self.width) if bit not in bits)
        return TableTask(self.table & self.table.dtype.type(kept), self.width)

    def search(self, abc: Tool, effort: str, deadline: float = math.inf) -> LutNetwork:
        """The smallest network found; see `map_table`."""
        return map_table(self.table, self.width, abc, EFFORTS[effort], deadline)

    def holds(self, network: LutNetwork, abc: Tool) -> bool:  # noqa: ARG002 - sums need it
        """Whether a network gives the table's code at every address."""
        return realises(network, self.table, self.width)


@dataclass(frozen=True)
class SumTask:
    """A sum."""

    node: SumNode

    @property
    def size(self) -> int:
        """What the time of a search grows with."""
        return 1 << min(self.node.bits, 12)

    def key(self, effort: str) -> str:
        """Names the task in the cache."""
        text = f"{_CACHE_FORMAT} {self.node} {effort} {EFFORTS[effort].known_as}"
        return hashlib.sha256(text.encode()).hexdigest()

    def without(self, bits: Collection[int]) -> SumTask:  # noqa: ARG002 - tables need it
        """The sum itself, for its lower bits are needed for the higher ones."""
        return self

    def search(
        self,
        abc: Tool,
        effort: str,  # noqa: ARG002 - one effort will do
        deadline: float = math.inf,
    ) -> LutNetwork:
        """Counters, or what a few scripts make of them if that is smaller.

        Raises:
            ToolFailedError: ABC failed, or the counters are wrong.
        """
        counters = self._counters()
        if time.monotonic() >= deadline or not counters.luts:
            return counters
        start = [(network_blif(counters), "")]
        found = run_scripts(
            start, SUM_SCRIPTS, self.node.bits, self.node.width, abc, deadline=deadline
        )
        best = min([counters, *found], key=lambda network: (len(network.luts), network.depth))
        return best if self.holds(best, abc) else counters

    def holds(self, network: LutNetwork, abc: Tool) -> bool:
        """Whether a network is equal to the counters, which are proven; false if ABC takes long."""
        counters = self._counters()
        if network == counters:
            return True
        if (network.inputs, len(network.outputs)) != (self.node.bits, self.node.width):
            return False
        with temporary_folder("sum") as folder:
            pair = (network_blif(network), network_blif(counters))
            try:
                return are_equal(abc, [pair], folder, _EQUAL_SECONDS) == [True]
            except ToolTimeoutError:
                return False

    def _counters(self) -> LutNetwork:
        return proven_counters(self.node)


def proven_counters(node: SumNode) -> LutNetwork:
    """Counters of a sum, proven.

    Raises:
        ToolFailedError: they are wrong, which is a bug.
    """
    counted = count_bits(node)
    if not prove_counters(counted):
        raise ToolFailedError("the counters made for a sum do not add up to it")
    return counted.network


Task: TypeAlias = TableTask | SumTask


def tasks_of(netlist: Netlist, layer: Layer) -> Iterator[Task]:
    """What there is to map in a layer, node by node."""
    if isinstance(layer, TableLayer):
        for table, width in zip(layer.tables, layer.widths.tolist(), strict=True):
            yield TableTask(table, width)
        return
    for node in sum_nodes(netlist, layer):
        yield (
            TableTask(sum_table(node), node.width)
            if node.bits <= _MOST_ADDRESS_BITS
            else (SumTask(node))
        )


def sum_table(node: SumNode) -> Array:
    """A sum's codes by address; the first term is the most significant part of the address."""
    address = np.arange(1 << node.bits, dtype=np.int64)
    total, place = np.full(address.size, node.offset, np.int64), node.bits
    for term in node.terms:
        place -= term.width
        value = values_of(
            (address >> place) & ((1 << term.width) - 1), term.width, signed=term.signed
        )
        value = shifted(value, term.shift)
        total += -value if term.negated else value
    return np.asarray(total & ((1 << node.width) - 1))
