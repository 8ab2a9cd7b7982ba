"""GHDL reads a circuit's VHDL, and what it makes of it is proven equal to the netlist."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from logicjsc.check.formal.proof import Proof, prove_gates, shapes_of
from logicjsc.check.formal.reading import read_verilog
from logicjsc.check.synth.programs import Limits
from logicjsc.core.errors import ToolFailedError
from logicjsc.core.files import shipped
from logicjsc.core.programs import Tool
from logicjsc.emit.verilog.circuit import Circuit

STANDARD = "--std=08"


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


def synthesised(files: Sequence[Path], top: str, ghdl: Tool, limits: Limits) -> bytes:
    """The Verilog that GHDL makes of VHDL.

    Raises:
        ToolError: GHDL refuses the text or hung.
    """
    # A library of cells that a vendor brings, as far as the text uses it.
    models = ["--work=unisim", shipped("hw", "sim", "xilinx_luts.vhd"), "--work=work"]
    arguments: list[str | Path] = ["--synth", STANDARD, "--out=verilog", *models, *files, "-e", top]
    done = ghdl.run(arguments, timeout=limits.seconds, memory=limits.memory)
    match = re.search(r"^module .*", done.output, re.MULTILINE | re.DOTALL)
    if match is None:
        raise ToolFailedError(f"GHDL made no module of {top}")
    return match[0].encode()
