"""Interfaces of circuits: proven, simulated, and several circuits in one design."""

from __future__ import annotations

import json
import shutil
import subprocess

import numpy as np
import pytest
from mutations.circuits import STYLES, deciding_netlist
from mutations.judgement import difference
from mutations.named import change_as_named

from logicjsc.check import build_simulator
from logicjsc.check.formal.proof import prove_circuit
from logicjsc.check.parts import latency_in
from logicjsc.check.synth.programs import Limits, find_yosys, run_program
from logicjsc.core.errors import CircuitError, ConfigError
from logicjsc.core.programs import find_verilator
from logicjsc.emit.verilog import CircuitOptions, load_circuit, write_circuit
from logicjsc.netlist import evaluate


@pytest.fixture(scope="module")
def netlist():
    return deciding_netlist(21)


@pytest.mark.parametrize(
    "options",
    [
        {"clock_enable": True},
        {"reset": "asynchronous", "output_stages": 3},
        {"axi_stream": True, "input_stages": 2, "output_stages": 9, "reset": "asynchronous"},
        {"axi_stream": True, "tuser": 70},
        {"axi_stream": True, "batch": 3, "prefix": "p_"},
        {"register_outputs": False, "pipeline": 0, "input_stages": 1, "batch": 2},
    ],
    ids="-".join,
)
def test_interfaces_are_proven(netlist, tmp_path, options):
    circuit = write_circuit(netlist, tmp_path / "c", CircuitOptions(**options))
    assert prove_circuit(load_circuit(circuit.directory)).problems == ()


@pytest.mark.parametrize(("kind", "numbers"), [("enabled", (5,)), ("packets", (2,))])
def test_the_harness_alone_sees_changes(tmp_path, cache, kind, numbers):
    """What the proof would find anyway; here nothing is proven."""
    circuit = write_circuit(deciding_netlist(21), tmp_path / "whole", STYLES[kind][0])
    for number in numbers:
        changed = tmp_path / str(number)
        shutil.copytree(circuit.directory, changed)
        change_as_named(changed, kind, number)
        assert "protocol violation" in difference(build_simulator(load_circuit(changed), cache))


@pytest.mark.parametrize(
    ("entry", "value", "wrong"),
    [
        ("beats", 2, "interface, ports"),
        ("clock_enable", True, "interface, ports"),
        ("reset", "asynchronous", "interface"),
        ("output_stages", 1, "latency_cycles, ff"),
        ("batch", 2, "interface, latency_cycles, ports"),
        ("beats", 5, "12 bits"),
    ],
)
def test_options_that_are_not_the_circuits_are_refused(netlist, tmp_path, entry, value, wrong):
    circuit = write_circuit(netlist, tmp_path / "c", CircuitOptions(encoder=True))
    path = circuit.directory / "manifest.json"
    manifest = json.loads(path.read_text())
    manifest["options"][entry] = value
    path.write_text(json.dumps(manifest))
    with pytest.raises(CircuitError, match=wrong):
        load_circuit(circuit.directory)


@pytest.mark.parametrize(
    "option", [{"clock_enable": True}, {"beats": 3}, {"reset": "asynchronous"}]
)
def test_without_registers_there_is_nothing_to_enable_or_reset(netlist, tmp_path, option):
    options = CircuitOptions(0, register_outputs=False, **option)
    with pytest.raises(ConfigError, match="a circuit without registers cannot have"):
        write_circuit(netlist, tmp_path / "c", options)
    assert not (tmp_path / "c").exists()


def test_a_stated_latency_is_read_with_its_parameters():
    text = "    parameter A = 2,\n    parameter B = 0\n  localparam LATENCY_CYCLES = A + 5 + B;\n"
    assert latency_in(text) == 7
    assert latency_in("  localparam LATENCY_CYCLES = 4;\n") == 4
    assert latency_in("  localparam LATENCY_CYCLES = C + 4;\n") is None
    assert latency_in("") is None


