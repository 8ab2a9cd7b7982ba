"""A mapped netlist as one network of bits, without layers: what a pipeline by LUT depth cuts.

Every bit has a name that tells layer and node, the same in all modules that it passes through:
``<input>_i0`` is a bit of an input, ``<layer>_n5_b0`` bit 0 of node 5's output, and
``<layer>_n5_l7`` a LUT or a gate of a carry chain inside node 5, the seventh of its layer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, TypeAlias

from logicjsc.core.errors import CircuitError
from logicjsc.emit.hdl.names import Names
from logicjsc.map.bit_functions import as_signal, wire
from logicjsc.map.chain_groups import ChainPlace, chains_of
from logicjsc.map.lut_network import CONSTANTS, Lut, LutNetwork
from logicjsc.netlist import Netlist, SumLayer

_Owner: TypeAlias = tuple[int, int | None]
"""A node, and which of its output bits a signal is, if it is one."""

_UNKNOWN: Final = -1
"""Stands for a signal that has no bit of its own, or not yet."""


@dataclass(frozen=True)
class AdderPlace:
    """One place of an addition on a carry chain; see `logicjsc.map.chain_groups.ChainPlace`.

    Attributes:
        select: the LUT that selects, or a wire or constant, as a function of bits.
        data: number of the bit that is the data, or a constant.
        sum: number of the sum's bit, if anything reads it.
    """

    select: Lut
    data: int
    sum: int | None


@dataclass(frozen=True)
class Cell:
    """A LUT, the adders of a sum, or one addition on a carry chain with its LUTs.

    Attributes:
        layer: number of its layer.
        node: the node it is named after.
        inputs: numbers of the bits it reads; for a LUT the first is the lowest bit of the index.
        outputs: numbers of the bits it drives.
        table: output of a LUT by index; None for a sum or an addition.
        places: places of an addition on a carry chain, the lowest first; empty for others.
        carry: number of the bit that is the carry out of an addition, if anything reads it.
    """

    layer: int
    node: int
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    table: int | None
    places: tuple[AdderPlace, ...] = ()
    carry: int | None = None

    @property
    def luts(self) -> int:
        """LUTs that it takes; adders that are left to others count nothing."""
        selects = (as_signal(place.select) is None for place in self.places)
        return int(self.table is not None) + sum(selects)


@dataclass(frozen=True)
class FlatNetwork:
    """Cells in topological order. Bits 0 and 1 are the constants, then come the input bits.

    Attributes:
        names: Verilog name of every bit.
        input_bits: how many input bits there are.
        cells: the cells.
        signals: for every signal of the netlist the bits that carry it, the lowest first.
        outputs: the bits of all network outputs, side by side.
        unbuilt: names of bits that nothing reads and that are 0 instead.
    """

    names: tuple[str, ...]
    input_bits: int
    cells: tuple[Cell, ...]
    signals: tuple[tuple[int, ...], ...]
    outputs: tuple[int, ...]
    unbuilt: tuple[str, ...] = ()

    @cached_property
    def readers(self) -> list[list[int]]:
        """For every bit the cells that read it."""
        readers: list[list[int]] = [[] for _ in self.names]
        for number, cell in enumerate(self.cells):
            for bit in dict.fromkeys(cell.inputs):
                readers[bit].append(number)
        return readers

    @cached_property
    def sources(self) -> list[tuple[int, ...]]:
        """For every cell the cells whose outputs it reads."""
        driver = {bit: number for number, cell in enumerate(self.cells) for bit in cell.outputs}
        return [
            tuple(dict.fromkeys(driver[bit] for bit in cell.inputs if bit in driver))
            for cell in self.cells
        ]


def bit_names(netlist: Netlist) -> list[list[str]]:
    """Names of the bits of every signal, the lowest first."""
    names = Names()
    inputs = [names.claim(name)[0] for name in netlist.input_names]
    layers = [names.claim(layer.name)[0] for layer in netlist.layers]
    widths = netlist.widths.tolist()
    found = [
        [f"{name}_i{bit}" for bit in range(width)]
        for name, width in zip(inputs, widths, strict=False)
    ]
    for name, layer in zip(layers, netlist.layers, strict=True):
        found += [
            [f"{name}_n{node}_b{bit}" for bit in range(width)]
            for node, width in enumerate(layer.widths.tolist())
        ]
    return found


def flatten(netlist: Netlist, luts: Sequence[LutNetwork | None]) -> FlatNetwork:
    """All layers of a mapped netlist as one network.

    Args:
        netlist: the netlist without dead nodes.
        luts: the LUTs of each layer; None for a sum that is left to adders.

    Raises:
        CircuitError: a table layer has no LUTs.
    """
    names = bit_names(netlist)
    builder = _Builder(netlist, names)
    for index, network in enumerate(luts):
        if network is not None:
            builder.add_luts(index, network)
        else:
            builder.add_sums(index)
    outputs = tuple(bit for signal in netlist.outputs for bit in builder.signals[signal])
    return FlatNetwork(
        tuple(builder.names),
        int(netlist.input_widths.sum()),
        tuple(builder.cells),
        tuple(builder.signals),
        outputs,
        tuple(builder.unbuilt),
    )


class _Builder:
    """Adds layer by layer."""

    def __init__(self, netlist: Netlist, names: Sequence[Sequence[str]]) -> None:
        self.netlist = netlist
        self.canonical = names
        self.names = ["1'b0", "1'b1"]
        self.cells: list[Cell] = []
        self.unbuilt: list[str] = []
        self.signals = [self._new(names[signal]) for signal in range(netlist.inputs)]

    def _new(self, names: Sequence[str]) -> tuple[int, ...]:
        first = len(self.names)
        self.names += names
        return tuple(range(first, len(self.names)))

    def add_sums(self, index: int) -> None:
        layer = self.netlist.layers[index]
        if not isinstance(layer, SumLayer):
            raise CircuitError(f"layer {layer.name!r} has no LUTs; adders are for sums only")
        for node in range(layer.nodes):
            read = [bit for signal in layer.inputs[node] for bit in self.signals[signal]]
            inputs = tuple(bit for bit in dict.fromkeys(read) if bit >= CONSTANTS)
            outputs = self._new(self.canonical[len(self.signals)])
            self.cells.append(Cell(index, node, inputs, outputs, None))
            self.signals.append(outputs)

    def add_luts(self, index: int, network: LutNetwork) -> None:
        layer = self.netlist.layers[index]
        first = self.netlist.first_signals[index]
        before = [bit for bits in self.signals[:first] for bit in bits]
        renamed = [0, 1, *before[: network.inputs]]
        owners = _owners(network, layer.widths.tolist())
        chains = {_last_gate(chain): chain for chain in chains_of(network)}
        inside = _selecting_alone(network)
        for number, lut in enumerate(network.luts, start=network.first_lut):
            if lut.carry or number in inside:
                renamed.append(_UNKNOWN)
                if number in chains:
                    self._add_chain(index, network, chains[number], renamed, owners)
                continue
            inputs = tuple(renamed[source] for source in lut.inputs)
            if all(source < CONSTANTS for source in inputs):
                renamed.append(_constant(lut, inputs))
                continue
            node, outputs = self._claim(index, network, number, owners)
            renamed.append(outputs[0])
            self.cells.append(Cell(index, node, inputs, outputs, lut.table))
        bits = iter(network.outputs)
        for width in layer.widths.tolist():
            self.signals.append(tuple(renamed[next(bits)] for _ in range(width)))
        places = [name for names in self.canonical[first : first + layer.nodes] for name in names]
        self.unbuilt += [places[place] for place in sorted(network.unbuilt)]

    def _claim(
        self, index: int, network: LutNetwork, number: int, owners: Sequence[_Owner]
    ) -> tuple[int, tuple[int, ...]]:
        """The node that a signal belongs to, and a new bit for it."""
        place = number - network.first_lut
        node, bit = owners[place]
        names = self.canonical[self.netlist.first_signals[index] + node]
        # Names of outputs are "<layer>_n5_b0"; those of others begin alike.
        name = f"{names[0].removesuffix('b0')}l{place}" if bit is None else names[bit]
        return node, self._new([name])

    def _add_chain(
        self,
        index: int,
        network: LutNetwork,
        chain: Sequence[ChainPlace],
        renamed: list[int],
        owners: Sequence[_Owner],
    ) -> None:
        """One cell for a chain and the LUTs that nothing but it reads."""
        node = 0
        inputs: list[int] = []
        places: list[AdderPlace] = []
        for place in chain:
            alone = renamed[place.select] == _UNKNOWN
            lut = network.luts[place.select - network.first_lut] if alone else wire(place.select)
            select = lut.renamed(renamed)
            made = None
            if place.sum is not None:
                node, (made,) = self._claim(index, network, place.sum, owners)
                renamed[place.sum] = made
            places.append(AdderPlace(select, renamed[place.data], made))
            inputs += [*select.inputs, renamed[place.data]]
        if _UNKNOWN in inputs:
            raise CircuitError("a carry chain reads what another one has yet to make")
        outputs = [place.sum for place in places if place.sum is not None]
        carry = None
        if chain[-1].carry_out is not None:
            node, (carry,) = self._claim(index, network, chain[-1].carry_out, owners)
            renamed[chain[-1].carry_out] = carry
            outputs.append(carry)
        read = tuple(bit for bit in dict.fromkeys(inputs) if bit >= CONSTANTS)
        self.cells.append(Cell(index, node, read, tuple(outputs), None, tuple(places), carry))


def _last_gate(chain: Sequence[ChainPlace]) -> int:
    return max(gate for place in chain for gate in (place.sum, place.carry_out) if gate is not None)


def _selecting_alone(network: LutNetwork) -> set[int]:
    """LUTs that nothing reads but the gates in which they select."""
    others = [source for lut in network.luts if not lut.carry for source in lut.inputs]
    gates = [lut for lut in network.luts if lut.carry]
    # What selects stands first in the exclusive or and last in the multiplexer.
    others += [source for lut in gates for source in lut.inputs[1:2] + lut.inputs[:-2]]
    gate_numbers = {n for n, lut in enumerate(network.luts, network.first_lut) if lut.carry}
    luts = {signal for signal in network.selecting if signal >= network.first_lut}
    return luts - gate_numbers - set(others) - set(network.outputs)


def _owners(network: LutNetwork, widths: Sequence[int]) -> list[_Owner]:
    """The first node that needs each LUT, and the output bit that it is, if it is one."""
    owners: dict[int, _Owner] = {}
    places = [(node, bit) for node, width in enumerate(widths) for bit in range(width)]
    for place, output in zip(places, network.outputs, strict=True):
        owners.setdefault(output, place)
    for (node, _), output in zip(places, network.outputs, strict=True):
        pending, seen = [output], set[int]()
        while pending:
            signal = pending.pop()
            if signal < network.first_lut or signal in seen:
                continue
            seen.add(signal)
            owners.setdefault(signal, (node, None))
            pending += network.luts[signal - network.first_lut].inputs
    first = network.first_lut
    return [owners.get(first + number, (0, None)) for number in range(len(network.luts))]


def _constant(lut: Lut, inputs: Sequence[int]) -> int:
    return lut.table >> sum(source << bit for bit, source in enumerate(inputs)) & 1
