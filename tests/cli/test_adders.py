"""``--adders``: sums as LUTs or on carry chains, the same in every command that has it."""

from __future__ import annotations

import json

import numpy as np
import pytest
from click.testing import CliRunner
from reference.additive_netlists import additive_netlist

from logicjsc.cli.main import main
from logicjsc.emit.verilog import load_circuit
from logicjsc.netlist import save_netlist


@pytest.fixture
def source(tmp_path, monkeypatch, cache):
    monkeypatch.setenv("LOGICJSC_CACHE", str(cache))
    netlist = additive_netlist(
        np.random.default_rng(5), inputs=3, hidden=2, first_edges=6, second_edges=4, classes=2
    )
    save_netlist(netlist, tmp_path / "additive.npz")
    return str(tmp_path / "additive.npz")


def invoke(*arguments):
    return CliRunner().invoke(main, arguments)


def test_the_mapper_and_the_circuit_agree_on_luts(source, tmp_path):
    found = {}
    for adders in ("carry", "best"):
        options = ("--effort", "low", "--jobs", "1", "--adders", adders, "--json")
        report = json.loads(invoke("map", source, *options).stdout)
        assert report["adders"] == adders
        found[adders] = report["lut"]
    assert found["best"] <= found["carry"]
    out = str(tmp_path / "c")
    options = ("--mapped", "low", "--adders", "carry", "--primitives", "xilinx", "--out", out)
    circuit = json.loads(invoke("export-verilog", source, *options, "--json").stdout)
    assert circuit["lut"] == found["carry"]
    # Elsewhere sums are left to the vendor's tools.
    options = ("--mapped", "low", "--adders", "carry", "--out", out)
    circuit = json.loads(invoke("export-verilog", source, *options, "--json").stdout)
    assert circuit["lut"] > found["carry"]
    texts = [path.read_text() for path in (tmp_path / "c").glob("*.v")]
    assert not any("carry_chain" in text for text in texts)
    assert load_circuit(tmp_path / "c").manifest.options.adders == "carry"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("map", "--adders", "carry", "--formal"), "carry chains are proven step by step"),
        (("map", "--adders", "best", "--across-nodes"), "nor rewritten"),
        (("export-verilog", "--mapped", "low", "--adders", "best"), "use --primitives xilinx"),
        (("export-verilog", "--adders", "carry"), "belong to --mapped"),
        (
            (
                *("export-verilog", "--mapped", "low", "--adders", "carry", "--formal"),
                *("--primitives", "xilinx"),
            ),
            "ABC does not prove them again",
        ),
    ],
)
def test_what_carry_chains_do_not_go_with_is_refused(source, arguments, message):
    result = invoke(arguments[0], source, *arguments[1:])
    assert result.exit_code != 0
    assert message in " ".join(result.stderr.split())
    assert "Traceback" not in result.stderr
