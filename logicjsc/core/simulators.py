"""Simulators that run the testbenches beside a circuit, apart from Verilator: found and checked.

Each is taken from the PATH unless its environment variable has an absolute path of another one.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from logicjsc.core.programs import Tool, forced_program, locate

ICARUS_CHOICE: Final = "LOGICJSC_IVERILOG"
GHDL_CHOICE: Final = "LOGICJSC_GHDL"
NVC_CHOICE: Final = "LOGICJSC_NVC"
"""Environment variables that force a program: an absolute path."""

MINIMUM_GHDL: Final = "2.0"
"""Older ones synthesise less of VHDL-2008."""


GHDL_FLAGS: Final = ("--std=08", "-fno-caret-diagnostics")
"""Flags of every command of GHDL that reads text: the last line it prints is a message."""


def find_icarus() -> Tool:
    """Icarus Verilog's compiler; ``extra["vvp"]`` is the program that runs what it compiles.

    Raises:
        ToolNotFoundError: there is none.
    """
    tool = locate(
        "iverilog",
        path=forced_program(ICARUS_CHOICE),
        version_arguments=("-V",),
        version_pattern=r"Icarus Verilog version (\d+(?:\.\d+)+)",
        advice="apt-get install iverilog",
    )
    runner = locate(
        "vvp",
        path=None if forced_program(ICARUS_CHOICE) is None else tool.path.with_name("vvp"),
        version_arguments=("-V",),
        version_pattern=r"version (\d+(?:\.\d+)+)",
        advice="apt-get install iverilog",
    )
    return replace(tool, name="Icarus Verilog", extra={"vvp": str(runner.path)})


def find_ghdl() -> Tool:
    """GHDL, any of its back ends.

    Raises:
        ToolNotFoundError: there is none, or it is too old.
    """
    tool = locate(
        "ghdl",
        path=forced_program(GHDL_CHOICE),
        minimum=MINIMUM_GHDL,
        version_pattern=r"GHDL (\d+(?:\.\d+)+)",
        advice="apt-get install ghdl-mcode, or set LOGICJSC_GHDL",
    )
    return replace(tool, name="GHDL")


def find_nvc() -> Tool:
    """NVC, a VHDL simulator.

    Raises:
        ToolNotFoundError: there is none.
    """
    tool = locate(
        "nvc",
        path=forced_program(NVC_CHOICE),
        version_pattern=r"nvc (\d+(?:\.\d+)+)",
        advice="apt-get install nvc where there is such a package, or set LOGICJSC_NVC",
    )
    return replace(tool, name="NVC")
