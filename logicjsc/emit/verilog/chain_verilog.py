"""The chain of blocks of a circuit, from the data that goes in up to the decision."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from logicjsc.emit.hdl.names import Names
from logicjsc.emit.hdl.options import CircuitOptions
from logicjsc.emit.hdl.ports import Block, block_ports
from logicjsc.emit.hdl.registers import clock_pins
from logicjsc.emit.hdl.text import (
    HAND_WRITTEN,
    Heading,
    VerilogModule,
    instance,
    latency_parameter,
    latency_remark,
    module_text,
    vector,
)
from logicjsc.emit.hdl.votes import VOTE_PORTS, block_declarations, vote_pins

_REMARKS = {
    "encoder": "Words of features to codes.",
    "network": "Codes to scores as codes.",
    "argmax": "Class scores to the class.",
    "threshold": "Scores to yes or no.",
}


def chain_module(
    name: str, blocks: Sequence[Block], heading: Heading, options: CircuitOptions
) -> tuple[Block, VerilogModule]:
    """Blocks one behind the other.

    Args:
        name: name of the module.
        blocks: in the order of the data.
        heading: what stands above it.
        options: whether there is a clock enable.
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
    head = heading.text(latency_remark(latency))
    ports = block_ports(whole, options)
    body = _chain(whole, blocks, [port.name for port in ports], options)
    return whole, VerilogModule(
        name, head + module_text(name, block_declarations(whole, options), body)
    )


def _chain(
    whole: Block, blocks: Sequence[Block], ports: Sequence[str], options: CircuitOptions
) -> Iterator[str]:
    yield from latency_parameter(whole.latency_cycles)
    modules = [block.module for block in blocks]
    names = Names(*ports, *VOTE_PORTS, "LATENCY_CYCLES", *HAND_WRITTEN, whole.module, *modules)
    valid, data, held = "in_valid", whole.reads, 0
    for block in blocks:
        name, valid_after, after = names.claim(
            block.role, f"{block.role}_valid", f"{block.role}_data"
        )
        yield f"  // {_REMARKS[block.role]}"
        yield f"  wire {valid_after};"
        yield f"  wire {vector(block.out_width)} {after};"
        clock = clock_pins(options) if block.latency_cycles else ()
        connections = (
            *clock,
            ("in_valid", valid),
            (block.reads, data),
            ("out_valid", valid_after),
            (block.writes, after),
            *vote_pins(options, held, block.ff),
        )
        yield from instance(block.module, name, connections)
        valid, data, held = valid_after, after, held + block.ff
    yield f"  assign out_valid = {valid};"
    yield f"  assign {whole.writes} = {data};"
