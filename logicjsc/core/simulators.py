"""Simulators that run the testbenches beside a circuit, apart from Verilator: found and checked.

Each is taken from the PATH unless its environment variable has an absolute path of another one.
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Final

from logicjsc.core.errors import ToolNotFoundError
from logicjsc.core.programs import Tool, locate

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
        path=_forced(ICARUS_CHOICE),
        version_arguments=("-V",),
        version_pattern=r"Icarus Verilog version (\d+(?:\.\d+)+)",
        advice="apt-get install iverilog",
    )
    runner = locate(
        "vvp",
        path=None if _forced(ICARUS_CHOICE) is None else tool.path.with_name("vvp"),
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
        path=_forced(GHDL_CHOICE),
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
        path=_forced(NVC_CHOICE),
        version_pattern=r"nvc (\d+(?:\.\d+)+)",
        advice="apt-get install nvc where there is such a package, or set LOGICJSC_NVC",
    )
    return replace(tool, name="NVC")


def _forced(variable: str) -> Path | None:
    choice = os.environ.get(variable, "")
    if choice and not Path(choice).is_absolute():
        raise ToolNotFoundError(f"{variable} is {choice!r}; use an absolute path")
    return Path(choice) if choice else None
