"""Tool by version by style, of one tiny circuit: what ``make interoperability`` does for more."""

import interoperability as table
from reference.tiny_ends import tiny_netlist

from logicjsc.api.netlists import Netlist
from logicjsc.check.benches.bench import known_benches

SLOW = ("Verilator", "cocotb")
"""Both have tests of their own."""


def test_every_quick_tool_takes_every_style_without_a_mismatch():
    benches = [bench for bench in known_benches() if not bench.name.startswith(SLOW)]
    styles = [style for style in table.STYLES if "generic" not in style]
    made = list(table.rows([Netlist(tiny_netlist())], benches, styles, vectors=100))
    found = {row.tool for row in made if not row.problem}
    assert {"Icarus", "GHDL", "Yosys", "slang"} <= found
    assert [str(row) for row in made if row.mismatches] == []
    # A program that is not here is told as missing, and of no style is nothing known.
    assert {row.problem.partition(":")[0] for row in made} <= {"", "missing"}
    assert {row.style.rpartition(", ")[0] for row in made if row.tool == "Icarus"} == set(styles)


def test_a_tool_that_fails_is_no_tool_that_agrees(monkeypatch):
    (icarus,) = (bench for bench in known_benches() if bench.name == "Icarus, Verilog")
    monkeypatch.setenv("LOGICJSC_IVERILOG", "/bin/false")
    (made,) = table.rows([Netlist(tiny_netlist())], [icarus], ["tables"], vectors=10)
    assert "missing" in str(made)
