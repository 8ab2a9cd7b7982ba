"""The parts of a circuit that are synthesised alone: its blocks, what joins them, and the whole."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from logicjsc.check.foreign import checked_texts
from logicjsc.check.parts import standing_alone
from logicjsc.core.errors import CircuitError
from logicjsc.emit.hdl.names import comment_text
from logicjsc.emit.hdl.options import FULL
from logicjsc.emit.hdl.ports import Port, block_ports
from logicjsc.emit.hdl.shared import shared_modules
from logicjsc.emit.verilog.circuit import Circuit, used_by
from logicjsc.emit.verilog.tripled_verilog import kept_apart
from logicjsc.netlist.passes import drop_dead_nodes

NETWORK: Final = "network"
WRAPPER: Final = "wrapper"
WHOLE: Final = "whole"

_LAYER: Final = re.compile(rb'^// Layer "(.*)" \(stage', re.MULTILINE)
_REGISTER_RANK: Final = re.compile(r"^ +pipeline_register #\(\s*\.WIDTH\((\d+)\)", re.MULTILINE)


@dataclass(frozen=True)
class Part:
    """A module, and the files it is made from.

    Attributes:
        name: ``encoder``, ``network``, ``argmax``, ``wrapper``, ``whole``, a layer or a segment.
        module: the top module.
        files: Verilog by file name.
        ports: the module's ports, as far as they are known.
        latency_cycles: clock cycles from input to output; None for what only joins others.
        leave_out: modules whose insides do not belong to the part.
        mapped: the Verilog holds LUTs that a mapper found.
        is_layer: whether it is a layer or a segment of the network.
    """

    name: str
    module: str
    files: Mapping[str, bytes]
    ports: tuple[Port, ...]
    latency_cycles: int | None
    leave_out: tuple[str, ...]
    mapped: bool
    is_layer: bool = False


def parts_of(circuit: Circuit) -> tuple[Part, ...]:
    """The blocks in the order of the data, the wrapper if there is one, and the whole.

    If the network is all of the circuit, then it is the only part.

    Raises:
        CircuitError: a file cannot be read.
    """
    texts = checked_texts(circuit)
    manifest = circuit.manifest
    mapped = manifest.lut is not None

    def part(
        name: str,
        module: str,
        ports: tuple[Port, ...],
        latency: int | None,
        leave_out: tuple[str, ...] = (),
    ) -> Part:
        holds_luts = mapped and name in {NETWORK, WHOLE}
        # Alone, a block must not be joined with its copies; in the circuit something larger is not.
        files = used_by(module, texts | alone | ({} if name in {WRAPPER, WHOLE} else apart))
        return Part(name, module, files, ports, latency, leave_out, holds_luts)

    alone: dict[str, bytes] = {}
    apart: dict[str, bytes] = {}
    modules = {block.module: block.module for block in manifest.blocks}
    if manifest.options.tmr == FULL:
        for block in manifest.blocks:
            tripled = standing_alone(block, manifest)
            own = texts[f"{block.module}.v"].decode("latin-1")
            apart[f"{block.module}.v"] = kept_apart(own).encode("latin-1")
            alone[f"{tripled.name}.v"] = tripled.text.encode("ascii")
            modules[block.module] = tripled.name
    parts = [
        part(
            block.role,
            modules[block.module],
            tuple(block_ports(block, manifest.options)),
            block.latency_cycles,
        )
        for block in manifest.blocks
    ]
    if is_one_block(circuit):
        return tuple(parts)
    return (
        *parts,
        part(WRAPPER, circuit.top, manifest.ports, None, tuple(modules)),
        part(WHOLE, circuit.top, manifest.ports, circuit.latency_cycles),
    )


def is_one_block(circuit: Circuit) -> bool:
    """Whether the network is all of the circuit."""
    blocks = circuit.manifest.blocks
    return len(blocks) == 1 and blocks[0].module == circuit.top


def layers_of(circuit: Circuit) -> tuple[Part, ...]:
    """Each layer of the network, alone and without registers.

    A layer that is nothing but wires has no module in a mapped network. Where registers are placed
    by LUT depth, or there are carry chains, no layer has; then it is each segment between two ranks
    of registers, ``segment1`` and so on.

    Raises:
        CircuitError: a file cannot be read, a module belongs to no layer of the netlist, or there
            is nothing but registers.
    """
    top = network_module(circuit)
    network = used_by(top, checked_texts(circuit))
    stems = [name.removesuffix(".v") for name in network]
    shared = shared_modules(circuit.manifest.options).values()
    modules = [name for name in stems if name not in {top, *shared}]
    mapped = circuit.manifest.lut is not None
    if mapped and circuit.manifest.options.by_segment:
        if not modules:
            raise CircuitError(f"circuit {circuit.top} has no logic, so no segment can be measured")
        names = [f"segment{number}" for number in range(1, len(modules) + 1)]
    else:
        layers = drop_dead_nodes(circuit.netlist).layers
        by_text = {comment_text(layer.name): layer.name for layer in layers}
        names = [by_text.get(_layer_in(network[f"{module}.v"]), "") for module in modules]
    if not all(names):
        raise CircuitError(
            f"circuit {circuit.top} has modules that are no layers of its netlist; write the "
            "circuit again"
        )
    return tuple(
        Part(
            name,
            module,
            used_by(module, network),
            ports=(),
            latency_cycles=None,
            leave_out=(),
            mapped=mapped,
            is_layer=True,
        )
        for name, module in zip(names, modules, strict=True)
    )


def _layer_in(text: bytes) -> str:
    """Name of a layer in the header of its module; empty if there is none."""
    match = _LAYER.search(text)
    return match[1].decode("ascii") if match else ""


def network_module(circuit: Circuit) -> str:
    """Name of the network's module."""
    for block in circuit.manifest.blocks:
        if block.role == NETWORK:
            return block.module
    raise CircuitError(f"circuit {circuit.top} has no network; write the circuit again")


def registers_of(part: Part) -> int:
    """Flip-flops that the Verilog of a part without streams states: data and valid bits."""
    ranks = [
        int(width)
        for text in part.files.values()
        for width in _REGISTER_RANK.findall(text.decode("ascii"))
    ]
    return sum(ranks) + len(ranks)
