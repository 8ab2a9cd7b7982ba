"""A network as one module per segment between two register ranks, wherever layers end.

Ranks are placed by LUT depth, or, with carry chains, by stage: tables that are inside adders have
no layer of their own any more.

The modules stand in a chain. Each takes exactly the bits that it or a later one needs, and gives
exactly those that the next one takes, so the registers between them hold one module's output.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from logicjsc.emit.ends.port_map import code_lines
from logicjsc.emit.hdl.names import Names, comment_text
from logicjsc.emit.hdl.options import CircuitOptions
from logicjsc.emit.hdl.ports import Block, block_ports
from logicjsc.emit.hdl.text import (
    HAND_WRITTEN,
    Slice,
    VerilogModule,
    concatenation,
    count,
    declarations,
    header,
    instance,
    latency_parameter,
    latency_remark,
    module_text,
    register_rank,
    sink,
    vector,
)
from logicjsc.emit.verilog.flat import FlatNetwork, bit_names, flatten
from logicjsc.emit.verilog.register_placement import held_bits, place_registers
from logicjsc.emit.verilog.segment_verilog import IN_BITS, OUT_BITS, Segment, SegmentText
from logicjsc.map.lut_network import CONSTANTS, LutNetwork
from logicjsc.netlist import Netlist

_NAMES_PER_LINE = 4

_PORTS = ("clk", "rst", "in_valid", "in_codes", "out_valid", "out_codes")


def segmented_modules(
    netlist: Netlist,
    luts: Sequence[LutNetwork | None],
    options: CircuitOptions,
    digest: str,
    labels: Sequence[str],
    *,
    top: str,
    module: str,
    taken: Names,
) -> tuple[Block, list[VerilogModule], int]:
    """All generated modules of a network, the one that holds the others first, and its cells.

    Args:
        netlist: what to build, without dead nodes.
        luts: the LUTs of each layer; None for a sum that is left to adders.
        options: the network's ends, the LUTs between two registers, the style of the LUTs.
        digest: digest of the netlist the circuit stands for, written into every header.
        labels: name of every signal, for comments.
        top: the circuit's name, with which names of segments begin.
        module: name of the network's module.
        taken: hands out names of modules.

    Raises:
        CircuitError: a table layer has no LUTs.
    """
    flat = flatten(netlist, luts)
    segments = _segments(netlist, flat, options)
    names = [taken.claim(f"{top}_segment{number}")[0] for number in range(1, len(segments) + 1)]
    builder = SegmentText(netlist, flat, labels, options.primitives)
    modules = []
    for number, (name, segment) in enumerate(zip(names, segments, strict=True), start=1):
        text = builder.module(name, segment)
        luts_inside = sum(cell.luts for cell in segment.cells)
        additions = sum(bool(cell.places) for cell in segment.cells)
        sums = sum(cell.table is None for cell in segment.cells) - additions
        chains = f", {count(additions, 'carry chain')}" if options.chained else ""
        about = (
            f"Segment {number} of {len(segments)} ({count(luts_inside, 'LUT')}, "
            f"{count(sums, 'sum')}{chains}) of "
            f'netlist "{comment_text(netlist.name)}".'
        )
        modules.append(VerilogModule(name, header(about, digest) + text))
    chain = _Chain(netlist, flat, segments, options, (module, *names))
    text = header(f'Netlist "{comment_text(netlist.name)}"', digest, *chain.remarks(labels))
    body = list(chain.body())
    block = chain.block()
    text += module_text(module, declarations(block_ports(block)), body)
    return block, [VerilogModule(module, text), *modules], builder.target_cells


def _segments(netlist: Netlist, flat: FlatNetwork, options: CircuitOptions) -> list[Segment]:
    if options.lut_depth:
        placed = place_registers(flat, options.lut_depth)
    else:
        ranks = [after for after in options.ranks_after(netlist.depth) if 0 < after < netlist.depth]
        placed = [[] for _ in range(len(ranks) + bool(flat.cells))]
        for number, cell in enumerate(flat.cells):
            stage = netlist.layers[cell.layer].stage
            placed[sum(after < stage for after in ranks)].append(number)
    segment_of = {cell: number for number, cells in enumerate(placed) for cell in cells}
    in_order = [segment_of[cell] for cell in range(len(flat.cells))]
    held = held_bits(flat, in_order, len(placed))
    return [
        Segment(tuple(flat.cells[cell] for cell in cells), tuple(entering), tuple(leaving))
        for cells, entering, leaving in zip(placed, held, held[1:], strict=False)
    ]


class _Chain:
    """Builds the network's module: segments with registers between them."""

    def __init__(
        self,
        netlist: Netlist,
        flat: FlatNetwork,
        segments: Sequence[Segment],
        options: CircuitOptions,
        modules: Sequence[str],
    ) -> None:
        self.netlist = netlist
        self.flat = flat
        self.segments = segments
        self.options = options
        self.name, *self.segment_modules = modules
        self.names = Names(*_PORTS, "LATENCY_CYCLES", "_unused", *HAND_WRITTEN, *modules)
        inner = max(0, len(segments) - 1)
        self.latency = inner + options.register_inputs + options.register_outputs
        if segments:
            self.entering, self.leaving = segments[0].entering, segments[-1].leaving
        else:
            self.entering = self.leaving = tuple(held_bits(flat, [], 0)[0])
        held = [len(segment.leaving) for segment in segments[:-1]]
        held += [len(self.entering)] * options.register_inputs
        held += [len(self.leaving)] * options.register_outputs
        self.ff = sum(held) + len(held)

    def block(self) -> Block:
        """The network as a block."""
        return Block(
            "network",
            self.name,
            "in_codes",
            self.flat.input_bits,
            "out_codes",
            len(self.flat.outputs),
            self.latency,
            self.ff,
        )

    def remarks(self, labels: Sequence[str]) -> Iterator[str]:
        """Lines for the header."""
        netlist = self.netlist
        outputs = [int(signal) for signal in netlist.outputs]
        classes = [labels[signal] for signal in outputs]
        if netlist.decoder is not None:
            classes = list(netlist.decoder.output_names)
        yield latency_remark(self.latency)
        if self.options.lut_depth:
            yield f"// At most {count(self.options.lut_depth, 'LUT')} between two registers."
        yield "//"
        yield from code_lines("in_codes", netlist, range(netlist.inputs), netlist.input_names)
        yield from code_lines("out_codes", netlist, outputs, classes)
        unbuilt = set(self.flat.unbuilt)
        shared = [
            f"//   {name} = {self.flat.names[bit]}"
            for names, bits in zip(bit_names(netlist), self.flat.signals, strict=True)
            for name, bit in zip(names, bits, strict=True)
            if self.flat.names[bit] != name and name not in unbuilt
        ]
        if shared:
            yield "// Bits of nodes that need no LUT of their own:"
            yield from shared
        if self.flat.unbuilt:
            yield "// Bits that nothing reads, most of them because adders look them up themselves:"
            for start in range(0, len(self.flat.unbuilt), _NAMES_PER_LINE):
                names = self.flat.unbuilt[start : start + _NAMES_PER_LINE]
                yield f"//   {', '.join(names)}"

    def body(self) -> Iterator[str]:
        """The module's statements."""
        yield from latency_parameter(self.latency)
        yield from sink(self._unused(), "Input bits that no output depends on.")
        bus, valid = "", "in_valid"
        if self.entering:
            (bus,) = self.names.claim("entering")
            bits = [self._input_bit(bit) for bit in self.entering]
            yield f"  // Bits that some LUT reads: {len(bits)} of {self.flat.input_bits}."
            yield f"  wire {vector(len(bits))} {bus} = {concatenation(bits, '  ')};"
            yield ""
        rank = 0
        if self.options.register_inputs:
            rank += 1
            lines, bus, valid = self._rank(rank, "the inputs", bus, len(self.entering), valid)
            yield from lines
        for number, segment in enumerate(self.segments, start=1):
            lines, bus = self._segment(number, segment, bus)
            yield from lines
            if number < len(self.segments):
                rank += 1
                place = f"segment {number}"
                lines, bus, valid = self._rank(rank, place, bus, len(segment.leaving), valid)
                yield from lines
        if self.options.register_outputs:
            lines, bus, valid = self._rank(
                rank + 1, "the last segment", bus, len(self.leaving), valid
            )
            yield from lines
        yield f"  assign out_valid = {valid};"
        yield f"  assign out_codes = {self._gather(bus)};"

    def _input_bit(self, bit: int) -> Slice:
        return Slice("in_codes", self.flat.input_bits, bit - CONSTANTS, 1)

    def _unused(self) -> list[Slice]:
        used = set(self.entering)
        inputs = range(CONSTANTS, CONSTANTS + self.flat.input_bits)
        return [self._input_bit(bit) for bit in inputs if bit not in used]

    def _segment(self, number: int, segment: Segment, bus: str) -> tuple[list[str], str]:
        name, after = self.names.claim(f"segment{number}", f"segment{number}_out")
        lines = [f"  // Segment {number}: {count(len(segment.cells), 'cell')}."]
        ports = [(IN_BITS, bus)] * bool(segment.entering)
        if segment.leaving:
            lines.append(f"  wire {vector(len(segment.leaving))} {after};")
            ports.append((OUT_BITS, after))
        lines += instance(self.segment_modules[number - 1], name, ports)
        return lines, after

    def _rank(
        self, rank: int, place: str, bus: str, width: int, valid: str
    ) -> tuple[list[str], str, str]:
        names = self.names.claim(f"rank{rank}", f"rank{rank}_d", f"rank{rank}_q", f"rank{rank}_v")
        lines = [
            f"  // Registers behind {place}: {count(width, 'bit')}.",
            *register_rank(names, width, bus, valid),
        ]
        return lines, names[2], names[3]

    def _gather(self, bus: str) -> str:
        place = {bit: lsb for lsb, bit in enumerate(self.leaving)}
        parts = [
            Slice(bus, len(self.leaving), place[bit], 1)
            if bit in place
            else Slice(self.flat.names[bit], 1, 0, 1)
            for bit in self.flat.outputs
        ]
        return concatenation(parts, "  ")
