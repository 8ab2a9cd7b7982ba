"""Ports of modules, and the blocks that a circuit is a chain of."""

from __future__ import annotations

from dataclasses import dataclass

from logicjsc.emit.hdl.options import CircuitOptions


@dataclass(frozen=True)
class Port:
    """A port of the top module."""

    name: str
    direction: str
    width: int


@dataclass(frozen=True)
class Block:
    """A module with a valid bit and data on either side, as every circuit has them.

    Attributes:
        role: ``encoder``, ``network``, ``argmax`` or ``threshold``.
        module: name of its module; the file is named after it.
        reads: port that takes its data.
        in_width: bits of that port.
        writes: port that gives its data.
        out_width: bits of that port.
        latency_cycles: clock cycles from input to output.
        ff: bits of its register ranks, valid bits included; one flip-flop each without ``tmr``.
    """

    role: str
    module: str
    reads: str
    in_width: int
    writes: str
    out_width: int
    latency_cycles: int
    ff: int


def clock_ports(*, clock_enable: bool) -> list[Port]:
    """Ports of whatever has registers."""
    names = ("clk", "rst", *(["ce"] * clock_enable))
    return [Port(name, "input", 1) for name in names]


def block_ports(block: Block, options: CircuitOptions) -> list[Port]:
    """Ports of a block, or of a chain of them; without registers there is no clock."""
    clock = clock_ports(clock_enable=options.clock_enable) if block.latency_cycles else []
    return [*clock, *data_ports(block, block)]


def data_ports(first: Block, last: Block) -> list[Port]:
    """Ports of the data of a chain of blocks, and of their valid bits."""
    return [
        Port("in_valid", "input", 1),
        Port(first.reads, "input", first.in_width),
        Port("out_valid", "output", 1),
        Port(last.writes, "output", last.out_width),
    ]
