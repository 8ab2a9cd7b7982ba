"""A network as nets and cells, without layers: what registers cut and modules are made of.

Of a network of tables a net is a signal, of a mapped network it is one bit. Every net has a name
that tells layer and node, the same in all modules that it passes through: ``<input>_i0`` is a bit
of an input, ``<layer>_n5_b0`` bit 0 of node 5's output, and ``<layer>_n5_l7`` a LUT or a gate of a
carry chain inside node 5, the seventh of its layer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from logicjsc.emit.hdl.names import Names
from logicjsc.map.bit_functions import as_signal
from logicjsc.map.lut_network import CONSTANTS, Lut
from logicjsc.netlist import Netlist


@dataclass(frozen=True)
class AdderPlace:
    """One place of an addition on a carry chain; see `logicjsc.map.chain_groups.ChainPlace`.

    Attributes:
        select: the LUT that selects, or a wire or constant, as a function of nets.
        data: number of the net that is the data, or a constant.
        sum: number of the sum's net, if anything reads it.
    """

    select: Lut
    data: int
    sum: int | None


@dataclass(frozen=True)
class Cell:
    """A node of the netlist, a LUT, or one addition on a carry chain with its LUTs.

    Attributes:
        layer: number of its layer.
        node: the node that it is, or is named after.
        inputs: numbers of the nets it reads; for a LUT the first is the lowest bit of the index.
        outputs: numbers of the nets it drives.
        table: output of a LUT by index; None for others.
        places: places of an addition on a carry chain, the lowest first; empty for others.
        carry: number of the net that is the carry out of an addition, if anything reads it.
        start: 0 or 1, the carry that an addition starts with.
    """

    layer: int
    node: int
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    table: int | None = None
    places: tuple[AdderPlace, ...] = ()
    carry: int | None = None
    start: int = 0

    @property
    def luts(self) -> int:
        """LUTs that it takes; tables and adders that are left to others count nothing."""
        selects = (as_signal(place.select) is None for place in self.places)
        return int(self.table is not None) + sum(selects)


@dataclass(frozen=True)
class FlatNetwork:
    """Cells in topological order. Nets 0 and 1 are the constants, then come the inputs.

    Attributes:
        names: Verilog name of every net.
        widths: bits of every net.
        inputs: how many nets are inputs.
        cells: the cells.
        signals: for every signal of the netlist the nets that carry it, the lowest bit first.
        outputs: the nets of all network outputs, side by side.
        unbuilt: names of bits that nothing reads and that are 0 instead.
    """

    names: tuple[str, ...]
    widths: tuple[int, ...]
    inputs: int
    cells: tuple[Cell, ...]
    signals: tuple[tuple[int, ...], ...]
    outputs: tuple[int, ...]
    unbuilt: tuple[str, ...] = ()

    @cached_property
    def readers(self) -> list[list[int]]:
        """For every net the cells that read it."""
        readers: list[list[int]] = [[] for _ in self.names]
        for number, cell in enumerate(self.cells):
            for net in dict.fromkeys(cell.inputs):
                readers[net].append(number)
        return readers

    @cached_property
    def sources(self) -> list[tuple[int, ...]]:
        """For every cell the cells whose outputs it reads."""
        driver = {net: number for number, cell in enumerate(self.cells) for net in cell.outputs}
        return [
            tuple(dict.fromkeys(driver[net] for net in cell.inputs if net in driver))
            for cell in self.cells
        ]

    def held(self, segment_of: Sequence[int], ranks: int) -> list[list[int]]:
        """Nets that each register rank holds, ascending.

        A net is held at every rank from where it is made to where it is read last, so values that
        meet in a cell always belong to the same vector.

        Args:
            segment_of: number of ranks in front of each cell; there are none in front of inputs.
            ranks: number of ranks; all stand in front of the outputs.
        """
        made = [0] * len(self.names)
        last_read = [0] * len(self.names)
        for cell, segment in zip(self.cells, segment_of, strict=True):
            for net in cell.outputs:
                made[net] = segment
            for net in cell.inputs:
                last_read[net] = max(last_read[net], segment)
        for net in self.outputs:
            last_read[net] = ranks
        nets = range(CONSTANTS, len(self.names))
        return [[net for net in nets if made[net] <= r < last_read[net]] for r in range(ranks)]


def signal_names(netlist: Netlist) -> list[str]:
    """Distinct Verilog names of the signals: of inputs, then of the nodes of each layer."""
    names = Names()
    found = [names.claim(name)[0] for name in netlist.input_names]
    layers = [names.claim(layer.name)[0] for layer in netlist.layers]
    for name, layer in zip(layers, netlist.layers, strict=True):
        found += [f"{name}_n{node}" for node in range(layer.nodes)]
    return found


def bit_names(netlist: Netlist) -> list[list[str]]:
    """Names of the bits of every signal, the lowest first."""
    return [
        [f"{name}_{'i' if signal < netlist.inputs else 'b'}{bit}" for bit in range(width)]
        for signal, (name, width) in enumerate(
            zip(signal_names(netlist), netlist.widths.tolist(), strict=True)
        )
    ]
