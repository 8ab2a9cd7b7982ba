"""The network's module with tables that are loaded at run time, and the modules of its layers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

from logicjsc.emit.hdl.names import Names, comment_text, identifier
from logicjsc.emit.hdl.options import CircuitOptions
from logicjsc.emit.hdl.ports import Block, clock_ports, data_ports
from logicjsc.emit.hdl.text import (
    VerilogModule,
    declarations,
    header,
    latency_remark,
    module_text,
    vector,
)
from logicjsc.emit.reload.image import Shape, is_loaded, shapes_of
from logicjsc.emit.reload.table_text import (
    LOAD_NAMES,
    LoadPort,
    reloadable_table_module,
    widened,
)
from logicjsc.emit.verilog.flatten import flatten
from logicjsc.emit.verilog.network_verilog import NetworkText, layer_buses, layer_module
from logicjsc.emit.verilog.plan import plan_network
from logicjsc.netlist import Netlist


def load_port(netlist: Netlist, shapes: dict[int, Shape]) -> LoadPort:
    """Widths of the load port of a network."""
    layers = [netlist.layers[index] for index in shapes]
    tables = sum(shape.tables for shape in shapes.values())
    return LoadPort(
        max(1, (tables - 1).bit_length()),
        max(shape.address_bits for shape in shapes.values()),
        max(int(layer.widths.max()) for layer in layers),
    )


def reloadable_network(
    netlist: Netlist,
    options: CircuitOptions,
    digest: str,
    labels: Sequence[str],
    *,
    module: str,
    memory: str,
    taken: Names,
) -> tuple[Block, LoadPort, list[VerilogModule]]:
    """The network as a block, its load port, and its modules, that of the network first.

    Args:
        netlist: the netlist without dead nodes.
        options: the network's registers.
        digest: digest of the netlist that the circuit stands for.
        labels: name of every signal, for comments.
        module: name of the network's module.
        memory: name of the module of one table.
        taken: hands out names of modules.

    Raises:
        CircuitError: there are no tables, or one is too large for distributed RAM.
    """
    shapes = shapes_of(netlist)
    port = load_port(netlist, shapes)
    network = flatten(netlist, None)
    plan = plan_network(netlist, network, options)
    names = [taken.claim(f"{module}_{identifier(part.name)}")[0] for part in plan.parts]
    modules = []
    own_ports: list[LoadPort | None] = []
    for name, part in zip(names, plan.parts, strict=True):
        index = part.cells[0].layer
        layer = netlist.layers[index]
        if is_loaded(layer):
            shape = shapes[index]
            own = port.narrowed(layer, shape)
            own_ports.append(own)
            text = reloadable_table_module(
                name,
                netlist,
                layer,
                shape,
                port=own,
                buses=layer_buses(netlist, part),
                memory=memory,
                labels=labels,
            )
        else:
            own_ports.append(None)
            text = layer_module(name, netlist, part, labels)
        about = f'{part.about} of netlist "{comment_text(netlist.name)}".'
        modules.append(VerilogModule(name, header(about, digest) + text))
    whole = _Reloadable(network, plan, (module, *names), options)
    whole.port, whole.part_ports = port, own_ports
    block = whole.block()
    about = f'Netlist "{comment_text(netlist.name)}", tables loaded at run time'
    text = header(about, digest, latency_remark(len(plan.ranks)))
    # Tables are written with the clock, so there is one without registers as well.
    plain = [*clock_ports(clock_enable=False), *data_ports(block, block)]
    declared = [*declarations(plain), ("input", "bank", 0), *port.ports()]
    text += module_text(module, declared, whole.body())
    return block, port, [VerilogModule(module, text), *modules]


class _Reloadable(NetworkText):
    """The same, with a bank of tables that goes along with every sample."""

    reserved: ClassVar[tuple[str, ...]] = (*LOAD_NAMES, "bank", "found")

    port: LoadPort
    part_ports: Sequence[LoadPort | None]

    def body(self) -> Iterator[str]:
        """The module's statements."""
        self.bank = "bank"
        self.found: list[str] = []
        yield from super().body()
        found = " |\n      ".join(self.found)
        yield f"  reg {vector(self.port.width + 1)} found;"
        yield f"  always @(posedge clk) found <= {found};"
        yield "  assign table_found = found;"
        if not self.ranks:
            yield "  // verilator lint_off UNUSEDSIGNAL"
            yield "  wire _unused_reset = rst;"
            yield "  // verilator lint_on UNUSEDSIGNAL"

    def _rank(self, number: int) -> Iterator[str]:
        yield from super()._rank(number)
        behind = zip(self.plan.parts, self.part_ports, strict=True)
        if not any(part.segment > number and port is not None for part, port in behind):
            return  # nothing looks anything up there
        (bank,) = self.names.claim(f"bank{number + 1}")
        yield f"  reg {bank};"
        yield f"  always @(posedge clk) {bank} <= {self.bank};"
        self.bank = bank

    def _connections(self, number: int) -> tuple[list[str], list[tuple[str, str]]]:
        own = self.part_ports[number]
        if own is None:
            return [], []
        (found,) = self.names.claim(f"found{number}")
        self.found.append(widened(found, own.width, self.port.width))
        return [f"  wire {vector(own.width + 1)} {found};"], [
            ("clk", "clk"),
            ("table_node", "table_node"),
            ("table_row", _low("table_row", own.row_bits, self.port.row_bits)),
            ("table_row_bank", "table_row_bank"),
            ("table_write", "table_write"),
            ("table_data", _low("table_data", own.width, self.port.width)),
            ("table_found", found),
            ("bank", self.bank),
        ]


def _low(name: str, bits: int, whole: int) -> str:
    return name if bits == whole else f"{name}[{bits - 1}:0]"
