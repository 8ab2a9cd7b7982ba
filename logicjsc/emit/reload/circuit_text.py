"""A circuit whose tables are loaded at run time: its blocks, its tables, and their AXI4-Lite port.

The encoder is that of the circuit beside which it lies. It speaks ``valid`` on both
sides. Its latency is that of that circuit, or longer where that one knows from its tables that
scores share bits.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from logicjsc.core.errors import CircuitError
from logicjsc.emit.ends.decision import decision_module
from logicjsc.emit.hdl.names import Names, comment_text
from logicjsc.emit.hdl.options import SYNCHRONOUS
from logicjsc.emit.hdl.ports import Block, clock_ports, data_ports
from logicjsc.emit.hdl.shared import shared_modules, shared_text, with_prefix
from logicjsc.emit.hdl.text import (
    HAND_WRITTEN,
    REGISTER_MODULE,
    VerilogModule,
    declarations,
    header,
    instance,
    latency_parameter,
    latency_remark,
    module_text,
    vector,
)
from logicjsc.emit.reload.image import (
    DIGEST_WORDS,
    shapes_of,
    table_words,
    wiring_digest,
    without_contents,
)
from logicjsc.emit.reload.network_text import reloadable_network
from logicjsc.emit.reload.table_text import LOAD_WIRES, LoadPort
from logicjsc.emit.verilog.circuit import Circuit
from logicjsc.netlist import Netlist
from logicjsc.netlist.passes import drop_dead_nodes

MEMORY: Final = "table_memory"
LOADER: Final = "table_loader"

ADDRESS_BITS: Final = 12
"""Bits of the address of the AXI4-Lite port."""

_AXI: Final = (
    ("input", "awvalid", 0),
    ("output", "awready", 0),
    ("input", "awaddr", ADDRESS_BITS),
    ("input", "wvalid", 0),
    ("output", "wready", 0),
    ("input", "wdata", 32),
    ("input", "wstrb", 4),
    ("output", "bvalid", 0),
    ("input", "bready", 0),
    ("output", "bresp", 2),
    ("input", "arvalid", 0),
    ("output", "arready", 0),
    ("input", "araddr", ADDRESS_BITS),
    ("output", "rvalid", 0),
    ("input", "rready", 0),
    ("output", "rdata", 32),
    ("output", "rresp", 2),
)

AXI_PORTS: Final = tuple((direction, f"s_axil_{name}", width) for direction, name, width in _AXI)
"""The AXI4-Lite slave, as `module_text` takes ports."""


@dataclass(frozen=True)
class ReloadableCircuit:
    """A circuit whose tables are loaded at run time.

    Attributes:
        top: name of its top module.
        files: its own Verilog by file name, the top first.
        shared: files of the circuit beside which it lies that it uses as well.
        wiring: digest of all that is no table content.
        words: words of an image.
        latency_cycles: clock cycles from input to output.
        table_cycles: clock cycles from the input to where a sample's tables are chosen.
    """

    top: str
    files: Mapping[str, str]
    shared: tuple[str, ...]
    wiring: bytes
    words: int
    latency_cycles: int
    table_cycles: int


def reloadable_circuit(circuit: Circuit) -> ReloadableCircuit:
    """All Verilog of the reloadable form of a circuit.

    Raises:
        CircuitError: the circuit is mapped to LUTs, has a stream or other options that this form
            does not have, has no tables, or a table is too large.
    """
    refuse_other_circuits(circuit)
    manifest, netlist = circuit.manifest, circuit.netlist
    options, digest = manifest.options, manifest.netlist_digest
    built = drop_dead_nodes(netlist)
    memory, loader = (f"{options.prefix}{name}" for name in (MEMORY, LOADER))
    taken = Names(
        *HAND_WRITTEN,
        *shared_modules(options).values(),
        *(path.stem for path in circuit.verilog_files),
        *(memory, loader),
    )
    top, network = taken.claim(f"{circuit.top}_reloadable", f"{circuit.top}_reloadable_network")
    labels = [built.node_name(signal) for signal in range(built.signals)]
    block, port, modules = reloadable_network(
        built, options.network, digest, labels, module=network, memory=memory, taken=taken
    )
    blocks = [block if each.role == "network" else each for each in manifest.blocks]
    if options.argmax:
        # What decides may be simpler where scores share bits, which other contents need not do.
        name = taken.claim(f"{top}_{blocks[-1].role}")[0]
        blocks[-1], decision = decision_module(name, without_contents(built), options, digest)
        modules.append(decision)
    latency = sum(each.latency_cycles for each in blocks)
    wiring = wiring_digest(netlist, options)
    words = DIGEST_WORDS + len(table_words(netlist)) + 1
    about = f'Netlist "{comment_text(netlist.name)}" with tables that are loaded at run time'
    remarks = (
        latency_remark(latency),
        f"// Wiring digest: {wiring.hex()}",
        "// AXI4-Lite has the clock and the reset of the data path.",
    )
    text = header(about, digest, *remarks)
    body = _body(built, blocks, (top, loader), port, wiring=wiring, words=words)
    text += module_text(top, [*_data_ports(blocks), *AXI_PORTS], body)
    generated = [VerilogModule(top, text), *modules]
    files = {f"{each.name}.v": with_prefix(each.text, options) for each in generated}
    files |= {f"{options.prefix}{name}.v": shared_text(name, options) for name in (LOADER, MEMORY)}
    shared = [f"{each.module}.v" for each in blocks if each.role == "encoder"]
    if any(each.latency_cycles for each in blocks):
        shared.append(f"{shared_modules(options)[REGISTER_MODULE]}.v")
    roles = [each.role for each in blocks]
    before = sum(each.latency_cycles for each in blocks[: roles.index("network")])
    return ReloadableCircuit(top, files, tuple(shared), wiring, words, latency, before)


def refuse_other_circuits(circuit: Circuit) -> None:
    """Refuse options that the reloadable form does not have.

    Raises:
        CircuitError: there is one.
    """
    options = circuit.manifest.options
    if circuit.manifest.lut is not None:
        raise CircuitError(
            "tables that are loaded at run time are those of the network itself, not LUTs of a "
            "mapped one; leave --mapped or --reloadable away"
        )
    refused = {
        "--axi-stream": options.axi_stream,
        "--tmr": options.tmr != "",
        "--clock-enable": options.clock_enable,
        "--reset asynchronous": options.reset != SYNCHRONOUS,
        "--beats or --batch": options.regrouped,
        "--input-stages or --output-stages": options.stages > 0,
    }
    for name, wanted in refused.items():
        if wanted:
            raise CircuitError(
                f"a circuit with tables that are loaded at run time has no {name}; leave that or "
                "--reloadable away"
            )


def _data_ports(blocks: Sequence[Block]) -> list[tuple[str, str, int | str]]:
    clock = clock_ports(clock_enable=False)
    return declarations([*clock, *data_ports(blocks[0], blocks[-1])])


def _body(
    built: Netlist,
    blocks: Sequence[Block],
    modules: tuple[str, str],
    port: LoadPort,
    *,
    wiring: bytes,
    words: int,
) -> Iterator[str]:
    top, loader = modules
    yield from latency_parameter(sum(block.latency_cycles for block in blocks))
    names = Names(
        *(name for _, name, _ in (*_data_ports(blocks), *AXI_PORTS)),
        *("LATENCY_CYCLES", "bank", "last_row", "loader", "found", *LOAD_WIRES, *HAND_WRITTEN),
        *(top, loader, *(block.module for block in blocks)),
    )
    yield "  wire bank;"
    yield from (
        f"  wire {vector(width) + ' ' if width else ''}{name};"
        for name, (_, _, width) in zip(LOAD_WIRES, port.ports(), strict=False)
    )
    yield f"  wire {vector(port.width + 1)} found;"
    yield ""
    yield from _last_row(built, port)
    last = sum(shape.tables for shape in shapes_of(built).values()) - 1
    # Two cycles more than the network takes, so that the last sample of the old tables has left.
    drain = next(block.latency_cycles for block in blocks if block.role == "network") + 2
    value = int.from_bytes(wiring, "little")
    parameters = {
        "NODE_BITS": port.node_bits,
        "ROW_BITS": port.row_bits,
        "WIDTH": port.width,
        "LAST_NODE": f"{port.node_bits}'d{last}",
        "WORDS": words,
        "DRAIN": f"16'd{drain}",
        "WIRING": f"256'h{value:064x}",
    }
    wires = [
        "clk",
        "rst",
        *(name for _, name, _ in AXI_PORTS),
        "bank",
        *LOAD_WIRES,
        "last_row",
        "found",
    ]
    yield from instance(loader, "loader", [(wire, wire) for wire in wires], parameters)
    valid, data = "in_valid", blocks[0].reads
    load = [(f"table_{name}", name) for name in (*LOAD_WIRES, "found")]
    for block in blocks:
        name, after_valid, after = names.claim(
            block.role, f"{block.role}_valid", f"{block.role}_data"
        )
        yield f"  wire {after_valid};"
        yield f"  wire {vector(block.out_width)} {after};"
        is_network = block.role == "network"
        clock = [("clk", "clk"), ("rst", "rst")] if is_network or block.latency_cycles else []
        connections = [
            *clock,
            ("in_valid", valid),
            (block.reads, data),
            ("out_valid", after_valid),
            (block.writes, after),
            *([("bank", "bank"), *load] if is_network else ()),
        ]
        yield from instance(block.module, name, connections)
        valid, data = after_valid, after
    yield f"  assign out_valid = {valid};"
    yield f"  assign {blocks[-1].writes} = {data};"


def _last_row(built: Netlist, port: LoadPort) -> Iterator[str]:
    """The last row of the table that the load port is at."""
    yield "  // The last row of each table."
    shapes = list(shapes_of(built).values())
    rows = [f"{port.row_bits}'d{(1 << shape.address_bits) - 1}" for shape in shapes]
    yield f"  wire {vector(port.row_bits)} last_row ="
    for shape, text in zip(shapes[:-1], rows, strict=False):
        behind = shape.first + shape.tables
        yield f"      (node < {port.node_bits}'d{behind}) ? {text} :"
    yield f"      {rows[-1]};"
    yield ""
