from dataclasses import replace

import numpy as np
import pytest

from logicjsc.check.table_text import compare_tables, read_tables
from logicjsc.core.errors import CircuitError
from logicjsc.emit.verilog import Circuit, write_circuit
from logicjsc.netlist import Netlist, TableLayer


def _layer(name: str, stage: int, inputs: list[list[int]], tables: np.ndarray, bits: int):
    nodes = len(inputs)
    return TableLayer(
        name, stage, np.array(inputs).reshape(nodes, -1), tables, [bits] * nodes, [False] * nodes
    )


@pytest.fixture
def circuit(tmp_path) -> Circuit:
    """Tables of one row and of 2, 8 and 128 rows, two of them equal, one node dead."""
    rng = np.random.default_rng(0)
    wide = rng.integers(0, 8, (3, 128))
    wide[1] = wide[0]
    netlist = Netlist(
        name="tables",
        input_names=("a", "b", "c"),
        input_widths=[1, 3, 3],
        input_signed=[False, False, True],
        layers=(
            _layer("constants", 1, [[]], np.array([[5]]), 3),
            _layer("bits", 1, [[0], [0]], np.array([[0, 1], [1, 0]]), 1),
            _layer("middle", 2, [[1], [2]], rng.integers(0, 4, (2, 8)), 2),
            _layer("wide", 2, [[0, 1, 2], [0, 2, 1], [4, 1, 2]], wide, 3),
        ),
        outputs=[3, 4, 6, 7, 8, 9, 10],
    )
    return write_circuit(netlist, tmp_path / "circuit")


def _flip_digit(circuit: Circuit, layer: str, digit: int) -> None:
    path = circuit.directory / f"tables_{layer}.v"
    head, mark, tail = path.read_text().partition("'h")
    changed = f"{int(tail[digit], 16) ^ 1:x}"
    path.write_text(head + mark + tail[:digit] + changed + tail[digit + 1 :])


def test_every_row_of_every_live_table_is_read_back(circuit):
    assert compare_tables(circuit) == (1 + 2 + 2 * 8 + 3 * 128, 0)


@pytest.mark.parametrize("layer", ["bits", "middle", "wide"])
def test_one_flipped_bit_of_a_constant_is_one_differing_row(circuit, layer):
    _flip_digit(circuit, layer, 0)
    rows, differing = compare_tables(circuit)
    # The first constant of "wide" serves two equal tables.
    assert (rows, differing) == (403, 2 if layer == "wide" else 1)


def test_swapped_output_bits_are_seen(circuit):
    path = circuit.directory / "tables_middle.v"
    text = path.read_text()
    assert "{T0_1[a0], T0_0[a0]}" in text
    path.write_text(text.replace("{T0_1[a0], T0_0[a0]}", "{T0_0[a0], T0_1[a0]}"))
    assert compare_tables(circuit)[1] > 0


def test_a_missing_table_is_refused(circuit):
    path = circuit.directory / "tables_middle.v"
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(line for line in lines if "assign out_codes[1:0]" not in line))
    with pytest.raises(CircuitError, match="'middle' has 1 tables, the netlist has 2"):
        compare_tables(circuit)


def test_a_missing_layer_is_refused(circuit):
    entries = tuple(e for e in circuit.manifest.files if e.name != "tables_wide.v")
    without = replace(circuit, manifest=replace(circuit.manifest, files=entries))
    with pytest.raises(CircuitError, match="no Verilog for layer 'wide'"):
        compare_tables(without)


def test_layers_are_found_under_any_name(circuit, tmp_path):
    layers = tuple(
        replace(e, name=f"{e.name} \N{GREEK SMALL LETTER MU}") for e in circuit.netlist.layers
    )
    renamed = write_circuit(replace(circuit.netlist, layers=layers), tmp_path / "renamed")
    assert compare_tables(renamed) == compare_tables(circuit)


def test_expressions_of_other_kinds_are_refused():
    with pytest.raises(CircuitError, match=r"in_codes\[0\] & in_codes\[1\]"):
        read_tables("  assign out_codes = in_codes[0] & in_codes[1];\n")
