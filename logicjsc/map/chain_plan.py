"""Which sums of a netlist go on carry chains, and which bits are built at all then.

Who reads a signal is known before the signal is built: layers are worked through from the last to
the first. Of a sum nothing is built above the highest bit that somebody reads; lower bits that
are not read are needed for their carry. Bits of tables that all readers absorb are not built.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from logicjsc.core.errors import ToolFailedError
from logicjsc.map.bit_functions import as_signal, from_values, support, wire
from logicjsc.map.bits import address_places, bit_offsets, output_places, tables_by_signal
from logicjsc.map.carry_chain import ChainedSum
from logicjsc.map.chain_operands import ABSORBED_INPUTS
from logicjsc.map.chain_proof import prove_chain, prove_function
from logicjsc.map.chain_search import chain_sum
from logicjsc.map.chain_splits import SplitTable
from logicjsc.map.compressor import count_bits
from logicjsc.map.counter_proof import prove_counters
from logicjsc.map.lut_network import CONSTANTS, Lut, LutNetwork
from logicjsc.map.sum_apart import SumApart
from logicjsc.map.sums import SumNode, TermBit, sum_nodes, wires_of
from logicjsc.netlist import Netlist, TableLayer

Array: TypeAlias = npt.NDArray[Any]


@dataclass(frozen=True)
class ChainPlan:
    """How the sums of a netlist are added.

    Attributes:
        read: for every signal whether each of its bits is read by anything that is built.
        sums: for every signal that is a sum on carry chains its network; inputs are all bits
            before the sum's layer. Sums that are wires are not among them.
        apart: for every such sum that has a bit that is read, the terms that are added.
    """

    read: tuple[Array, ...]
    sums: Mapping[int, LutNetwork]
    apart: Mapping[int, SumApart]

    def unread_bits(self, signal: int) -> frozenset[int]:
        """Bits of a signal that nothing reads."""
        return frozenset(np.flatnonzero(~self.read[signal]).tolist())


def no_chains(netlist: Netlist) -> ChainPlan:
    """The plan of a netlist whose sums are LUTs like its tables, so that all bits are built."""
    return ChainPlan(tuple(np.ones(width, np.bool_) for width in netlist.widths.tolist()), {}, {})


def plan_chains(
    netlist: Netlist,
    others: Mapping[int, int] | None = None,
    splits: Mapping[int, SplitTable] | None = None,
    *,
    all_splits: bool = False,
) -> ChainPlan:
    """Put sums on carry chains, each proven.

    Args:
        netlist: the netlist without dead nodes.
        others: LUTs that each sum takes without carry chains, by signal. A sum is added in the way
            that takes fewer, tables included that have no other reader; by default on chains.
        splits: tables that may be taken apart, by signal.
        all_splits: take all of them apart, instead of those of each sum that save LUTs.

    Raises:
        ToolFailedError: chains do not add up, which is a bug.
    """
    return _Planner(netlist, others, splits or {}, all_splits=all_splits).plan()


class _Planner:
    def __init__(
        self,
        netlist: Netlist,
        others: Mapping[int, int] | None,
        splits: Mapping[int, SplitTable],
        *,
        all_splits: bool,
    ) -> None:
        self.netlist = netlist
        self.others = others
        self.splits = splits
        self.all_splits = all_splits
        self.offsets = bit_offsets(netlist.widths)
        self.read = np.zeros(self.offsets[-1], np.bool_)
        self.read[output_places(netlist)] = True
        self.functions = TableBits(netlist)
        self.readers = Counter(
            signal
            for layer in netlist.layers
            for row in layer.inputs
            for signal in set(row.tolist())
        ) + Counter(netlist.outputs.tolist())
        self.sums: dict[int, LutNetwork] = {}
        self.apart: dict[int, SumApart] = {}

    def plan(self) -> ChainPlan:
        netlist = self.netlist
        for layer, first in reversed(list(zip(netlist.layers, netlist.first_signals, strict=True))):
            if isinstance(layer, TableLayer):
                for signal in range(first, first + layer.nodes):
                    self._table(signal)
                continue
            for number, node in enumerate(sum_nodes(netlist, layer)):
                self._sum(first + number, node, layer.inputs[number].tolist(), first)
        read = tuple(np.split(self.read, self.offsets[1:-1]))
        return ChainPlan(read, self.sums, self.apart)

    def _places(self, signal: int) -> range:
        return range(self.offsets[signal], self.offsets[signal + 1])

    def _table(self, signal: int) -> None:
        for bit, place in enumerate(self._places(signal)):
            if self.read[place]:
                self._note(self.functions.inputs(signal, bit))

    def _sum(self, signal: int, node: SumNode, terms: list[int], first: int) -> None:
        places = self._places(signal)
        wanted = np.flatnonzero(self.read[places.start : places.stop]).tolist()
        if not wanted:
            self.sums[signal] = LutNetwork(
                self.offsets[first], (), (0,) * node.width, frozenset(range(node.width))
            )
            return
        wires = wires_of(node)
        if wires is not None:
            for source in (wires[bit] for bit in wanted):
                if isinstance(source, TermBit):
                    self.read[self.offsets[terms[source.term]] + source.bit] = True
            return
        chosen = self._chosen(node, terms, first, wanted[-1] + 1)
        if self._rather_without(signal, chosen, terms):
            for term in terms:
                self.read[list(self._places(term))] = True
            return
        network = chosen.network().without(set(range(node.width)) - set(wanted))
        self.sums[signal] = network
        self.apart[signal] = chosen.apart
        sources = [source for lut in network.luts for source in lut.inputs]
        self._note(source for source in (*sources, *network.outputs) if source < network.first_lut)

    def _note(self, signals: Iterable[int]) -> None:
        """Something that is built reads these."""
        for signal in signals:
            if signal >= CONSTANTS:
                self.read[signal - CONSTANTS] = True

    def _chosen(self, node: SumNode, terms: list[int], first: int, size: int) -> _Chosen:
        """The cheapest chains found for a sum, proven, some of its tables taken apart."""
        possible = {term: self.splits[term] for term in terms if term in self.splits}
        tried = [possible]
        if possible and not self.all_splits:
            # The first operand is not added to anything, so it may be better left whole.
            single = [term for term in possible if self.readers[term] == 1]
            single.sort(key=lambda term: possible[term].saved)
            for whole in (single[:1], single[1:], single):
                left = {term: split for term, split in possible.items() if term not in whole}
                tried += [left] if len(left) < len(possible) else []
        found = [self._apart(node, terms, first, size, splits) for splits in tried]
        return min(found, key=lambda chosen: self._luts(chosen, possible))

    def _luts(self, chosen: _Chosen, possible: Mapping[int, SplitTable]) -> float:
        """LUTs of chains and of the tables that were, or could have been, taken apart."""
        return chosen.chained.network.area + sum(
            (split.rest.area if term in chosen.splits else split.whole) / self.readers[term]
            for term, split in possible.items()
        )

    def _apart(
        self,
        node: SumNode,
        terms: list[int],
        first: int,
        size: int,
        splits: Mapping[int, SplitTable],
    ) -> _Chosen:
        """Chains of a sum with some of its tables taken apart, proven."""
        apart = SumApart(self.offsets[first])
        for signal, term in zip(terms, node.terms, strict=True):
            if signal in splits:
                apart.add_split(signal, term, splits[signal], self.functions.address(signal))
                continue
            bits = [self.functions.absorbed(signal, bit) for bit in range(term.width)]
            if not self.functions.prove(signal, bits):
                raise ToolFailedError("the bits that chains look up do not add up to a term")
            apart.add_term(term, bits)
        chained = chain_sum(apart.node(node), apart.functions, apart.inputs, size)
        if not (apart.proven and prove_chain(chained)):
            raise ToolFailedError("the carry chains made for a sum do not add up to it")
        return _Chosen(chained, apart, splits)

    def _rather_without(self, signal: int, chosen: _Chosen, terms: list[int]) -> bool:
        """Whether the sum is known to take fewer LUTs without chains, its own tables included."""
        if self.others is None:
            return False
        tables = 0.0
        for term in terms:
            split = chosen.splits.get(term)
            bits = range(int(self.netlist.widths[term]))
            looked_up = (self.functions.absorbed(term, bit) for bit in bits)
            alone = sum(as_signal(function) is None for function in looked_up)
            tables += (alone if split is None else split.whole - split.rest.area) / self.readers[
                term
            ]
        return self.others[signal] + tables < chosen.chained.network.area


@dataclass(frozen=True)
class _Chosen:
    """Chains of a sum.

    Attributes:
        chained: the chains, which find the rests of tables ready.
        apart: what was taken apart.
        splits: tables that were taken apart, by signal.
    """

    chained: ChainedSum
    apart: SumApart
    splits: Mapping[int, SplitTable]

    def network(self) -> LutNetwork:
        """The chains with the LUTs of the rests."""
        return self.apart.joined(self.chained.network)


class TableBits:
    """Bits of signals as functions of the bits that a chain's LUT reads; found when asked for.

    Sums that are wires are looked through.

    Args:
        netlist: the netlist without dead nodes.

    Raises:
        ToolFailedError: what is taken for wires does not add up, which is a bug.
    """

    def __init__(self, netlist: Netlist) -> None:
        self._netlist = netlist
        self._offsets = bit_offsets(netlist.widths)
        self._layers = tables_by_signal(netlist)
        self._wires = dict(_wired_sums(netlist))
        self._found: dict[tuple[int, int], tuple[list[int], Array]] = {}

    def address(self, signal: int) -> list[int]:
        """Numbers in a LUT network of the signals that are a table's address, the highest first."""
        layer, node = self._layers[signal]
        places = address_places(self._netlist, layer, node, self._offsets)
        return [CONSTANTS + place for place in places]

    def inputs(self, signal: int, bit: int) -> list[int]:
        """Numbers in a LUT network of the signals that a table's output bit depends on."""
        return list(dict.fromkeys(self._support(signal, bit)[0]))

    def origin(self, signal: int, bit: int) -> tuple[int, int] | int:
        """The signal and bit that a bit is a wire of, itself if of none; or a constant 0 or 1."""
        while signal in self._wires:
            source = self._wires[signal][bit]
            if isinstance(source, int):
                return source
            signal, bit = source
        return signal, bit

    def read_by(self, signal: int) -> set[int]:
        """Places in a row of all bits of what a table depends on; of other signals their own."""
        found = set()
        for bit in range(int(self._netlist.widths[signal])):
            origin = self.origin(signal, bit)
            if isinstance(origin, int):
                continue
            if origin[0] in self._layers:
                found |= {source - CONSTANTS for source in self.inputs(*origin)}
            else:
                found.add(self._offsets[origin[0]] + origin[1])
        return found

    def absorbed(self, signal: int, bit: int) -> Lut:
        """A bit as what a chain's LUT looks up; the bit itself if it is no table's or too wide."""
        origin = self.origin(signal, bit)
        if isinstance(origin, int):
            return Lut((), origin)
        if origin[0] in self._layers:
            sources, cube = self._support(*origin)
            if len(sources) <= ABSORBED_INPUTS and len(set(sources)) == len(sources):
                # The last axis is the lowest bit of the index.
                return from_values(sources[::-1], cube.ravel().tolist())
        return wire(CONSTANTS + self._offsets[origin[0]] + origin[1])

    def prove(self, signal: int, functions: Sequence[Lut]) -> bool:
        """Whether functions are the bits of a signal, on every address if it is a table's."""
        return all(self._proves(signal, bit, function) for bit, function in enumerate(functions))

    def _proves(self, signal: int, bit: int, function: Lut) -> bool:
        origin = self.origin(signal, bit)
        if isinstance(origin, int):
            return function == Lut((), origin)
        signal, bit = origin
        if function == wire(CONSTANTS + self._offsets[signal] + bit):
            return True
        if signal not in self._layers:
            return False
        layer, node = self._layers[signal]
        return prove_function(function, layer.tables[node] >> bit & 1, self.address(signal))

    def _support(self, signal: int, bit: int) -> tuple[list[int], Array]:
        if (signal, bit) not in self._found:
            layer, node = self._layers[signal]
            places = address_places(self._netlist, layer, node, self._offsets)
            cube = (layer.tables[node] >> bit & 1).reshape((2,) * len(places))
            kept, small = support(cube)
            self._found[signal, bit] = [CONSTANTS + places[axis] for axis in kept], small
        return self._found[signal, bit]


def _wired_sums(netlist: Netlist) -> Iterator[tuple[int, list[tuple[int, int] | int]]]:
    """Sums that are wires, with the signal and bit of each of theirs, or a constant; proven."""
    for first, layer in zip(netlist.first_signals, netlist.layers, strict=True):
        if isinstance(layer, TableLayer):
            continue
        for number, node in enumerate(sum_nodes(netlist, layer)):
            wires = wires_of(node)
            if wires is None:
                continue
            if not prove_counters(count_bits(node)):
                raise ToolFailedError("the wires made for a sum do not add up to it")
            inputs = layer.inputs[number].tolist()
            yield (
                first + number,
                [
                    source if isinstance(source, int) else (inputs[source.term], source.bit)
                    for source in wires
                ],
            )
