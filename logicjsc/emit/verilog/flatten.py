"""A netlist, mapped or not, as one flat network of nets and cells."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, TypeAlias

from logicjsc.core.errors import CircuitError
from logicjsc.emit.verilog.flat import AdderPlace, Cell, FlatNetwork, bit_names, signal_names
from logicjsc.map.bit_functions import wire
from logicjsc.map.chain_groups import ChainPlace, chains_of
from logicjsc.map.lut_network import CONSTANTS, Lut, LutNetwork
from logicjsc.netlist import Netlist, SumLayer

_Owner: TypeAlias = tuple[int, int | None]
"""A node, and which of its output bits a signal is, if it is one."""

_UNKNOWN: Final = -1
"""Stands for a signal that has no net of its own, or not yet."""

_CONSTANT_NAMES: Final = ("1'b0", "1'b1")


def flatten(netlist: Netlist, luts: Sequence[LutNetwork | None] | None) -> FlatNetwork:
    """All layers of a netlist as one network.

    Args:
        netlist: the netlist without dead nodes.
        luts: the LUTs of each layer; None for a sum that is left to adders. Without any, every
            node is a cell and every signal a net.

    Raises:
        CircuitError: a table layer has no LUTs.
    """
    if luts is None:
        return _nodes(netlist)
    builder = _Builder(netlist)
    for index, network in enumerate(luts):
        if network is not None:
            builder.add_luts(index, network)
        else:
            builder.add_sums(index)
    return FlatNetwork(
        tuple(builder.names),
        (1,) * len(builder.names),
        int(netlist.input_widths.sum()),
        tuple(builder.cells),
        tuple(builder.signals),
        tuple(net for signal in netlist.outputs for net in builder.signals[signal]),
        tuple(builder.unbuilt),
    )


def _nodes(netlist: Netlist) -> FlatNetwork:
    """A network that is not mapped: the net of a signal is behind those of the constants."""
    cells = [
        Cell(index, node, tuple(CONSTANTS + s for s in sources), (CONSTANTS + first + node,))
        for index, (first, layer) in enumerate(
            zip(netlist.first_signals, netlist.layers, strict=True)
        )
        for node, sources in enumerate(layer.inputs.tolist())
    ]
    return FlatNetwork(
        (*_CONSTANT_NAMES, *signal_names(netlist)),
        (1, 1, *netlist.widths.tolist()),
        netlist.inputs,
        tuple(cells),
        tuple((CONSTANTS + signal,) for signal in range(netlist.signals)),
        tuple(CONSTANTS + signal for signal in netlist.outputs.tolist()),
    )


class _Builder:
    """Adds layer by layer."""

    def __init__(self, netlist: Netlist) -> None:
        self.netlist = netlist
        self.canonical = bit_names(netlist)
        self.names = list(_CONSTANT_NAMES)
        self.cells: list[Cell] = []
        self.unbuilt: list[str] = []
        self.signals = [self._new(self.canonical[signal]) for signal in range(netlist.inputs)]

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
            self.cells.append(Cell(index, node, inputs, outputs))
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
        start = chain[0].carry
        self.cells.append(
            Cell(index, node, read, tuple(outputs), None, tuple(places), carry, start)
        )


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
