"""What runs the testbenches beside a circuit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from logicjsc.core.diagnosis import Need, extra
from logicjsc.core.needs import found_tool
from logicjsc.core.programs import Tool
from logicjsc.core.simulators import find_ghdl, find_icarus, find_nvc


def _need(name: str, purpose: str, find: Callable[[], Tool]) -> Need:
    return Need(name, "program", purpose, lambda: found_tool(find()))


NEEDS: Final = (
    _need("Icarus Verilog", "testbenches in Verilog", find_icarus),
    _need("GHDL", "verification of VHDL, and its testbenches", find_ghdl),
    extra("cocotb", "testbenches in Python"),
    _need("NVC", "testbenches in VHDL, by a second simulator", find_nvc),
)
