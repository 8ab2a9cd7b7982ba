"""Sums that wrap and drop bits on every road from netlist to circuit."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference.netlist_reference import reference_outputs
from reference.random_netlists import netlists, random_codes, random_netlist

from logicjsc.check import build_simulator
from logicjsc.check.formal.proof import prove_circuit
from logicjsc.emit.c.fast_network import FastNetwork
from logicjsc.emit.c.library import write_library
from logicjsc.emit.verilog import CircuitOptions, write_circuit
from logicjsc.emit.verilog.export import Mapping, export_verilog
from logicjsc.map.formal import prove
from logicjsc.map.mapper import map_netlist
from logicjsc.map.tables import map_tables
from logicjsc.netlist import SumLayer, evaluate

MAPPED = [
    CircuitOptions(primitives="generic"),
    CircuitOptions(primitives="xilinx", lut_depth=1),
    CircuitOptions(primitives="xilinx", adders="carry", pipeline=0),
    CircuitOptions(primitives="inline", adders="carry", register_inputs=True),
]


@pytest.fixture(autouse=True)
def _own_cache(monkeypatch, cache):
    monkeypatch.setenv("LOGICJSC_CACHE", str(cache))


def drawn(seed):
    """A netlist in which wrapping sums of many bits read other sums and tables."""
    netlist = random_netlist(
        seed, inputs=8, widest_input=9, stages=4, nodes=5, outputs=8, wrapping=True
    )
    sums = [layer for layer in netlist.layers if isinstance(layer, SumLayer)]
    assert any(layer.wraps.any() and (layer.shifts < 0).any() for layer in sums)
    return netlist


def assert_simulates(circuit, netlist):
    codes = random_codes(netlist, 2000)
    expected = evaluate(netlist, codes)
    for vector, output in zip(codes[:100], expected[:100], strict=True):
        assert reference_outputs(netlist, vector) == output.tolist()
    np.testing.assert_array_equal(build_simulator(circuit).run(codes), expected)


@pytest.mark.parametrize("adders", ["lut", "carry", "best"])
@settings(max_examples=3, deadline=None)
@given(netlist=netlists(wrapping=True))
def test_the_mapped_network_equals_the_netlist(adders, netlist):
    mapped = map_netlist(netlist, effort="low", adders=adders, jobs=1)
    codes = random_codes(netlist, 300)
    np.testing.assert_array_equal(mapped.evaluate(codes), evaluate(netlist, codes))


@pytest.mark.parametrize(("seed", "adders"), [(5, "lut"), (3, "carry"), (5, "best")])
def test_wide_sums_are_mapped(adders, seed):
    netlist = drawn(seed)
    mapped = map_netlist(netlist, effort="low", adders=adders, jobs=1)
    codes = random_codes(netlist, 2000)
    np.testing.assert_array_equal(mapped.evaluate(codes), evaluate(netlist, codes))
    if adders == "lut":
        assert prove(mapped).networks == 1


@pytest.mark.parametrize("seed", [3, 5])
def test_circuits_of_adders_are_the_netlist(tmp_path, verilator, seed):
    netlist = drawn(seed)
    options = CircuitOptions(seed % 3, register_inputs=seed > 2)
    circuit = write_circuit(netlist, tmp_path / "circuit", options)
    assert_simulates(circuit, netlist)
    assert prove_circuit(circuit).problems == ()


@pytest.mark.parametrize("options", MAPPED, ids=range(len(MAPPED)))
def test_mapped_circuits_are_the_netlist(tmp_path, verilator, options):
    netlist = drawn(5)
    mapping = Mapping("low", options.adders)
    circuit = export_verilog(netlist, tmp_path / "circuit", options, mapping=mapping)
    assert_simulates(circuit, netlist)
    assert prove_circuit(circuit).problems == ()


@settings(max_examples=2, deadline=None)
@given(netlist=netlists(wrapping=True), samples=st.integers(1, 700))
def test_c_gives_what_the_netlist_gives(tmp_path_factory, netlist, samples):
    folder = tmp_path_factory.mktemp("any") / "library"
    network = FastNetwork.compiled(write_library(netlist, folder, map_tables(netlist, jobs=1)))
    codes = random_codes(netlist, samples)
    np.testing.assert_array_equal(network.evaluate(codes), evaluate(netlist, codes))
