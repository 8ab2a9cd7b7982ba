"""Circuits of every kind are proven, and a change that no vector is likely to meet is found."""

from __future__ import annotations

import re

import numpy as np
import pytest
from reference.ends_reference import netlist_with_ends
from reference.random_netlists import random_netlist

from logicjsc.check.formal.proof import prove_circuit
from logicjsc.check.formal.rung import TITLE, is_quick, proof_rung
from logicjsc.core.errors import CircuitError, ToolNotFoundError
from logicjsc.emit.verilog import CircuitOptions, load_circuit, write_circuit
from logicjsc.emit.verilog.export import Mapping, export_verilog
from logicjsc.netlist import Netlist, TableLayer

WHOLE = {"argmax": True, "encoder": True}
STYLES = [
    CircuitOptions(),
    CircuitOptions(pipeline=0, register_outputs=False),
    CircuitOptions(pipeline=2, register_inputs=True),
    CircuitOptions(**WHOLE),
    CircuitOptions(**WHOLE, pipeline=0, register_outputs=False),
    CircuitOptions(**WHOLE, axi_stream=True, register_inputs=True),
]
MAPPED = [
    CircuitOptions(**WHOLE, primitives="generic"),
    CircuitOptions(**WHOLE, primitives="xilinx", lut_depth=1),
    CircuitOptions(**WHOLE, primitives="lattice", pipeline=0),
    CircuitOptions(**WHOLE, primitives="xilinx", adders="carry", axi_stream=True),
]


@pytest.mark.parametrize("options", STYLES, ids=range(len(STYLES)))
def test_a_circuit_of_tables_is_proven(tmp_path, options):
    circuit = write_circuit(netlist_with_ends(3), tmp_path / "c", options)
    proof = prove_circuit(circuit)
    assert proof.problems == ()
    assert proof.registers == circuit.manifest.ff
    assert proof.outputs > 0


@pytest.mark.parametrize("options", MAPPED, ids=range(len(MAPPED)))
def test_a_mapped_circuit_is_proven(tmp_path, cache, monkeypatch, options):
    monkeypatch.setenv("LOGICJSC_CACHE", str(cache))
    mapping = Mapping("low", options.adders)
    circuit = export_verilog(netlist_with_ends(3), tmp_path / "c", options, mapping=mapping)
    assert prove_circuit(circuit).problems == ()


@pytest.mark.parametrize("seed", range(8))
def test_skips_constants_dead_nodes_and_sums_are_proven(tmp_path, seed):
    options = CircuitOptions(pipeline=seed % 3, register_inputs=bool(seed % 2))
    circuit = write_circuit(random_netlist(seed), tmp_path / "c", options)
    assert prove_circuit(circuit).problems == ()


def test_one_input_of_four_billion_is_found(tmp_path):
    """A chain of ands behind a table: a single vector of 32 bits shows the change."""
    width = 8
    table = np.zeros((4, 256), np.int64)
    table[:, 171] = 1
    netlist = Netlist(
        "rare",
        ("a", "b", "c", "d"),
        np.full(4, width),
        np.zeros(4, bool),
        (
            TableLayer(
                "first", 1, np.arange(4)[:, None], table, np.ones(4, int), np.zeros(4, bool)
            ),
            TableLayer(
                "second",
                2,
                np.array([[4, 5, 6, 7]]),
                np.zeros((1, 16), int),
                np.ones(1, int),
                np.zeros(1, bool),
            ),
        ),
        np.array([8]),
    )
    circuit = write_circuit(netlist, tmp_path / "c")
    assert prove_circuit(circuit).problems == ()
    change(circuit, "rare_second.v", "16'h0000", "16'h8000")
    (problem,) = prove_circuit(circuit).problems
    assert "something else" in problem


