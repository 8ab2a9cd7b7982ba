"""GHDL reads a circuit's VHDL, and what it makes of it is proven equal to the netlist."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from logicjsc.check.foreign import checked_texts
from logicjsc.check.formal.borders import LEFT_WHOLE
from logicjsc.check.formal.proof import Proof, prove_gates, shapes_of
from logicjsc.check.formal.reading import read_verilog
from logicjsc.check.synth.programs import Limits
from logicjsc.core.errors import ToolFailedError
from logicjsc.core.files import shipped
from logicjsc.core.programs import Tool
from logicjsc.core.simulators import GHDL_FLAGS
from logicjsc.emit.verilog.circuit import Circuit
from logicjsc.emit.verilog.primitives import SIMULATION_MODELS


def prove_vhdl(
    circuit: Circuit, files: Sequence[Path], ghdl: Tool, limits: Limits | None = None
) -> Proof:
    """Prove the VHDL of a circuit equal to its netlist.

    ``ghdl --synth`` turns it into Verilog, which Yosys reads and ABC compares with the netlist.

    Args:
        circuit: the circuit.
        files: its VHDL in the order in which it is compiled, the top entity last.
        ghdl: the GHDL to use.
        limits: what the programs may use.

    Raises:
        CircuitError: what GHDL makes of it holds a kind of cell that no circuit needs.
        ToolError: a program is missing, hung, refuses the text or did not decide.
    """
    limits = limits or Limits.default()
    made = synthesised(files, circuit.top, ghdl, limits)
    texts = {f"{circuit.top}.v": made}
    digest = circuit.manifest.netlist_digest
    gates, found = read_verilog(texts, circuit.top, digest, limits, foreign=True)
    return prove_gates(circuit, gates, found, shapes_of(circuit), limits)


def prove_ports(
    circuit: Circuit, files: Sequence[Path], ghdl: Tool, limits: Limits | None = None
) -> Proof:
    """Prove the entity with typed ports, around the Verilog of the circuit, equal to the netlist.

    GHDL leaves the component open, and Yosys puts the Verilog module in its place: what a tool for
    mixed languages does.

    Args:
        circuit: the circuit, which does not speak AXI4-Stream.
        files: packages and the entity ``<top>_ports``, in the order in which they are compiled.
        ghdl: the GHDL to use.
        limits: what the programs may use.

    Raises:
        CircuitError: see `prove_vhdl`.
        ToolError: see there.
    """
    limits = limits or Limits.default()
    top = f"{circuit.top}_ports"
    texts = {f"{top}.v": synthesised(files, top, ghdl, limits), **checked_texts(circuit)}
    models = SIMULATION_MODELS.get(circuit.manifest.options.primitives)
    if models is not None:
        texts[models] = shipped("hw", "sim", models).read_bytes()
    digest = circuit.manifest.netlist_digest
    gates, found = read_verilog(texts, top, digest, limits, foreign=True)
    manifest = circuit.manifest
    gates = replace(
        gates,
        inputs=_joined(gates.inputs, manifest.data_in, circuit),
        outputs=_joined(gates.outputs, manifest.data_out, circuit),
    )
    return prove_gates(circuit, gates, found, shapes_of(circuit), limits)


def _joined(
    ports: Mapping[str, tuple[int, ...]], data: str, circuit: Circuit
) -> dict[str, tuple[int, ...]]:
    """Ports with the elements of a record side by side again."""
    known = {port.name for port in circuit.manifest.ports} - {data}
    plain = {name: nets for name, nets in ports.items() if name in known}
    rest = (nets for name, nets in ports.items() if name not in known)
    return {**plain, data: tuple(net for nets in rest for net in nets)}


def synthesised(files: Sequence[Path], top: str, ghdl: Tool, limits: Limits) -> bytes:
    """The Verilog that GHDL makes of VHDL.

    Raises:
        ToolError: GHDL refuses the text or hung.
    """
    # A library of cells that a vendor brings, as far as the text uses it.
    models = str(shipped("hw", "sim", "xilinx_luts.vhd"))
    arguments = ["--synth", *GHDL_FLAGS, "--out=verilog"]
    arguments += ["--work=unisim", models, "--work=work"]
    arguments += [*map(str, files), "-e", top]
    done = ghdl.run(arguments, timeout=limits.seconds, memory=limits.memory)
    match = re.search(r"^module .*", done.output, re.MULTILINE | re.DOTALL)
    if match is None:
        raise ToolFailedError(f"GHDL made no module of {top}")
    # GHDL puts values of generics behind the names of modules.
    whole = "|".join(LEFT_WHOLE)
    return re.sub(rf"\b(\w*(?:{whole}))(?:_\d+)+\b", r"\1", match[0]).encode()
