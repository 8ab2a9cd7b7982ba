"""A mapped netlist as one network of bits, without layers: what a pipeline by LUT depth cuts.

Every bit has a name that tells layer and node, the same in all modules that it passes through:
``<input>_i0`` is a bit of an input, ``<layer>_n5_b0`` bit 0 of node 5's output, and
``<layer>_n5_l7`` a LUT inside node 5, the seventh of its layer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from logicjsc.errors import CircuitError
from logicjsc.map.lut_network import CONSTANTS, Lut, LutNetwork
from logicjsc.netlist import Netlist, SumLayer
from logicjsc.rtl.names import Names


@dataclass(frozen=True)
class Cell:
    """A LUT, or the adders of a sum.

    Attributes:
        layer: number of its layer.
        node: the node it is named after.
        inputs: numbers of the bits it reads; for a LUT the first is the lowest bit of the index.
        outputs: numbers of the bits it drives.
        table: output of a LUT by index; None for a sum.
    """

    layer: int
    node: int
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    table: int | None


@dataclass(frozen=True)
class FlatNetwork:
    """Cells in topological order. Bits 0 and 1 are the constants, then come the input bits.

    Attributes:
        names: Verilog name of every bit.
        input_bits: how many input bits there are.
        cells: the cells.
        signals: for every signal of the netlist the bits that carry it, the lowest first.
        outputs: the bits of all network outputs, side by side.
    """

    names: tuple[str, ...]
    input_bits: int
    cells: tuple[Cell, ...]
    signals: tuple[tuple[int, ...], ...]
    outputs: tuple[int, ...]

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
    )


class _Builder:
    """Adds layer by layer."""

    def __init__(self, netlist: Netlist, names: Sequence[Sequence[str]]) -> None:
        self.netlist = netlist
        self.canonical = names
        self.names = ["1'b0", "1'b1"]
        self.cells: list[Cell] = []
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
        for number, lut in enumerate(network.luts):
            inputs = tuple(renamed[source] for source in lut.inputs)
            if all(source < CONSTANTS for source in inputs):
                renamed.append(_constant(lut, inputs))
                continue
            node, bit = owners[number]
            if bit is None:
                # Names of outputs are "<layer>_n5_b0"; those of other LUTs begin alike.
                name = f"{self.canonical[first + node][0].removesuffix('b0')}l{number}"
            else:
                name = self.canonical[first + node][bit]
            outputs = self._new([name])
            renamed.append(outputs[0])
            self.cells.append(Cell(index, node, inputs, outputs, lut.table))
        bits = iter(network.outputs)
        for width in layer.widths.tolist():
            self.signals.append(tuple(renamed[next(bits)] for _ in range(width)))


def _owners(network: LutNetwork, widths: Sequence[int]) -> list[tuple[int, int | None]]:
    """The first node that needs each LUT, and the output bit that it is, if it is one."""
    owners: dict[int, tuple[int, int | None]] = {}
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
