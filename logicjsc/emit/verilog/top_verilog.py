"""The network's module: ports, layers, register ranks and the header that documents them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from logicjsc.emit.ends.port_map import code_lines
from logicjsc.emit.hdl.bus import Bus
from logicjsc.emit.hdl.names import Names, comment_text, identifier
from logicjsc.emit.hdl.options import INLINE
from logicjsc.emit.hdl.ports import Block, block_ports
from logicjsc.emit.hdl.text import (
    HAND_WRITTEN,
    Slice,
    VerilogModule,
    concatenation,
    count,
    declarations,
    header,
    latency_parameter,
    latency_remark,
    module_text,
    register_rank,
    sink,
    slice_of,
    vector,
)
from logicjsc.emit.verilog.lut_verilog import lut_module
from logicjsc.emit.verilog.plan import Plan
from logicjsc.emit.verilog.sum_verilog import sum_module
from logicjsc.emit.verilog.table_verilog import table_module
from logicjsc.map.lut_network import LutNetwork
from logicjsc.netlist import Netlist, SumLayer

_PORTS = ("clk", "rst", "in_valid", "in_codes", "out_valid", "out_codes")


def network_modules(
    netlist: Netlist,
    plan: Plan,
    digest: str,
    labels: Sequence[str],
    *,
    top: str,
    module: str,
    taken: Names,
    luts: Sequence[LutNetwork | None] | None = None,
    primitives: str = INLINE,
) -> tuple[Block, list[VerilogModule], int]:
    """All generated modules of a network, the one that holds the others first.

    Also the cells of the target that its LUTs take.

    Args:
        netlist: what to build; every node in it is emitted.
        plan: its register ranks.
        digest: digest of the netlist the circuit stands for, written into every header.
        labels: name of every signal, for comments.
        top: the circuit's name, with which names of layers begin.
        module: name of the network's module.
        taken: hands out names of modules.
        luts: the LUTs of each layer, for a mapped circuit; None for a layer of adders.
        primitives: style of the LUTs.
    """
    names = [taken.claim(f"{top}_{identifier(layer.name)}")[0] for layer in netlist.layers]
    layers = [
        _layer_module(
            name,
            netlist,
            plan,
            index,
            digest=digest,
            labels=labels,
            luts=None if luts is None else luts[index],
            primitives=primitives,
        )
        for index, name in enumerate(names)
    ]
    network = _Network(netlist, plan, digest, labels, (module, *names))
    modules = [network.module(), *(layer for layer, _ in layers)]
    return network.block(), modules, sum(cells for _, cells in layers)


def _layer_module(
    name: str,
    netlist: Netlist,
    plan: Plan,
    index: int,
    *,
    digest: str,
    labels: Sequence[str],
    luts: LutNetwork | None,
    primitives: str,
) -> tuple[VerilogModule, int]:
    layer = netlist.layers[index]
    first = netlist.first_signals[index]
    reads = Bus.of("in_codes", plan.layer_reads[index], netlist)
    writes = Bus.of("out_codes", range(first, first + layer.nodes), netlist)
    nodes = count(layer.nodes, "sum" if isinstance(layer, SumLayer) else "table")
    if luts is not None:
        nodes += f" in {count(luts.area, 'LUT')}"
    about = (
        f'Layer "{comment_text(layer.name)}" (stage {layer.stage}, {nodes}) of '
        f'netlist "{comment_text(netlist.name)}".'
    )
    cells = 0
    if luts is not None:
        text, cells = lut_module(
            name,
            netlist,
            layer,
            reads,
            writes,
            network=luts,
            labels=labels,
            primitives=primitives,
        )
    elif isinstance(layer, SumLayer):
        text = sum_module(name, netlist, layer, reads, writes, labels=labels)
    else:
        text = table_module(name, netlist, layer, reads, writes, labels=labels)
    return VerilogModule(name, header(about, digest) + text), cells


class _Network:
    """Builds the network's module; holds the buses while they are being connected."""

    def __init__(
        self,
        netlist: Netlist,
        plan: Plan,
        digest: str,
        labels: Sequence[str],
        modules: Sequence[str],
    ) -> None:
        self.netlist = netlist
        self.plan = plan
        self.digest = digest
        self.labels = labels
        self.name, *self.layer_modules = modules
        names = Names(*_PORTS, "LATENCY_CYCLES", "_unused", *HAND_WRITTEN, *modules)
        self.ranks = [
            names.claim(f"rank{rank}", f"rank{rank}_d", f"rank{rank}_q", f"rank{rank}_valid")
            for rank in range(1, plan.latency_cycles + 1)
        ]
        self.instances = [
            names.claim(layer.name, f"{layer.name}_in", f"{layer.name}_out")
            for layer in netlist.layers
        ]
        self.inputs = Bus.of("in_codes", range(netlist.inputs), netlist)
        self.layer_buses = [
            Bus.of(instance[2], range(first, first + layer.nodes), netlist)
            for instance, first, layer in zip(
                self.instances, netlist.first_signals, netlist.layers, strict=True
            )
        ]
        self.rank_buses = [
            Bus.of(rank[2], signals, netlist)
            for rank, signals in zip(self.ranks, plan.rank_signals, strict=True)
        ]

    def block(self) -> Block:
        width = int(self.netlist.widths[self.netlist.outputs].sum(dtype=np.int64))
        latency = self.plan.latency_cycles
        # Every rank holds a valid bit.
        ff = sum(bus.width + 1 for bus in self.rank_buses)
        return Block(
            "network", self.name, "in_codes", self.inputs.width, "out_codes", width, latency, ff
        )

    def module(self) -> VerilogModule:
        netlist = self.netlist
        outputs = [int(signal) for signal in netlist.outputs]
        labels = [self.labels[signal] for signal in outputs]
        names = labels if netlist.decoder is None else netlist.decoder.output_names
        head = header(
            f'Netlist "{comment_text(netlist.name)}"',
            self.digest,
            latency_remark(self.plan.latency_cycles),
            "//",
            *code_lines("in_codes", netlist, range(netlist.inputs), netlist.input_names),
            *code_lines("out_codes", netlist, outputs, names),
        )
        ports = declarations(block_ports(self.block()))
        return VerilogModule(self.name, head + module_text(self.name, ports, self._body()))

    def _body(self) -> Iterator[str]:
        yield from latency_parameter(self.plan.latency_cycles)
        yield from self._unused()
        done = 0
        for index, layer in enumerate(self.netlist.layers):
            while done < self.plan.segment(layer.stage):
                yield from self._rank(done)
                done += 1
            yield from self._layer(index)
        for rank in range(done, len(self.ranks)):
            yield from self._rank(rank)
        yield from self._outputs()

    def _unused(self) -> list[str]:
        read = set().union(*self.plan.layer_reads) | set(self.netlist.outputs.tolist())
        return sink(
            [
                slice_of(self.inputs, signal, int(self.netlist.widths[signal]))
                for signal in range(self.netlist.inputs)
                if signal not in read
            ],
            "Inputs that no output depends on.",
        )

    def _rank(self, rank: int) -> Iterator[str]:
        bus = self.rank_buses[rank]
        stage = self.plan.ranks_after[rank]
        place = f"stage {stage}" if stage else "the inputs"
        held = count(len(bus.signals), "signal")
        yield f"  // Registers after {place}: {held}, {count(bus.width, 'bit')}."
        data = self._gather(bus.signals, rank) if bus.signals else ""
        valid = self.ranks[rank - 1][3] if rank else "in_valid"
        yield from register_rank(self.ranks[rank], bus.width, data, valid)

    def _layer(self, index: int) -> Iterator[str]:
        instance, reads, writes = self.instances[index]
        layer = self.netlist.layers[index]
        signals = self.plan.layer_reads[index]
        yield f"  // Stage {layer.stage}: {comment_text(layer.name)}, {count(layer.nodes, 'node')}."
        if signals:
            width = Bus.of(reads, signals, self.netlist).width
            gathered = self._gather(signals, self.plan.segment(layer.stage))
            yield f"  wire {vector(width)} {reads} = {gathered};"
        yield f"  wire {vector(self.layer_buses[index].width)} {writes};"
        yield f"  {self.layer_modules[index]} {instance} ("
        if signals:
            yield f"      .in_codes({reads}),"
        yield f"      .out_codes({writes})"
        yield "  );"
        yield ""

    def _outputs(self) -> Iterator[str]:
        last = len(self.ranks)
        yield f"  assign out_valid = {self.ranks[-1][3] if last else 'in_valid'};"
        yield f"  assign out_codes = {self._gather(self.netlist.outputs.tolist(), last)};"

    def _gather(self, signals: Sequence[int], segment: int) -> str:
        slices = [self._find(signal, segment) for signal in signals]
        return concatenation(slices, "  ")

    def _find(self, signal: int, segment: int) -> Slice:
        """Where a signal can be read in a segment, the stretch behind ``segment`` ranks."""
        width = int(self.netlist.widths[signal])
        stage = int(self.netlist.stages[signal])
        if self.plan.segment(stage) < segment:
            return slice_of(self.rank_buses[segment - 1], signal, width)
        if stage == 0:
            return slice_of(self.inputs, signal, width)
        index = int(np.searchsorted(self.netlist.first_signals, signal, side="right")) - 1
        return slice_of(self.layer_buses[index], signal, width)
