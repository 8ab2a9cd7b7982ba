"""Modules around a network: the chain of blocks up to the decision, and its AXI4-Stream shell."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from logicjsc.emit.hdl.names import Names
from logicjsc.emit.hdl.ports import Block, Port, block_ports
from logicjsc.emit.hdl.text import (
    BUFFER_MODULE,
    HAND_WRITTEN,
    Slice,
    VerilogModule,
    declarations,
    header,
    instance,
    latency_parameter,
    latency_remark,
    module_text,
    sink,
    vector,
)

_REMARKS = {
    "encoder": "Words of features to codes.",
    "network": "Codes to scores as codes.",
    "argmax": "Class scores to the class.",
    "threshold": "Scores to yes or no.",
}


def chain_module(
    name: str, blocks: Sequence[Block], about: str, digest: str, port_maps: Sequence[str]
) -> tuple[Block, VerilogModule]:
    """Blocks one behind the other.

    Args:
        name: name of the module.
        blocks: in the order of the data.
        about: line for the header.
        digest: digest of the netlist.
        port_maps: lines for the header on the data at both ends.
    """
    first, last = blocks[0], blocks[-1]
    latency = sum(block.latency_cycles for block in blocks)
    whole = Block(
        "chain",
        name,
        first.reads,
        first.in_width,
        last.writes,
        last.out_width,
        latency,
        sum(block.ff or 0 for block in blocks),
    )
    head = header(about, digest, latency_remark(latency), "//", *port_maps)
    ports = block_ports(whole)
    body = _chain(whole, blocks, [port.name for port in ports])
    return whole, VerilogModule(name, head + module_text(name, declarations(ports), body))


def _chain(whole: Block, blocks: Sequence[Block], ports: Sequence[str]) -> Iterator[str]:
    yield from latency_parameter(whole.latency_cycles)
    modules = [block.module for block in blocks]
    names = Names(*ports, "LATENCY_CYCLES", *HAND_WRITTEN, whole.module, *modules)
    valid, data = "in_valid", whole.reads
    for block in blocks:
        name, valid_after, after = names.claim(
            block.role, f"{block.role}_valid", f"{block.role}_data"
        )
        yield f"  // {_REMARKS[block.role]}"
        yield f"  wire {valid_after};"
        yield f"  wire {vector(block.out_width)} {after};"
        clock = (("clk", "clk"), ("rst", "rst")) if block.latency_cycles else ()
        connections = (
            *clock,
            ("in_valid", valid),
            (block.reads, data),
            ("out_valid", valid_after),
            (block.writes, after),
        )
        yield from instance(block.module, name, connections)
        valid, data = valid_after, after
    yield f"  assign out_valid = {valid};"
    yield f"  assign {whole.writes} = {data};"


def stream_module(
    name: str, inner: Block, about: str, digest: str, port_maps: Sequence[str]
) -> tuple[list[Port], int, VerilogModule]:
    """An AXI4-Stream slave and master around a circuit.

    Data lies in the lowest bits of ``tdata``, whose width is a whole number of bytes. The circuit
    never stops; results wait in a buffer, and samples are let in only while there is room for their
    results.

    Returns:
        Ports, clock cycles from an accepted sample to its result, and the module.
    """
    in_bits, out_bits = _whole_bytes(inner.in_width), _whole_bytes(inner.out_width)
    latency = inner.latency_cycles + 1
    ports = [
        Port("aclk", "input", 1),
        Port("aresetn", "input", 1),
        Port("s_axis_tvalid", "input", 1),
        Port("s_axis_tready", "output", 1),
        Port("s_axis_tdata", "input", in_bits),
        Port("m_axis_tvalid", "output", 1),
        Port("m_axis_tready", "input", 1),
        Port("m_axis_tdata", "output", out_bits),
    ]
    head = header(
        about,
        digest,
        latency_remark(latency),
        "// AXI4-Stream on both sides: a result waits as long as its reader wants.",
        "//",
        *port_maps,
    )
    body = _stream(name, inner, ports, latency)
    text = module_text(name, declarations(ports), body)
    return ports, latency, VerilogModule(name, head + text)


def _stream(name: str, inner: Block, ports: Sequence[Port], latency: int) -> Iterator[str]:
    yield from latency_parameter(latency)
    taken = [port.name for port in ports]
    names = Names(*taken, "LATENCY_CYCLES", "_unused", *HAND_WRITTEN, name, inner.module)
    circuit, buffer, accepted, valid, result, waiting = names.claim(
        "circuit", "buffer", "accepted", "result_valid", "result", "waiting"
    )
    in_bits, out_bits = ports[4].width, ports[7].width
    in_data = Slice("s_axis_tdata", in_bits, 0, inner.in_width)
    if in_bits > inner.in_width:
        padding = Slice("s_axis_tdata", in_bits, inner.in_width, in_bits - inner.in_width)
        yield from sink([padding], "Padding up to whole bytes.")
    yield f"  wire {accepted};"
    yield f"  wire {valid};"
    yield f"  wire {vector(inner.out_width)} {result};"
    clock = (("clk", "aclk"), ("rst", "~aresetn")) if inner.latency_cycles else ()
    connections = (
        *clock,
        ("in_valid", accepted),
        (inner.reads, str(in_data)),
        ("out_valid", valid),
        (inner.writes, result),
    )
    yield from instance(inner.module, circuit, connections)
    # A place is taken when a sample enters and known to be free a cycle after its result has left.
    depth_bits = (latency + 1 - 1).bit_length()
    yield f"  wire {vector(inner.out_width)} {waiting};"
    parameters = f".WIDTH({inner.out_width}),\n      .DEPTH_BITS({depth_bits})"
    yield from instance(
        f"{BUFFER_MODULE} #(\n      {parameters}\n  )",
        buffer,
        (
            *((port.name, port.name) for port in (*ports[:4], *ports[5:7])),
            ("m_axis_tdata", waiting),
            ("accepted", accepted),
            ("result_valid", valid),
            ("result", result),
        ),
    )
    padding_bits = out_bits - inner.out_width
    padded = f"{{{padding_bits}'d0, {waiting}}}" if padding_bits else waiting
    yield f"  assign m_axis_tdata = {padded};"


def _whole_bytes(bits: int) -> int:
    return -(-bits // 8) * 8
