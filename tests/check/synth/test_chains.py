"""Yosys on circuits with carry chains."""

from __future__ import annotations

import numpy as np
import pytest
from reference.additive_netlists import additive_netlist

from logicjsc.check.synth.programs import Limits
from logicjsc.check.synth.report import synthesise
from logicjsc.core.errors import ConfigError
from logicjsc.emit.verilog import CircuitOptions
from logicjsc.emit.verilog.export import Mapping, export_verilog


@pytest.fixture
def netlist(monkeypatch, cache):
    monkeypatch.setenv("LOGICJSC_CACHE", str(cache))
    return additive_netlist(
        np.random.default_rng(5), inputs=3, hidden=2, first_edges=6, second_edges=4, classes=2
    )


def measured(source, back_ends, adders="carry"):
    return synthesise(
        source,
        back_ends,
        effort="low",
        limits=Limits.default(),
        layers=False,
        out=None,
        on_step=lambda *_: None,
        adders=adders,
    )


def test_yosys_counts_the_luts_that_the_mapper_counts(netlist):
    ours, yosys = measured(netlist, ["mapper", "yosys-xcup"]).back_ends
    network = yosys.parts[0]
    assert network.problem is None
    assert network.lut_by_flow["if -a, LUTs kept"] == ours.parts[0].lut
    # Taken apart and mapped again, with the chains left as they are.
    assert 0 < network.lut_by_flow["if -a"] <= ours.parts[0].lut
    assert network.cells["CARRY4"] > 0
    assert sum(ours.parts[0].cells.values()) == ours.parts[0].lut


def test_a_circuits_adders_cannot_be_chosen_any_more(netlist, tmp_path):
    options = CircuitOptions(primitives="xilinx")
    circuit = export_verilog(netlist, tmp_path / "c", options, mapping=Mapping("low", "carry"))
    assert circuit.manifest.options.adders == "carry"
    with pytest.raises(ConfigError, match="leave --adders away"):
        measured(circuit, ["mapper"])
    # What is known of the circuit says how to map again.
    (ours,) = measured(circuit, ["mapper"], "lut").back_ends
    assert ours.parts[0].lut == circuit.manifest.lut
