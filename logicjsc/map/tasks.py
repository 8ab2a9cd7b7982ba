"""What is mapped on its own: a truth table, or a sum too wide to be one.

A task searches for its LUT network and proves it. Tables are proven on every address. Wide sums are
found by counting bits and proven, by ABC's equivalence check, against adding signed words one after
the other; both ways are compared with plain integers on some vectors.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt

from logicjsc.errors import ToolFailedError
from logicjsc.map.blif import network_blif
from logicjsc.map.compressor import counter_network
from logicjsc.map.equivalence import are_equal
from logicjsc.map.lut_network import LutNetwork, pack_words, unpack_words
from logicjsc.map.portfolio import EFFORTS, SUM_SCRIPTS, map_table, realises, run_scripts
from logicjsc.map.sums import SumNode, sum_blif, sum_nodes
from logicjsc.netlist import Layer, Netlist, TableLayer
from logicjsc.tools import Tool

Array: TypeAlias = npt.NDArray[Any]

_CACHE_FORMAT: Final = 3
_VECTORS: Final = 1024

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
        digest = hashlib.sha256(f"{_CACHE_FORMAT} {self.width} {effort} {EFFORTS[effort]}".encode())
        digest.update(self.table.astype("<u4").tobytes())
        return digest.hexdigest()

    def search(self, abc: Tool, effort: str) -> LutNetwork:
        """The smallest network found; see `map_table`."""
        return map_table(self.table, self.width, abc, EFFORTS[effort])

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
        text = f"{_CACHE_FORMAT} {self.node} {effort} {EFFORTS[effort]}"
        return hashlib.sha256(text.encode()).hexdigest()

    def search(self, abc: Tool, effort: str) -> LutNetwork:  # noqa: ARG002 - one effort will do
        """Counters, or what a few scripts make of them if that is smaller.

        Raises:
            ToolFailedError: ABC failed, or gave a wrong network.
        """
        counters = counter_network(self.node)
        start = [(network_blif(counters), "")]
        found = run_scripts(start, SUM_SCRIPTS, self.node.bits, self.node.width, abc)
        best = min([counters, *found], key=lambda network: (len(network.luts), network.depth))
        if not self.holds(best, abc):
            raise ToolFailedError("ABC returned a network that differs from its sum")
        return best

    def holds(self, network: LutNetwork, abc: Tool) -> bool:
        """Whether a network is equal to adding one term after the other."""
        shape = (network.inputs, len(network.outputs))
        if shape != (self.node.bits, self.node.width) or not self._adds(network):
            return False
        with tempfile.TemporaryDirectory(prefix="logicjsc-sum-") as name:
            pair = (network_blif(network), sum_blif(self.node))
            return are_equal(abc, [pair], Path(name)) == [True]

    def _adds(self, network: LutNetwork) -> bool:
        """Whether a network adds like Python's integers on corners and random vectors."""
        rng = np.random.default_rng(0)
        bits = rng.integers(0, 2, (self.node.bits, _VECTORS), np.uint8)
        bits[:, 0], bits[:, 1] = 0, 1
        places = np.arange(min(self.node.bits, _VECTORS - 2))
        bits[:, 2 : 2 + places.size] = 0
        bits[places, 2 + places] = 1
        codes = network.evaluate(pack_words(bits))
        found = unpack_words(codes, _VECTORS).astype(np.int64)
        total = np.full(_VECTORS, self.node.offset, np.int64)
        last = self.node.bits
        for term in self.node.terms:
            last -= term.width
            weights = np.int64(1) << np.arange(term.width)
            if term.signed:
                weights[-1] *= -1
            value = weights @ bits[last : last + term.width].astype(np.int64)
            total += (-value if term.negated else value) << term.shift
        expected = total[None, :] >> np.arange(self.node.width)[:, None] & 1
        return bool((found == expected).all())


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
        value = (address >> place) & ((1 << term.width) - 1)
        if term.signed:
            value -= (value >> (term.width - 1)) << term.width
        total += (-value if term.negated else value) << term.shift
    return np.asarray(total & ((1 << node.width) - 1))
