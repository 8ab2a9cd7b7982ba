"""A segment as Verilog: the LUTs and sums between two register ranks that are placed by depth."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from logicjsc.core.errors import CircuitError
from logicjsc.emit.hdl.bus import Bus
from logicjsc.emit.hdl.names import comment_text
from logicjsc.emit.hdl.options import XILINX
from logicjsc.emit.hdl.text import Slice, module_text, sink, vector
from logicjsc.emit.verilog.flat import Cell, FlatNetwork
from logicjsc.emit.verilog.primitives import NamedLut, NamedPlace, chain_text, lut_text
from logicjsc.emit.verilog.sum_verilog import sum_node, unused_bits
from logicjsc.map.bit_functions import as_signal
from logicjsc.map.chain_plan import TableBits
from logicjsc.map.lut_network import CONSTANTS
from logicjsc.netlist import Netlist, SumLayer

IN_BITS: Final = "in_bits"
OUT_BITS: Final = "out_bits"


@dataclass(frozen=True)
class Segment:
    """The cells between two register ranks, and the bits on both sides of them."""

    cells: tuple[Cell, ...]
    entering: tuple[int, ...]
    leaving: tuple[int, ...]


class SegmentText:
    """Writes segments' modules and adds up the cells of the target that their LUTs take."""

    def __init__(
        self, netlist: Netlist, flat: FlatNetwork, labels: Sequence[str], primitives: str
    ) -> None:
        self.netlist = netlist
        self.flat = flat
        self.labels = labels
        self.primitives = primitives
        self.target_cells = 0
        self.table_bits = TableBits(netlist)
        self._read: dict[int, set[int]] = {}

    def module(self, name: str, segment: Segment) -> str:
        """Text of one segment."""
        ports = [("input", IN_BITS, len(segment.entering))] * bool(segment.entering)
        ports += [("output", OUT_BITS, len(segment.leaving))] * bool(segment.leaving)
        return module_text(name, ports, self._body(segment))

    def _body(self, segment: Segment) -> Iterator[str]:
        names = self.flat.names
        for lsb, bit in enumerate(segment.entering):
            yield f"  wire {names[bit]} = {Slice(IN_BITS, len(segment.entering), lsb, 1)};"
        yield ""
        unread = [
            Slice(names[bit], 1, 0, 1)
            for cell in segment.cells
            for bit in cell.outputs
            if not self.flat.readers[bit] and bit not in self.flat.outputs
        ]
        first = 0
        for luts, sums in self._phases(segment):
            named = [
                NamedLut(
                    names[cell.outputs[0]],
                    tuple(names[bit] for bit in cell.inputs),
                    cell.table or 0,
                )
                for cell in luts
            ]
            text = lut_text(named, self.primitives, first)
            first += len(luts)
            self.target_cells += text.cells
            yield from text.lines
            for cell in sums:
                lines, unused = self._chain(cell) if cell.places else self._sum(cell)
                yield from lines
                unread += unused
        yield ""
        yield from sink(unread, "No output depends on these.")
        for lsb, bit in enumerate(segment.leaving):
            yield f"  assign {Slice(OUT_BITS, len(segment.leaving), lsb, 1)} = {names[bit]};"

    def _phases(self, segment: Segment) -> Iterator[tuple[list[Cell], list[Cell]]]:
        """LUTs and the sums that read them, by turns, so that everything is made before it is read.

        LUTs of one phase have no sum between them and may share sites freely. Additions of one node
        stand together.
        """
        made_in: dict[int, tuple[int, tuple[int, int] | None]] = {}
        phases: list[tuple[list[Cell], list[Cell]]] = []
        for cell in segment.cells:
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
        names = self.flat.names
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
        text = chain_text(name, places, carry)
        self.target_cells += text.cells
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
            flat = [bit for own in self.flat.signals for bit in own]
            self._read[signal] = {flat[place] for place in bits} - set(range(CONSTANTS))
        return self._read[signal]

    def _sum(self, cell: Cell) -> tuple[list[str], list[Slice]]:
        """Adders of one sum, and bits of theirs that nobody reads."""
        netlist, names = self.netlist, self.flat.names
        layer = netlist.layers[cell.layer]
        if not isinstance(layer, SumLayer):
            raise CircuitError(f"layer {layer.name!r} has no LUTs; adders are for sums only")
        signals = list(dict.fromkeys(layer.inputs[cell.node].tolist()))
        target = names[cell.outputs[0]].removesuffix("_b0")
        reads = Bus.of(f"{target}_in", signals, netlist)
        bits_used = dict.fromkeys(signals, 0)
        terms, expression = sum_node(
            netlist, layer, cell.node, reads, prefix=target, bits_used=bits_used
        )
        bits = [
            names[bit] for signal in reversed(signals) for bit in self.flat.signals[signal][::-1]
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
