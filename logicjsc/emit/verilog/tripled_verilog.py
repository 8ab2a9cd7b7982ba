"""Three copies of a circuit, whose registers vote with each other's, and votes at the outputs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from logicjsc.emit.hdl.names import Names
from logicjsc.emit.hdl.options import CircuitOptions
from logicjsc.emit.hdl.ports import Block, Port, block_ports
from logicjsc.emit.hdl.text import (
    HAND_WRITTEN,
    VerilogModule,
    declarations,
    instance,
    latency_parameter,
    module_text,
)
from logicjsc.emit.hdl.votes import HELD, VOTES
from logicjsc.emit.verilog.regroup_verilog import Enclosed
from logicjsc.emit.verilog.stages_verilog import handed_on, stage_parameters

COPIES: Final = ("copy_a", "copy_b", "copy_c")
"""Names of the instances."""

KEPT_APART: Final = '(* keep_hierarchy = "yes", dont_touch = "true", syn_hier = "hard" *)\n'
"""Asks Yosys, Vivado and Synplify not to join a module with what is around it."""


def kept_apart(text: str) -> str:
    """The text of a module that synthesis is asked not to join with its like."""
    return text.replace("\nmodule ", f"\n{KEPT_APART}module ", 1)


def copied_by(text: str) -> set[str]:
    """Names of the modules of which the text of a module has copies; one, if all is well."""
    pattern = rf"^  (\w+) (?:#\([^;]*?\) )?(?:{'|'.join(COPIES)}) \("
    return set(re.findall(pattern, text, re.MULTILINE))


def tripled_module(
    name: str,
    copy: Enclosed,
    ports: Sequence[Port],
    options: CircuitOptions,
    *,
    head: str,
    latency: int | str,
) -> VerilogModule:
    """A module with three copies of a circuit.

    Args:
        name: of the module.
        copy: the circuit.
        ports: of both; the circuit has those of votes besides.
        options: the circuit's.
        head: the comment above it.
        latency: clock cycles from input to output, as a number or a sum of parameters.
    """
    body = _body(name, copy, ports, latency, options)
    text = module_text(name, declarations(ports), body, stage_parameters(options))
    return VerilogModule(name, head + text)


def alone_module(block: Block, head: str, options: CircuitOptions) -> VerilogModule:
    """Three copies of a block of such a circuit, which cannot vote alone, with its name extended.

    Args:
        block: the block.
        head: the comment above it.
        options: the circuit's.
    """
    copy = Enclosed(VerilogModule(block.module, ""), block.ff)
    ports = block_ports(block, options)
    name = f"{block.module}_alone"
    return tripled_module(
        name, copy, ports, options.network, head=head, latency=block.latency_cycles
    )


def _body(
    name: str, copy: Enclosed, ports: Sequence[Port], latency: int | str, options: CircuitOptions
) -> Iterator[str]:
    yield from latency_parameter(latency)
    yield from copy.lines
    parameters = handed_on(options) | {given: given for given in copy.parameters}
    taken = [port.name for port in ports]
    words = ("LATENCY_CYCLES", *COPIES, *parameters, *HAND_WRITTEN, name, copy.module.name)
    names = Names(*taken, *words)
    outputs = [port for port in ports if port.direction == "output"]
    wires = {
        port.name: names.claim(*(f"{port.name}_{letter}" for letter in "abc")) for port in outputs
    }
    held = names.claim(*VOTES)
    (place,) = names.claim("place")
    if copy.bits:
        yield "  // What the registers of each copy hold."
        yield from (f"  wire [{copy.bits}-1:0] {wire};" for wire in held)
    for number, instance_name in enumerate(COPIES):
        yield from (f"  wire [{port.width - 1}:0] {wires[port.name][number]};" for port in outputs)
        pins = [
            (port.name, wires[port.name][number] if port.direction == "output" else port.name)
            for port in ports
        ]
        if copy.bits:
            pins += [(HELD, held[number]), *zip(VOTES, held, strict=True)]
        yield '  (* keep = "true", dont_touch = "true" *)'
        yield from instance(copy.module.name, instance_name, pins, parameters)
    yield "  // Two that agree are right; else the third one agrees with one of them."
    yield f"  genvar {place};"
    yield "  generate"
    for port in outputs:
        yield from _vote(port, wires[port.name], place)
    yield "  endgenerate"


def _vote(port: Port, wires: Sequence[str], place: str) -> Iterator[str]:
    """An output, bit by bit; with equal wires each bit is simply one of them, constants too."""
    first, second, third = (f"{wire}[{place}]" for wire in wires)
    scalar = declarations([port])[0][2] == 0
    target = port.name if scalar else f"{port.name}[{place}]"
    loop = f"{place} = 0; {place} < {port.width}; {place} = {place} + 1"
    yield f"    for ({loop}) begin : vote_{port.name}"
    yield f"      assign {target} = {first} ^ {second} ? {third} : {first};"
    yield "    end"