CHANGES = [
    ("{top}_chain.v", r"\.rst\(rst\)", ".rst(1'b0)", "valid"),
    ("{top}_network.v", r"\.in_valid\((\w+)\)", ".in_valid(1'b1)", "valid"),
    ("pipeline_register.v", r"out_data <= in_data", "out_data = in_data", "is not the text"),
    ("pipeline_register.v", r"posedge clk", "negedge clk", "is not the text"),
    ("axi_stream_buffer.v", r"free_next != NONE", "free_next == NONE", "is not the text"),
    ("{top}.v", r"\.m_axis_tready\(m_axis_tready\)", ".m_axis_tready(1'b1)", "m_axis_tready"),
    ("{top}.v", r"\.m_axis_tready\(m_axis_tready\),", "", "not connected at m_axis_tready"),
    ("{top}.v", r"m_axis_tdata = \{5'd0", "m_axis_tdata = {5'd1", "m_axis_tdata"),
    ("{top}.v", r"LATENCY_CYCLES = (\d+)", "LATENCY_CYCLES = 77", "LATENCY_CYCLES"),
    ("{top}_chain.v", r"LATENCY_CYCLES = (\d+)", "LATENCY_CYCLES = 77", "LATENCY_CYCLES"),
    ("{top}_argmax.v", r"LATENCY_CYCLES = (\d+)", "rank_valid = 3", "LATENCY_CYCLES"),
    ("{top}.v", r"DEPTH_BITS\(3\)", "DEPTH_BITS(2)", "4 places for 7 cycles"),
    ("{top}_argmax.v", r" > ", " >= ", "something else"),
    ("{top}_encoder.v", r" >= ", " > ", "something else"),
]


@pytest.mark.parametrize("changed", CHANGES, ids=[pattern for _, pattern, _, _ in CHANGES])
def test_a_change_is_found(tmp_path, changed):
    name, pattern, replacement, said = changed
    options = CircuitOptions(**WHOLE, axi_stream=True)
    circuit = write_circuit(netlist_with_ends(3), tmp_path / "c", options)
    change(circuit, name.format(top=circuit.top), pattern, replacement)
    assert said in outcome(circuit.directory)


def test_a_loop_and_a_bit_too_many_are_refused(tmp_path):
    circuit = write_circuit(netlist_with_ends(3), tmp_path / "c")
    top = circuit.top_file.name
    change(circuit, top, r"output wire (\s*)out_valid", r"output wire [1:0] out_valid")
    assert outcome(circuit.directory)


def test_a_rung_says_what_is_wrong(tmp_path):
    circuit = write_circuit(netlist_with_ends(3), tmp_path / "c")
    ((rung,), remark) = proof_rung(circuit, forced=False)
    assert (rung.name, rung.ok, rung.detail, remark) == (TITLE, True, "", "")
    change(circuit, circuit.top_file.name, r"\.rst\(rst\)", ".rst(1'b0)")
    ((rung,), _) = proof_rung(circuit, forced=True)
    assert not rung.ok
    assert "valid bit" in rung.detail


def test_without_yosys_there_is_no_rung_unless_it_is_asked_for(tmp_path, monkeypatch):
    circuit = write_circuit(netlist_with_ends(3), tmp_path / "c")
    monkeypatch.setenv("LOGICJSC_YOSYS", str(tmp_path / "none"))
    rungs, remark = proof_rung(circuit, forced=False)
    assert not rungs
    assert "was not proven" in remark
    with pytest.raises(ToolNotFoundError):
        proof_rung(circuit, forced=True)


def test_a_large_circuit_is_proven_when_asked(tmp_path, monkeypatch):
    circuit = write_circuit(netlist_with_ends(3), tmp_path / "c")
    monkeypatch.setattr("logicjsc.check.formal.rung._QUICK_ROWS", 1)
    assert not is_quick(circuit)
    rungs, remark = proof_rung(circuit, forced=False)
    assert not rungs
    assert "--formal" in remark
    assert proof_rung(circuit, forced=True)[0]


def change(circuit, name, pattern, replacement):
    path = circuit.directory / name
    text, number = re.subn(pattern, replacement, path.read_text(), count=1)
    assert number == 1
    path.write_text(text)


def outcome(directory):
    try:
        return "; ".join(prove_circuit(load_circuit(directory)).problems)
    except CircuitError as error:
        return str(error)
