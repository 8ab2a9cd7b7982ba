"""A frame of registers around a module, so that it fits any device and every path is timed.

A circuit has more ports than a package has pins, and paths from pins are not part of a clock's
frequency. In the frame one long shift register feeds all inputs; all outputs are caught in
registers, from which another shift register carries them out. What the circuit computes lies
between two ranks of registers, and the frame itself has no path that is longer than one LUT.
"""

from __future__ import annotations

from typing import Final

from logicjsc.check.synth.parts import Part
from logicjsc.emit.hdl.ports import Port
from logicjsc.emit.hdl.text import instance, vector

PINS: Final = ("clk", "rst", "load", "serial_in", "serial_out")
"""Ports of the frame."""

_CLOCKS: Final = {"clk", "aclk"}
_RESETS: Final = {"rst", "aresetn"}


def harness(part: Part) -> tuple[str, str]:
    """Name and text of the frame of a part.

    The reset stays a pin: through the shift register it would be a path that no circuit has.
    """
    inputs = [port for port in part.ports if _is_data(port) and port.direction == "input"]
    outputs = [port for port in part.ports if _is_data(port) and port.direction == "output"]
    given, taken = sum(port.width for port in inputs), sum(port.width for port in outputs)
    name = f"{part.module}_harness"
    while f"{name}.v" in part.files:
        name += "_"
    lines = [
        f"module {name} (",
        *(f"    input  wire {pin}," for pin in PINS[:-1]),
        f"    output wire {PINS[-1]}",
        ");",
        "",
        f"  reg {vector(given)} given;",
        f"  wire {vector(taken)} taken;",
        f"  reg {vector(taken)} caught;",
        f"  reg {vector(taken)} leaving;",
        "",
        *instance(part.module, "circuit", _connections(part)),
        "  always @(posedge clk) begin",
        f"    given <= {{given, serial_in}};{_CUT}",
        "    caught <= taken;",
        f"    leaving <= load ? caught : {{leaving, 1'b0}};{_CUT}",
        "  end",
        "",
        f"  assign serial_out = leaving[{taken - 1}];",
        "",
        "endmodule",
    ]
    return name, "\n".join(lines) + "\n"


_CUT: Final = "  // the highest bit is cut off"


def _connections(part: Part) -> list[tuple[str, str]]:
    connections, position = [], {"input": 0, "output": 0}
    for port in part.ports:
        if port.name in _CLOCKS:
            connections.append((port.name, "clk"))
        elif port.name in _RESETS:
            connections.append((port.name, "rst" if port.name == "rst" else "~rst"))
        else:
            low = position[port.direction]
            position[port.direction] = low + port.width
            bus = "given" if port.direction == "input" else "taken"
            connections.append((port.name, f"{bus}[{low + port.width - 1}:{low}]"))
    return connections


def _is_data(port: Port) -> bool:
    return port.name not in _CLOCKS | _RESETS
