"""cocotb loads tables into a circuit, by Icarus Verilog, while samples flow."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Final

from logicjsc.check.benches.bench import Bench, simulate
from logicjsc.check.benches.cocotb import find_cocotb
from logicjsc.core.programs import Tool
from logicjsc.emit.targets.cocotb import RUN
from logicjsc.emit.targets.reloadable import FOLDER
from logicjsc.emit.verilog.circuit import Circuit


def _run(tool: Tool, circuit: Circuit, folder: Path) -> str:  # noqa: ARG001 - the contract
    return simulate(replace(tool, arguments=("-P",)), [RUN], folder / FOLDER)


_MOST_ROWS: Final = 2_000
"""Each row of a table is written to it several times, by cocotb."""

BENCHES: Final = (
    Bench(
        "cocotb (Icarus), tables loaded by AXI4-Lite", "reloadable", find_cocotb, _run, _MOST_ROWS
    ),
)
