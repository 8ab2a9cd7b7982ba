"""A segment as Verilog: the LUTs and sums between two register ranks that are placed by depth."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from logicjsc.errors import CircuitError
from logicjsc.netlist import Netlist, SumLayer
from logicjsc.rtl.flat import Cell, FlatNetwork
from logicjsc.rtl.names import comment_text
from logicjsc.rtl.plan import Bus
from logicjsc.rtl.primitives import NamedLut, lut_text
from logicjsc.rtl.sum_verilog import sum_node, unused_bits
from logicjsc.rtl.text import Slice, module_text, sink, vector

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
                lines, unused = self._sum(cell)
                yield from lines
                unread += unused
        yield ""
        yield from sink(unread, "No output depends on these.")
        for lsb, bit in enumerate(segment.leaving):
            yield f"  assign {Slice(OUT_BITS, len(segment.leaving), lsb, 1)} = {names[bit]};"

    def _phases(self, segment: Segment) -> Iterator[tuple[list[Cell], list[Cell]]]:
        """LUTs and the sums that read them, by turns, so that everything is made before it is read.

        LUTs of one phase have no sum between them and may share sites freely.
        """
        phase_of_bit: dict[int, int] = {}
        phases: list[tuple[list[Cell], list[Cell]]] = []
        for cell in segment.cells:
            phase = max((phase_of_bit.get(bit, 0) for bit in cell.inputs), default=0)
            while len(phases) <= phase:
                phases.append(([], []))
            is_sum = cell.table is None
            phases[phase][is_sum].append(cell)
            phase_of_bit |= dict.fromkeys(cell.outputs, phase + is_sum)
        yield from phases

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
