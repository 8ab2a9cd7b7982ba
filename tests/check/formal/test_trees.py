"""Circuits whose sums are trees of adders are proven, and a wrong LUT in one is found."""

from __future__ import annotations

import re

import pytest
from reference.sums_of_tables import sums_of_tables

from logicjsc.check.formal.proof import prove_circuit
from logicjsc.emit.hdl.options import CircuitOptions
from logicjsc.emit.verilog import load_circuit, write_circuit
from logicjsc.emit.verilog.mapping_by_time import map_for_options


@pytest.fixture(scope="module")
def circuit(tmp_path_factory):
    folder = tmp_path_factory.mktemp("trees")
    options = CircuitOptions(
        0,
        adders="carry",
        primitives="xilinx",
        clock_ps=900.0,
        latency_ps=4500.0,
        part="ultrascale-plus",
    )
    netlist = sums_of_tables(terms=8, sums=2)
    mapped = map_for_options(netlist, options, effort="low", jobs=1, cache=folder / "luts")
    luts = [layer.network for layer in mapped.layers]
    return write_circuit(mapped.netlist, folder / "circuit", options, luts)


def test_trees_are_proven_by_the_shapes_in_the_header(circuit):
    text = (circuit.directory / f"{circuit.top}.v").read_text()
    assert re.search(r"^//   added by: \w+ \d+ (binary|ternary|counters) ", text, re.MULTILINE)
    assert circuit.latency_cycles <= 5
    proof = prove_circuit(circuit)
    assert proof.problems == ()
    assert proof.outputs > 8


def test_a_wrong_lut_of_a_tree_is_found(circuit):
    (path, *_) = sorted(circuit.directory.glob("*segment2.v"))
    text = path.read_text()
    init = re.search(r"\.INIT\((\d+)'h([0-9a-f]+)\)", text)
    wrong = f".INIT({init[1]}'h{int(init[2], 16) ^ 1:x})"
    try:
        path.write_text(text.replace(init[0], wrong, 1))
        assert prove_circuit(load_circuit(circuit.directory)).problems
    finally:
        path.write_text(text)
