"""GHDL and NVC run the VHDL testbench on the VHDL of a circuit."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from logicjsc.check.benches.bench import SECONDS, Bench, simulate
from logicjsc.core.files import shipped
from logicjsc.core.programs import Tool
from logicjsc.core.simulators import GHDL_FLAGS, find_ghdl, find_nvc
from logicjsc.emit.hdl.options import XILINX
from logicjsc.emit.targets.vhdl import FOLDER, ORDER
from logicjsc.emit.verilog.circuit import Circuit
from logicjsc.emit.vhdl.ports import FIXED


def order_of(folder: Path) -> list[str]:
    """Names of the VHDL files of a circuit in the order in which they are compiled."""
    return (folder / FOLDER / ORDER).read_text("ascii").split()


def core_files(folder: Path, top: str) -> list[Path]:
    """The VHDL of a circuit without testbench and typed ports, in the order of compilation."""
    around = {f"{top}_types.vhd", f"{top}_ports.vhd", f"{top}_tb.vhd", f"{FIXED}.vhd"}
    return [folder / FOLDER / name for name in order_of(folder) if name not in around]


def _ghdl(tool: Tool, circuit: Circuit, folder: Path) -> str:
    place = folder / FOLDER
    if circuit.manifest.options.primitives == XILINX:
        models = shipped("hw", "sim", "xilinx_luts.vhd")
        tool.run(["-a", *GHDL_FLAGS, "--work=unisim", models], timeout=SECONDS, cwd=place)
    tool.run(["-a", *GHDL_FLAGS, *order_of(folder)], timeout=SECONDS, cwd=place)
    top = f"{circuit.top}_tb"
    tool.run(["-e", "--std=08", top], timeout=SECONDS, cwd=place)
    return simulate(tool, ["-r", "--std=08", top, "--ieee-asserts=disable-at-0"], place)


def _nvc(tool: Tool, circuit: Circuit, folder: Path) -> str:
    place = folder / FOLDER
    standard = "--std=2008"
    if circuit.manifest.options.primitives == XILINX:
        models = shipped("hw", "sim", "xilinx_luts.vhd")
        tool.run([standard, "--work=unisim", "-a", models], timeout=SECONDS, cwd=place)
    tool.run([standard, "-L.", "-a", *order_of(folder)], timeout=SECONDS, cwd=place)
    top = f"{circuit.top}_tb"
    tool.run([standard, "-L.", "-e", top], timeout=SECONDS, cwd=place)
    return simulate(tool, [standard, "-L.", "-r", top], place)


BENCHES: Final = (
    Bench("GHDL, VHDL", "vhdl", find_ghdl, _ghdl),
    Bench("NVC, VHDL", "vhdl", find_nvc, _nvc),
)
