"""The network's module, which joins parts and register ranks, and the modules of the parts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

from logicjsc.emit.ends.categories import category_lines
from logicjsc.emit.ends.port_map import code_lines
from logicjsc.emit.hdl.bus import Bus
from logicjsc.emit.hdl.names import Names, comment_text, identifier
from logicjsc.emit.hdl.options import CircuitOptions
from logicjsc.emit.hdl.ports import Block
from logicjsc.emit.hdl.registers import register_rank
from logicjsc.emit.hdl.text import (
    HAND_WRITTEN,
    Slice,
    VerilogModule,
    concatenation,
    count,
    header,
    instance,
    latency_parameter,
    latency_remark,
    module_text,
    sink,
    slice_of,
    vector,
)
from logicjsc.emit.hdl.votes import VOTE_PORTS, block_declarations
from logicjsc.emit.verilog.fast_pins import with_fast_pins
from logicjsc.emit.verilog.flat import FlatNetwork
from logicjsc.emit.verilog.flatten import flatten
from logicjsc.emit.verilog.mapped_verilog import MappedText, mapped_remarks
from logicjsc.emit.verilog.plan import Part, Plan, plan_network, with_voters
from logicjsc.emit.verilog.sum_verilog import sum_module
from logicjsc.emit.verilog.table_verilog import table_module
from logicjsc.map.lut_network import CONSTANTS, LutNetwork
from logicjsc.map.timing.delays import load_delays
from logicjsc.netlist import Netlist, SumLayer

_PORTS = ("clk", "rst", "ce", "in_valid", "in_codes", "out_valid", "out_codes")


def network_modules(
    netlist: Netlist,
    options: CircuitOptions,
    digest: str,
    labels: Sequence[str],
    *,
    top: str,
    module: str,
    taken: Names,
    luts: Sequence[LutNetwork | None] | None = None,
) -> tuple[Block, list[VerilogModule], int]:
    """All generated modules of a network, the one that holds the others first.

    Also the cells of the target that its LUTs take.

    Args:
        netlist: what to build; every node in it is emitted.
        options: the network's registers, and the style of its LUTs.
        digest: digest of the netlist the circuit stands for, written into every header.
        labels: name of every signal, for comments.
        top: the circuit's name, with which names of parts begin.
        module: name of the network's module.
        taken: hands out names of modules.
        luts: the LUTs of each layer, for a mapped circuit; None for a layer of adders.

    Raises:
        CircuitError: a table layer of a mapped circuit has no LUTs.
    """
    network = flatten(netlist, luts)
    plan = plan_network(netlist, network, options)
    if options.clock_ps or options.latency_ps:
        size = sum(cell.luts for cell in network.cells)
        delays = with_voters(load_delays(options.part), options, size)
        plan = with_fast_pins(plan, network, delays)
    names = [taken.claim(f"{top}_{identifier(part.name)}")[0] for part in plan.parts]
    mapped = MappedText(netlist, network, labels, options.primitives)
    parts = []
    for name, part in zip(names, plan.parts, strict=True):
        about = f'{part.about} of netlist "{comment_text(netlist.name)}".'
        text = (
            layer_module(name, netlist, part, labels) if luts is None else mapped.module(name, part)
        )
        parts.append(VerilogModule(name, header(about, digest) + text))
    remarks = [latency_remark(len(plan.ranks))]
    if options.lut_depth:
        remarks.append(f"// At most {count(options.lut_depth, 'LUT')} between two registers.")
    if options.clock_ps:
        remarks.append(
            f"// At most {options.clock_ps / 1000:g} ns between two registers, as estimated for "
            f"{comment_text(options.part)}."
        )
    outputs = [int(signal) for signal in netlist.outputs]
    decoder = netlist.decoder
    classes = [labels[s] for s in outputs] if decoder is None else decoder.output_names
    remarks += [
        "//",
        *code_lines("in_codes", netlist, range(netlist.inputs), netlist.input_names),
        *category_lines(netlist),
        *code_lines("out_codes", netlist, outputs, classes),
    ]
    if luts is not None:
        remarks += mapped_remarks(netlist, network, luts)
    whole = NetworkText(network, plan, (module, *names), options)
    block = whole.block()
    text = header(f'Netlist "{comment_text(netlist.name)}"', digest, *remarks)
    text += module_text(module, block_declarations(block, options), whole.body())
    return block, [VerilogModule(module, text), *parts], mapped.cells


def layer_module(name: str, netlist: Netlist, part: Part, labels: Sequence[str]) -> str:
    """Module of a layer of tables or adders; of a network that is not mapped nets are signals."""
    layer = netlist.layers[part.cells[0].layer]
    reads, writes = layer_buses(netlist, part)
    if isinstance(layer, SumLayer):
        return sum_module(name, netlist, layer, reads, writes, labels=labels)
    return table_module(name, netlist, layer, reads, writes, labels=labels)


def layer_buses(netlist: Netlist, part: Part) -> tuple[Bus, Bus]:
    """What the module of a layer reads and writes; of a network that is not mapped."""
    reads, writes = (
        Bus.of(port, [net - CONSTANTS for net in nets], netlist.widths)
        for port, nets in (("in_codes", part.reads), ("out_codes", part.writes))
    )
    return reads, writes


class NetworkText:
    """Builds the network's module; knows where every net can be read at the current place."""

    reserved: ClassVar[tuple[str, ...]] = ()
    """Names that the module has beside those of this class."""

    def __init__(
        self,
        network: FlatNetwork,
        plan: Plan,
        modules: Sequence[str],
        options: CircuitOptions,
    ) -> None:
        self.options = options
        self.network = network
        self.plan = plan
        self.name, *self.part_modules = modules
        names = Names(
            *_PORTS,
            *VOTE_PORTS,
            *self.reserved,
            "LATENCY_CYCLES",
            "_unused",
            *HAND_WRITTEN,
            *modules,
        )
        self.names = names
        self.ranks = [
            names.claim(f"rank{rank}", f"rank{rank}_d", f"rank{rank}_q", f"rank{rank}_valid")
            for rank in range(1, len(plan.ranks) + 1)
        ]
        self.instances = [
            names.claim(part.name, f"{part.name}_in", f"{part.name}_out") for part in plan.parts
        ]
        inputs = range(CONSTANTS, CONSTANTS + network.inputs)
        self.inputs = Bus.of("in_codes", inputs, network.widths)
        self.places: dict[int, Slice] = {}
        self.valid = "in_valid"
        self.held = 0

    def block(self) -> Block:
        """The network as a block."""
        widths = self.network.widths
        out_width = sum(widths[net] for net in self.network.outputs)
        latency = len(self.plan.ranks)
        # Every rank holds a valid bit.
        ff = sum(1 + sum(widths[net] for net in rank.nets) for rank in self.plan.ranks)
        return Block(
            "network",
            self.name,
            "in_codes",
            self.inputs.width,
            "out_codes",
            out_width,
            latency,
            ff,
        )

    def body(self) -> Iterator[str]:
        """The module's statements."""
        self._move_to(self.inputs)
        yield from latency_parameter(len(self.plan.ranks))
        yield from self._unused()
        done = 0
        for number, part in enumerate(self.plan.parts):
            for rank in range(done, part.segment):
                yield from self._rank(rank)
            done = part.segment
            yield from self._part(number)
        for rank in range(done, len(self.ranks)):
            yield from self._rank(rank)
        yield f"  assign out_valid = {self.valid};"
        yield f"  assign out_codes = {self._gather(self.network.outputs)};"

    def _move_to(self, bus: Bus) -> None:
        """From here on nets are read from a bus, until parts make more."""
        self.places = {net: Slice(self.network.names[net], 1, 0, 1) for net in range(CONSTANTS)}
        self._add(bus)

    def _add(self, bus: Bus) -> None:
        widths = self.network.widths
        self.places |= {net: slice_of(bus, net, widths[net]) for net in bus.signals}

    def _gather(self, nets: Sequence[int]) -> str:
        return concatenation([self.places[net] for net in nets], "  ")

    def _unused(self) -> list[str]:
        read = set(self.network.outputs).union(*(part.reads for part in self.plan.parts))
        unread = [self.places[net] for net in self.inputs.signals if net not in read]
        return sink(unread, "Inputs that no output depends on.")

    def _rank(self, number: int) -> Iterator[str]:
        rank, names = self.plan.ranks[number], self.ranks[number]
        bus = Bus.of(names[2], rank.nets, self.network.widths)
        held = count(len(rank.nets), "signal")
        yield f"  // Registers after {rank.behind}: {held}, {count(bus.width, 'bit')}."
        data = self._gather(rank.nets)
        yield from register_rank(names, bus.width, data, self.valid, self.options, before=self.held)
        self.held += 1 + bus.width
        self._move_to(bus)
        self.valid = names[3]

    def _part(self, number: int) -> Iterator[str]:
        part, (name, before, after) = self.plan.parts[number], self.instances[number]
        reads, writes = (
            Bus.of(bus, nets, self.network.widths)
            for bus, nets in ((before, part.reads), (after, part.writes))
        )
        yield f"  // {part.remark}"
        ports = []
        if part.reads:
            yield f"  wire {vector(reads.width)} {before} = {self._gather(part.reads)};"
            ports.append(("in_codes", before))
        if part.writes:
            yield f"  wire {vector(writes.width)} {after};"
            ports.append(("out_codes", after))
        more, connections = self._connections(number)
        yield from more
        yield from instance(self.part_modules[number], name, [*connections, *ports])
        self._add(writes)

    def _connections(self, number: int) -> tuple[list[str], list[tuple[str, str]]]:  # noqa: ARG002
        """Lines in front of the instance of a part, and connections beside those of its data."""
        return [], []
