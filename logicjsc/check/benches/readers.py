"""Programs that read and elaborate a circuit's Verilog without simulating it: Yosys and slang."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Final

from logicjsc.check.benches.bench import BUILT, SECONDS, Bench, models_of
from logicjsc.check.synth.programs import find_yosys
from logicjsc.core.diagnosis import package
from logicjsc.core.errors import ToolFailedError
from logicjsc.core.programs import Tool, locate
from logicjsc.emit.verilog.circuit import Circuit

_WARNING: Final = re.compile(r"^Warning: .*", re.MULTILINE)
"""Of Yosys itself; ABC's stand behind its name."""

_SLANG: Final = """\
import sys
import pyslang
trees = [pyslang.syntax.SyntaxTree.fromFile(name) for name in sys.argv[1:]]
compilation = pyslang.ast.Compilation()
for tree in trees:
    compilation.addSyntaxTree(tree)
for found in compilation.getAllDiagnostics():
    if found.isError():
        print("error:", found.code, found.args)
        sys.exit(1)
"""


def _path_yosys() -> Tool:
    """The ``yosys`` on the PATH, however old.

    Raises:
        ToolNotFoundError: there is none.
    """
    found = locate("yosys", version_arguments=("-V",), version_pattern=r"Yosys (\d+(?:\.\d+)+)")
    return Tool("Yosys", found.path, found.version, arguments=("-s",))


def _slang() -> Tool:
    """The slang of the PyPI package pyslang.

    Raises:
        ToolNotFoundError: it is not installed.
    """
    version = package("pyslang", "pip install pyslang").packages["pyslang"]
    return Tool("slang", Path(sys.executable), version, arguments=("-P", "-c", _SLANG))


def _names(circuit: Circuit, folder: Path) -> list[str]:
    return [*(path.name for path in circuit.verilog_files), *models_of(circuit, folder)]


def _yosys(tool: Tool, circuit: Circuit, folder: Path) -> str:
    reads = [f"read_verilog {name}" for name in _names(circuit, folder)]
    script = [
        *reads,
        f"hierarchy -check -top {circuit.top}",
        "synth -noabc",
        "check -assert",
        "stat",
    ]
    (folder / "read.ys").write_text("\n".join(script) + "\n", encoding="ascii")
    printed = tool.run(["read.ys"], timeout=SECONDS, cwd=folder).output
    if warning := _WARNING.search(printed):
        raise ToolFailedError(f"Yosys warns of {circuit.top}: {warning[0]}")
    return BUILT


def _read_slang(tool: Tool, circuit: Circuit, folder: Path) -> str:
    tool.run(_names(circuit, folder), timeout=SECONDS, cwd=folder)
    return BUILT


BENCHES: Final = (
    Bench("Yosys, synth", "", find_yosys, _yosys),
    Bench("Yosys of the PATH, synth", "", _path_yosys, _yosys),
    Bench("slang, elaboration", "", _slang, _read_slang),
)
