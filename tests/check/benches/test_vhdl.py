"""GHDL runs and synthesises the VHDL of circuits, which answers as the netlist does."""

import re
from dataclasses import replace

import pytest
from reference.random_netlists import random_netlist
from reference.tiny_ends import tiny_netlist

from logicjsc.check.benches.bench import known_benches, run_bench
from logicjsc.check.benches.vhdl import core_files, order_of
from logicjsc.check.formal.vhdl import prove_ports, prove_vhdl
from logicjsc.core.simulators import find_ghdl
from logicjsc.emit.hdl.options import CircuitOptions
from logicjsc.emit.targets.record import beside
from logicjsc.emit.verilog import write_circuit
from logicjsc.emit.verilog.export import Mapping, export_verilog

GHDL = next(bench for bench in known_benches() if bench.name == "GHDL, VHDL")

STYLES = {
    "codes": CircuitOptions(),
    "wires": CircuitOptions(pipeline=0, register_outputs=False),
    "words": CircuitOptions(encoder=True, argmax=True, register_inputs=True),
    "stream": CircuitOptions(
        encoder=True, argmax=True, axi_stream=True, beats=2, batch=3, reset="asynchronous"
    ),
    "enabled": CircuitOptions(clock_enable=True, beats=7, batch=2, reset="asynchronous"),
}


def written(folder, options, netlist=None):
    writer = beside({"vhdl": {}, "testbench": {"vectors": 200}})
    return write_circuit(netlist or tiny_netlist(), folder, options, beside=writer)


def changed(circuit, file, pattern, replacement):
    """The circuit after one place of its VHDL was changed."""
    path = circuit.directory / "vhdl" / file
    text, places = re.subn(pattern, replacement, path.read_text(), count=1)
    assert places == 1
    path.write_text(text)
    return circuit


@pytest.mark.parametrize("style", STYLES)
def test_the_vhdl_of_every_style_is_simulated_and_proven(tmp_path, style):
    circuit = written(tmp_path / "c", STYLES[style])
    outcome = run_bench(GHDL, circuit)
    assert outcome.vectors > 200
    assert outcome.mismatches == 0
    proof = prove_vhdl(circuit, core_files(circuit.directory, "tiny"), find_ghdl())
    assert proof.problems == ()
    assert proof.outputs == circuit.manifest.blocks[-1].out_width


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("primitives", ["", "inline", "generic", "xilinx"])
def test_random_networks_in_every_style_have_their_vhdl(tmp_path, primitives, seed):
    writer = beside({"vhdl": {}, "testbench": {"vectors": 100}})
    netlist = random_netlist(seed, wrapping=True, address_bits=5, nodes=3)
    mapping = Mapping("low", "carry") if primitives else None
    options = CircuitOptions(primitives=primitives or "inline")
    circuit = export_verilog(netlist, tmp_path / "c", options, mapping=mapping, beside=writer)
    assert run_bench(GHDL, circuit).mismatches == 0


@pytest.mark.parametrize("style", ["codes", "words"])
def test_typed_ports_around_the_verilog_are_proven(tmp_path, style):
    circuit = written(tmp_path / "c", STYLES[style])
    order = order_of(circuit.directory)
    names = [name for name in order if re.search(r"_(types|ports|fixed)", name)]
    files = [circuit.directory / "vhdl" / name for name in names]
    assert prove_ports(circuit, files, find_ghdl()).problems == ()
    if style == "words":
        changed(circuit, "tiny_types.vhd", r"to_slv\(value\.q\)", "to_slv(value.r)")
        assert prove_ports(circuit, files, find_ghdl()).problems


@pytest.mark.parametrize(
    ("style", "file", "pattern", "replacement"),
    [
        (
            "enabled",
            "pipeline_register_ce.vhd",
            r"if ce = '1' then\n +out_data",
            "if rst='0' then out_data",
        ),
        ("enabled", "beat_collector.vhd", "in_data & stored", "stored & in_data"),
        ("stream", "result_batch.vhd", r"in_last or present_next", "present"),
    ],
)
def test_a_change_of_what_is_hand_written_is_simulated(tmp_path, style, file, pattern, replacement):
    circuit = changed(written(tmp_path / "c", STYLES[style]), file, pattern, replacement)
    assert run_bench(GHDL, circuit).mismatches > 0


@pytest.mark.parametrize(
    ("file", "pattern", "replacement"),
    [
        ("tiny_t.vhd", 'x"aaaaaaaa"', 'x"aaaaaaa8"'),
        ("tiny_encoder.vhd", r"to_signed\(3, 4\)", "to_signed(4, 4)"),
        ("tiny.vhd", r"out_valid <= \w+", "out_valid <= in_valid"),
    ],
)
def test_a_change_is_seen_in_simulation_and_by_the_proof(tmp_path, file, pattern, replacement):
    circuit = changed(written(tmp_path / "c", STYLES["words"]), file, pattern, replacement)
    assert run_bench(GHDL, circuit).mismatches > 0
    assert prove_vhdl(circuit, core_files(circuit.directory, "tiny"), find_ghdl()).problems


def test_names_that_are_words_of_vhdl_or_fold_to_one_are_told_apart(tmp_path):
    netlist = tiny_netlist()
    netlist = replace(
        netlist,
        name="process",
        input_names=("out", "Out", "begin", "label"),
        encoder=replace(netlist.encoder, feature_names=("Signal", "signal", "entity of x")),
        decoder=replace(netlist.decoder, class_names=("in", "IN", "range")),
        layers=(replace(netlist.layers[0], name="architecture"),),
    )
    circuit = written(tmp_path / "c", STYLES["words"], netlist)
    assert run_bench(GHDL, circuit).mismatches == 0
