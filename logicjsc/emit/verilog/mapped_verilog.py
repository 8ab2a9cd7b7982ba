"""A part of a mapped network as Verilog: LUTs, adders and carry chains.

Every bit that a part reads or makes is a wire under its own name, the same in all parts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from logicjsc.core.errors import CircuitError
from logicjsc.emit.hdl.bus import Bus
from logicjsc.emit.hdl.names import comment_text
from logicjsc.emit.hdl.options import XILINX
from logicjsc.emit.hdl.text import Slice, module_text, sink, vector
from logicjsc.emit.verilog.flat import Cell, FlatNetwork, bit_names
from logicjsc.emit.verilog.plan import Part
from logicjsc.emit.verilog.primitives import NamedLut, NamedPlace, chain_text, lut_text
from logicjsc.emit.verilog.sum_verilog import sum_node, unused_bits
from logicjsc.map.bit_functions import as_signal
from logicjsc.map.chain_plan import TableBits
from logicjsc.map.lut_network import CONSTANTS, LutNetwork
from logicjsc.netlist import Netlist, SumLayer

_NAMES_PER_LINE: Final = 4


SHAPE_LINE: Final = "//   added by: "
"""Begins a line of the header that tells in which shape a sum is added; see `Shape.text`."""


def mapped_remarks(
    netlist: Netlist, network: FlatNetwork, luts: Sequence[LutNetwork | None]
) -> Iterator[str]:
    """Lines for the header of a mapped network's module: bits of nodes that have no wire.

    And of sums that are trees of adders: chains, how their results are added, which terms come
    last, and whether the constant is in a table.
    """
    names = bit_names(netlist)
    for first, own in zip(netlist.first_signals, luts, strict=True):
        for node, text in () if own is None else own.shapes:
            yield f"{SHAPE_LINE}{names[first + node][0].removesuffix('_b0')} {text}"
    unbuilt = set(network.unbuilt)
    shared = [
        f"//   {name} = {network.names[net]}"
        for names, nets in zip(bit_names(netlist), network.signals, strict=True)
        for name, net in zip(names, nets, strict=True)
        if network.names[net] != name and name not in unbuilt
    ]
    if shared:
        yield "// Bits of nodes that need no LUT of their own:"
        yield from shared
    if unbuilt:
        yield "// Bits that nothing reads, most of them because adders look them up themselves:"
        for start in range(0, len(network.unbuilt), _NAMES_PER_LINE):
            yield f"//   {', '.join(network.unbuilt[start : start + _NAMES_PER_LINE])}"


class MappedText:
    """Writes parts' modules and adds up the cells of the target that their LUTs take."""

    def __init__(
        self, netlist: Netlist, network: FlatNetwork, labels: Sequence[str], primitives: str
    ) -> None:
        self.netlist = netlist
        self.network = network
        self.labels = labels
        self.primitives = primitives
        self.cells = 0
        self.table_bits = TableBits(netlist)
        self._read: dict[int, set[int]] = {}

    def module(self, name: str, part: Part) -> str:
        """Text of one part's module."""
        ports = [("input", "in_codes", len(part.reads))] * bool(part.reads)
        ports += [("output", "out_codes", len(part.writes))] * bool(part.writes)
        return module_text(name, ports, self._body(part))

    def _body(self, part: Part) -> Iterator[str]:
        names = self.network.names
        for lsb, bit in enumerate(part.reads):
            yield f"  wire {names[bit]} = {Slice('in_codes', len(part.reads), lsb, 1)};"
        yield ""
        read = set(part.writes).union(*(cell.inputs for cell in part.cells))
        made = (bit for cell in part.cells for bit in cell.outputs)
        unread = [Slice(names[bit], 1, 0, 1) for bit in made if bit not in read]
        constants = 0
        for luts, sums in self._phases(part.cells):
            named = [
                NamedLut(
                    names[cell.outputs[0]],
                    tuple(names[bit] for bit in cell.inputs),
                    cell.table or 0,
                )
                for cell in luts
            ]
            text = lut_text(named, self.primitives, constants)
            constants += len(luts)
            self.cells += text.cells
            yield from text.lines
            for cell in sums:
                lines, unused = self._chain(cell) if cell.places else self._sum(cell)
                yield from lines
                unread += unused
        yield ""
        yield from sink(unread, "No output depends on these.")
        for lsb, bit in enumerate(part.writes):
            yield f"  assign {Slice('out_codes', len(part.writes), lsb, 1)} = {names[bit]};"

    @staticmethod
    def _phases(cells: Sequence[Cell]) -> Iterator[tuple[list[Cell], list[Cell]]]:
        """LUTs and the sums that read them, by turns, so that everything is made before it is read.

        LUTs of one phase have no sum between them and may share sites freely. Additions of one node
        stand together.
        """
        made_in: dict[int, tuple[int, tuple[int, int] | None]] = {}
        phases: list[tuple[list[Cell], list[Cell]]] = []
        for cell in cells:
            node = (cell.layer, cell.node) if cell.places else None
            phase = 0
            for bit in cell.inputs:
                earlier, maker = made_in.get(bit, (0, None))
                phase = max(phase, earlier - (maker is not None and maker == node))
            while len(phases) <= phase:
                phases.append(([], []))
            is_sum = cell.table is None
            phases[phase][is_sum].append(cell)
            made_in |= dict.fromkeys(cell.outputs, (phase + is_sum, node))
        for luts, sums in phases:
            yield luts, sorted(sums, key=lambda cell: (cell.layer, cell.node))

    def _chain(self, cell: Cell) -> tuple[list[str], list[Slice]]:
        """A carry chain with its LUTs, and bits of it that nobody reads."""
        if self.primitives != XILINX:
            raise CircuitError(f"carry chains are written in the style {XILINX} only")
        names = self.network.names
        first, *_ = cell.outputs
        name = f"{names[first]}_add"
        places, idle = [], list[str]()
        for number, place in enumerate(cell.places):
            made = f"{name}_idle{number}" if place.sum is None else names[place.sum]
            if place.sum is None:
                idle.append(made)
            known = as_signal(place.select)
            inputs = tuple(names[bit] for bit in place.select.inputs)
            lut = NamedLut(f"{name}_s{number}", inputs, place.select.table)
            places.append(
                NamedPlace(
                    lut if known is None else None,
                    lut.name if known is None else names[known],
                    names[place.data],
                    made,
                )
            )
        carry = f"{name}_idle" if cell.carry is None else names[cell.carry]
        if cell.carry is None:
            idle.append(carry)
        text = chain_text(name, places, carry, cell.start)
        self.cells += text.cells
        lines = [f"  // {self._about(cell)}", *text.lines]
        return lines, [Slice(bit, 1, 0, 1) for bit in idle]

    def _about(self, cell: Cell) -> str:
        """Which of a node's terms an addition adds, as far as the signals it reads tell."""
        netlist = self.netlist
        layer = netlist.layers[cell.layer]
        own = netlist.first_signals[cell.layer] + cell.node
        partial = {place.data for place in cell.places}
        added = {bit for place in cell.places for bit in place.select.inputs} - partial
        terms = [(source, self._reads(source)) for source in layer.inputs[cell.node].tolist()]
        same = [source for source, bits in terms if added == bits]
        # Bits may be cut off at the top, and terms of few signals together are one table.
        more = [source for source, bits in terms if added < bits]
        found = same or more or [source for source, bits in terms if not added.isdisjoint(bits)]
        named = " or ".join(comment_text(self.labels[source]) for source in found)
        return f"{comment_text(self.labels[own])}: + {named if added else 'a constant'}"

    def _reads(self, signal: int) -> set[int]:
        """Bits that a table depends on, or the bits of what is no table."""
        if signal not in self._read:
            bits = self.table_bits.read_by(signal)
            nets = [bit for own in self.network.signals for bit in own]
            self._read[signal] = {nets[place] for place in bits} - set(range(CONSTANTS))
        return self._read[signal]

    def _sum(self, cell: Cell) -> tuple[list[str], list[Slice]]:
        """Adders of one sum, and bits of theirs that nobody reads."""
        netlist, names = self.netlist, self.network.names
        layer = netlist.layers[cell.layer]
        if not isinstance(layer, SumLayer):
            raise CircuitError(f"layer {layer.name!r} has no LUTs; adders are for sums only")
        signals = list(dict.fromkeys(layer.inputs[cell.node].tolist()))
        target = names[cell.outputs[0]].removesuffix("_b0")
        reads = Bus.of(f"{target}_in", signals, netlist.widths)
        bits_used = dict.fromkeys(signals, 0)
        terms, expression = sum_node(
            netlist, layer, cell.node, reads, prefix=target, bits_used=bits_used
        )
        bits = [
            names[bit] for signal in reversed(signals) for bit in self.network.signals[signal][::-1]
        ]
        width = len(cell.outputs)
        label = self.labels[netlist.first_signals[cell.layer] + cell.node]
        lines = [
            f"  // {comment_text(label)}, a sum",
            f"  wire {vector(reads.width)} {reads.name} = {{{', '.join(bits)}}};",
            *terms,
            f"  wire {vector(width)} {target} = {expression};",
            *(
                f"  wire {names[bit]} = {target}[{place}];"
                for place, bit in enumerate(cell.outputs)
            ),
        ]
        return lines, unused_bits(netlist, reads, bits_used)
