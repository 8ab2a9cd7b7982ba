"""What several targets must know of a circuit: clock, reset, and its other ports by direction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from logicjsc.emit.hdl.ports import Port
from logicjsc.emit.verilog.circuit import Circuit

VENDOR: Final = "logicjsc"
LIBRARY: Final = "cores"
VERSION: Final = "1.0"
"""Names under which packages list a circuit; the netlist's digest tells versions apart."""

_CLOCKS: Final = ("clk", "aclk")
_RESETS: Final = ("rst", "aresetn")


@dataclass(frozen=True)
class Facts:
    """Ports of a circuit by what they are.

    Attributes:
        top: name of the top module.
        about: one line on what it is.
        clock: name of the clock; empty if there is none.
        reset: name of the reset; empty if there is none.
        active: value of the reset that resets.
        asynchronous: whether the reset does not wait for the clock.
        inputs: all other ports that go in.
        outputs: ports that come out.
        stream: whether they are those of AXI4-Streams.
        files: names of the Verilog files, the top first.
    """

    top: str
    about: str
    clock: str
    reset: str
    active: int
    asynchronous: bool
    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]
    stream: bool
    files: tuple[str, ...]


def facts_about(circuit: Circuit) -> Facts:
    """What a manifest says of a circuit's ports."""
    manifest = circuit.manifest
    names = [port.name for port in manifest.ports]
    clock = next((name for name in _CLOCKS if name in names), "")
    reset = next((name for name in _RESETS if name in names), "")
    others = [port for port in manifest.ports if port.name not in {clock, reset}]
    cycles = manifest.latency_cycles
    return Facts(
        circuit.top,
        f"Proven circuit of a quantised network: {manifest.data_in} to {manifest.data_out} in "
        f"{cycles} clock cycles; netlist {manifest.netlist_digest[:12]}",
        clock,
        reset,
        0 if reset == "aresetn" else 1,
        manifest.options.reset == "asynchronous",
        tuple(port for port in others if port.direction == "input"),
        tuple(port for port in others if port.direction == "output"),
        manifest.options.axi_stream,
        tuple(path.name for path in circuit.verilog_files),
    )
