"""cocotb runs the testbench in Python, by Icarus Verilog or Verilator."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Final

from logicjsc.check.benches.bench import Bench, models_of, simulate
from logicjsc.core.diagnosis import package
from logicjsc.core.programs import Tool
from logicjsc.core.simulators import find_icarus
from logicjsc.emit.targets.cocotb import FOLDER, RUN
from logicjsc.emit.verilog.circuit import Circuit

ADVICE: Final = "pip install 'logicjsc[cocotb]'"


def find_cocotb() -> Tool:
    """Python, told to use Icarus Verilog.

    Raises:
        ToolNotFoundError: cocotb, cocotbext-axi or Icarus is missing.
    """
    version = package("cocotb", ADVICE).packages["cocotb"]
    package("cocotbext-axi", ADVICE)
    icarus = find_icarus()
    python = Path(sys.executable)
    return Tool(
        "cocotb", python, f"{version} with {icarus.name} {icarus.version}", {"SIM": "icarus"}
    )


def _run(tool: Tool, circuit: Circuit, folder: Path) -> str:
    place = folder / FOLDER
    names = models_of(circuit, folder)
    run = place / RUN
    run.write_text(run.read_text().replace("SOURCES = [", f"SOURCES = {names!r} + ["))
    return simulate(replace(tool, arguments=("-P",)), [RUN], place)


# cocotb 2 needs a Verilator that is newer than the one of Debian 12, so Icarus runs it.
BENCHES: Final = (Bench("cocotb (Icarus), Python", "cocotb", find_cocotb, _run),)
