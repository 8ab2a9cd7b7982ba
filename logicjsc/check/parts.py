"""What a simulator is made from: a whole circuit or one block of it, as its Verilog text has it.

Vectors go in and come out as codes side by side, the first at the lowest bits, whatever the ports
are called. Widths of ports, latency and digest are read from the text, never from the manifest.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from logicjsc.check.compilation import Sources
from logicjsc.check.foreign import checked_texts
from logicjsc.core.errors import CircuitError
from logicjsc.core.files import shipped
from logicjsc.emit.ends.decision import ARGMAX, THRESHOLD
from logicjsc.emit.hdl.interface import STREAM, interface_of
from logicjsc.emit.hdl.options import ASYNCHRONOUS, FULL
from logicjsc.emit.hdl.ports import Block
from logicjsc.emit.hdl.text import LATENCY_LINE, VerilogModule, header
from logicjsc.emit.verilog.circuit import Circuit, digest_in, used_by
from logicjsc.emit.verilog.manifest import Manifest
from logicjsc.emit.verilog.primitives import SIMULATION_MODELS
from logicjsc.emit.verilog.tripled_verilog import alone_module
from logicjsc.netlist.layers import Array, code_dtype

WHOLE: Final = "whole"
NETWORK: Final = "network"
ENCODER: Final = "encoder"
DECISIONS: Final = (ARGMAX, THRESHOLD)
"""Roles of the block that decides."""

_STREAMS: Final = ("s_axis_tdata", "m_axis_tdata")


@dataclass(frozen=True)
class Layout:
    """Codes of one vector on either side.

    Attributes:
        in_names: name of each code that goes in.
        in_widths: its bits.
        out_widths: bits of each code that comes out.
        dtype: type of the codes that come out.
    """

    in_names: tuple[str, ...]
    in_widths: Array
    out_widths: Array
    dtype: np.dtype[Any]


def roles_of(circuit: Circuit) -> tuple[str, ...]:
    """What can be simulated: the blocks, and the whole circuit unless the network is all of it."""
    roles = tuple(block.role for block in circuit.manifest.blocks)
    alone = len(roles) == 1 and circuit.manifest.blocks[0].module == circuit.top
    return roles if alone else (*roles, WHOLE)


def layout_of(circuit: Circuit, role: str) -> Layout:
    """Codes that go into and come out of a part of a circuit.

    Raises:
        CircuitError: the circuit has no such part.
    """
    netlist, manifest = circuit.netlist, circuit.manifest
    first, last = _ends(circuit, role)
    words = tuple(place.name for place in manifest.features)
    widths = np.array([place.width for place in manifest.features], np.uint8)
    outputs = tuple(place.name for place in manifest.outputs)
    output_widths = netlist.widths[netlist.outputs]
    entering = {
        ENCODER: (words, widths),
        NETWORK: (netlist.input_names, netlist.input_widths),
        ARGMAX: (outputs, output_widths),
        THRESHOLD: (outputs, output_widths),
    }
    leaving = {
        ENCODER: (netlist.input_widths, netlist.code_dtype),
        NETWORK: (output_widths, netlist.code_dtype),
        ARGMAX: (
            np.array([(len(outputs) - 1).bit_length()], np.uint8),
            code_dtype(len(outputs).bit_length()),
        ),
        THRESHOLD: (np.ones(len(outputs), np.uint8), np.dtype(np.uint8)),
    }
    return Layout(*entering[first], *leaving[last])


def sources_of(circuit: Circuit, role: str) -> Sources:
    """Verilog of a part of a circuit, and what its harness must know.

    Raises:
        CircuitError: the circuit has no such part, or its Verilog cannot be read, lacks its header
            or would do more than compute.
    """
    first, last = _ends(circuit, role)
    modules = {block.role: block for block in circuit.manifest.blocks}
    top = circuit.top if role == WHOLE else modules[role].module
    texts = checked_texts(circuit)
    if role != WHOLE and circuit.manifest.options.tmr == FULL:
        alone = standing_alone(modules[role], circuit.manifest)
        top, texts = alone.name, texts | {f"{alone.name}.v": alone.text.encode("ascii")}
    text = _text(texts, top)
    reads, writes = modules[first].reads, modules[last].writes
    in_bits = _width(_text(texts, modules[first].module), reads, top)
    out_bits = _width(_text(texts, modules[last].module), writes, top)
    options = circuit.manifest.options if role == WHOLE else circuit.manifest.options.network
    interface = interface_of(options, in_bits, out_bits)
    streams = interface.protocol == STREAM
    if streams:
        reads, writes = _STREAMS
    latency = latency_in(text)
    if latency is None:
        raise CircuitError(f"circuit {top} lacks its latency; write the circuit again")
    numbers = {
        "STREAM": int(streams),
        "LATENCY": latency,
        "IN_BITS": in_bits,
        "OUT_BITS": out_bits,
        "IN_PORT_BITS": _width(text, reads, top),
        "OUT_PORT_BITS": _width(text, writes, top),
        "BEATS": interface.beats,
        "BATCH": interface.batch,
        "STRIDE": interface.result_stride,
        "CLOCK_ENABLE": int(interface.clock_enable and latency > 0),
        "ASYNCHRONOUS": int(interface.reset == ASYNCHRONOUS),
        "LAST": int(interface.tlast),
        "USER_BITS": interface.tuser,
    }
    macros = {
        "NETLIST_DIGEST": f'"{digest_in(text, str(circuit.directory / f"{top}.v"))}"',
        **{name: str(number) for name, number in numbers.items()},
        "IN_PORT": reads,
        "OUT_PORT": writes,
    }
    verilog = texts if top == circuit.top else used_by(top, texts)
    models = SIMULATION_MODELS.get(circuit.manifest.options.primitives)
    if models is not None:
        verilog = verilog | {models: shipped("hw", "sim", models).read_bytes()}
    return Sources(top, verilog, macros, "axi_harness.cpp" if streams else "harness.cpp")


def standing_alone(block: Block, manifest: Manifest) -> VerilogModule:
    """Three copies of a block of a circuit that is there three times: alone it cannot vote."""
    head = header(f"Three copies of {block.module}.", manifest.netlist_digest)
    return alone_module(block, head, manifest.options)


def _ends(circuit: Circuit, role: str) -> tuple[str, str]:
    """Roles of the first and the last block of a part."""
    roles = [block.role for block in circuit.manifest.blocks]
    if role == WHOLE:
        return roles[0], roles[-1]
    if role not in roles:
        raise CircuitError(f"circuit {circuit.top} has no {role}")
    return role, role


def _text(texts: Mapping[str, bytes], module: str) -> str:
    try:
        return texts[f"{module}.v"].decode("ascii")
    except (KeyError, UnicodeDecodeError) as error:
        raise CircuitError(f"{module}.v cannot be read ({error!r})") from error


def latency_in(text: str) -> int | None:
    """Clock cycles that a module states, with its parameters as they are by default."""
    match = re.search(rf"^{LATENCY_LINE}([^;]+);$", text, re.MULTILINE)
    if match is None:
        return None
    values = dict(re.findall(r"^    parameter (\w+) = (\d+),?$", text, re.MULTILINE))
    terms = [values.get(term, term) for term in match.group(1).split(" + ")]
    return sum(map(int, terms)) if all(term.isdecimal() for term in terms) else None


def _width(text: str, port: str, top: str) -> int:
    match = re.search(rf"^ +(?:in|out)put +wire \[(\d+):0\] +{port}\b", text, re.MULTILINE)
    if match is None:
        raise CircuitError(f"circuit {top} lacks its port {port}; write the circuit again")
    return int(match.group(1)) + 1