TOP = """module top (
    input  wire       clk,
    input  wire       rst,
    input  wire       in_valid,
    input  wire [8:0] in_codes,
    output wire       both_valid,
    output wire [29:0] out_codes
);
  wire valid_a, valid_b;
  assign both_valid = valid_a & valid_b;
  a_deciding #(.INPUT_STAGES(0), .OUTPUT_STAGES(3)) first (.clk(clk), .rst(rst), .ce(1'b1),
      .in_valid(in_valid), .in_codes(in_codes), .out_valid(valid_a), .out_codes(out_codes[14:0]));
  b_deciding second (.clk(clk), .rst(rst),
      .in_valid(in_valid), .in_codes(in_codes), .out_valid(valid_b), .out_codes(out_codes[29:15]));
endmodule
"""

BENCH = """module bench;
  reg clk = 0, rst = 1, in_valid = 0;
  reg [8:0] in_codes = 0;
  wire both_valid;
  wire [29:0] out_codes;
  integer cycle;
  top design_under_test (clk, rst, in_valid, in_codes, both_valid, out_codes);
  initial begin
    for (cycle = 0; cycle < 530; cycle = cycle + 1) begin
      rst = cycle < 2;
      in_valid = cycle >= 2 && cycle < 514;
      in_codes = cycle - 2;
      #1 clk = 1;
      #1 clk = 0;
      if (both_valid) $display("%b", out_codes);
    end
  end
endmodule
"""


def two_circuits(netlist, folder, prefixes):
    """Files of two circuits with the same latency, one with a clock enable, and of a top."""
    enabled = CircuitOptions(prefix=prefixes[0], clock_enable=True, input_stages=1)
    late = CircuitOptions(prefix=prefixes[1], output_stages=3)
    files = []
    for number, options in enumerate((enabled, late)):
        circuit = write_circuit(netlist, folder / str(number), options)
        files += circuit.verilog_files
    (folder / "top.v").write_text(TOP)
    (folder / "bench.v").write_text(BENCH)
    return [str(file) for file in (*files, folder / "top.v")]


def test_two_circuits_share_a_design(netlist, tmp_path):
    files = two_circuits(netlist, tmp_path, ("a_", "b_"))
    program = tmp_path / "bench"
    command = [
        shutil.which("iverilog"),
        "-g2001",
        "-Wall",
        "-o",
        str(program),
        *files,
        str(tmp_path / "bench.v"),
    ]
    built = subprocess.run(command, capture_output=True, text=True, check=True)
    assert built.stderr.replace("-Wtimescale", "") == ""
    output = subprocess.run(
        [shutil.which("vvp"), str(program)], capture_output=True, text=True, check=True
    )
    codes = np.arange(512)[:, None] >> np.array([0, 3, 6]) & 7
    expected = evaluate(netlist, codes) @ (1 << np.arange(0, 15, 3))
    rows = output.stdout.split()
    assert [int(row[15:], 2) for row in rows] == expected.tolist()
    assert [int(row[:15], 2) for row in rows] == expected.tolist()
    lint = ["--lint-only", "-Wall", "--top-module", "top", *files]
    find_verilator().run(lint, timeout=60)
    script = tmp_path / "read.ys"
    reads = "\n".join(f"read_verilog {file}" for file in files)
    script.write_text(f"{reads}\nhierarchy -check -top top\nproc\nflatten\ncheck -assert\n")
    limits = Limits.default()
    run_program(
        find_yosys(), [str(script)], limits=limits, cwd=tmp_path, log=tmp_path / "yosys.log"
    )


def test_without_prefixes_two_circuits_clash(netlist, tmp_path):
    files = two_circuits(netlist, tmp_path, ("", ""))
    command = [shutil.which("iverilog"), "-g2001", "-o", str(tmp_path / "bench"), *files[:-1]]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "deciding" in done.stderr
