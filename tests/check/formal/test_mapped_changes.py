"""Mistakes in the text of mapped circuits: cells, wires, segments and ranks."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
from reference.circuit_edits import edited, outcome, places_changed
from reference.map_netlists import netlist_of, wide_netlist
from reference.naive_luts import naive_luts

from logicjsc.check.formal.proof import prove_circuit
from logicjsc.emit.verilog import CircuitOptions, write_circuit
from logicjsc.map.mapper import map_netlist
from logicjsc.netlist import Netlist, SumLayer, TableLayer

SOMETHING_ELSE = "something else than its netlist"


def wide_sum():
    """Two sums of 16 bits, one that reads an input twice."""
    total = SumLayer(
        "total",
        1,
        [[0, 1, 2, 3], [3, 2, 3, 0]],
        [[0, 1, 2, 0], [0, 0, 1, 0]],
        [[False, True, False, True], [False, True, False, False]],
        [-7, 3],
        [9, 8],
        [True, True],
    )
    return Netlist("sums", tuple("abcd"), [4] * 4, [True, False, True, False], (total,), [4, 5])


@pytest.fixture(autouse=True)
def _places(monkeypatch, cache):
    monkeypatch.setenv("LOGICJSC_CACHE", str(cache))


@pytest.fixture(scope="module")
def circuits(tmp_path_factory):
    """The wide circuit in every style, three ranks deep."""
    folder = tmp_path_factory.mktemp("wide")
    return {
        style: write_circuit(
            wide_netlist(),
            folder / style,
            CircuitOptions(primitives=style, lut_depth=1),
            naive_luts(wide_netlist(), 6),
        )
        for style in TABLE
    }


def flip(match):
    """The lowest bit of a table."""
    return f"{match[1]}{int(match[2], 16) ^ 1:x}{match[3]}"


def swap(match):
    """Two wires that stand side by side."""
    swapped = match[0].replace(match[1], "\0").replace(match[2], match[1])
    return swapped.replace("\0", match[2])


TABLE = {
    "inline": r"(= \d+'h[0-9a-f]*)([0-9a-f])(;)",
    "generic": r"(TABLE\(\d+'h[0-9a-f]*)([0-9a-f])(\))",
    "xilinx": r"(INIT\(\d+'h[0-9a-f]*)([0-9a-f])(\))",
    "lattice": r"(INIT\(\d+'h[0-9a-f]*)([0-9a-f])(\))",
}

WIRES = {
    "inline": r"= \{(\w+), (\w+)",
    "generic": r"in\(\{(\w+), (\w+)",
    "xilinx": r"I0\((\w+)\), \.I1\((\w+)\)",
    "lattice": r"A\((\w+)\), \.B\((\w+)\)",
}


@pytest.mark.parametrize(
    ("style", "number"),
    [("inline", 1), ("generic", 2), ("xilinx", 3), ("lattice", 1), ("lattice", 3)],
)
def test_a_flipped_bit_of_a_cell_and_a_swapped_wire_are_found(circuits, style, number):
    assert outcome(circuits[style]) == ""
    file = f"wide_segment{number}.v"
    flips = list(places_changed(circuits[style], file, TABLE[style], flip, 2))
    # Lattice's multiplexers have no tables.
    assert flips or (style, number) == ("lattice", 3)
    assert [found for found in flips if SOMETHING_ELSE not in found] == []
    swaps = list(places_changed(circuits[style], file, WIRES[style], swap, 2))
    assert swaps or (style, number) == ("lattice", 3)
    assert [found for found in swaps if SOMETHING_ELSE not in found] == []


@pytest.mark.parametrize(
    ("file", "pattern", "replacement"),
    [
        # Two wires are swapped in front of a rank, and behind one.
        (
            "_segment1",
            r"(out_codes\[0\] = )(\w+);((?s:.)*)(out_codes\[1\] = )(\w+);",
            r"\1\5;\3\4\2;",
        ),
        (
            "_segment2",
            r"wire (\w+) = (in_codes\[0\]);\n  wire (\w+) =",
            r"wire \3 = \2;\n  wire \1 =",
        ),
        # A wire of another node's input.
        ("_segment1", r"= \{a_i1, a_i0, b_i1, b_i0\}", "= {a_i1, a_i0, b_i1, c_i0}"),
        # Outputs in another order; inputs in another order; what passes a segment by, too.
        ("", r"out_codes = rank3_q;", "out_codes = {rank3_q[1:0], rank3_q[2]};"),
        ("", r"segment1_in = in_codes\[7:0\];", "segment1_in = {in_codes[6:0], in_codes[7]};"),
        ("", r"segment1_out, in_codes\[10:8\]", "segment1_out, in_codes[9:8], in_codes[10]"),
        ("", r"rank1_q\[4\]\}", "rank1_q[5]}"),
    ],
)
def test_crossed_bits_between_segments_are_found(circuits, file, pattern, replacement):
    assert circuits["inline"].latency_cycles == 3
    changed = edited(circuits["inline"], f"wide{file}.v", pattern, replacement)
    assert SOMETHING_ELSE in outcome(changed)


@pytest.mark.parametrize(
    ("pattern", "replacement", "message"),
    [
        # A whole rank is bypassed; then some bits of it.
        (r"segment3_in = rank2_q;", "segment3_in = rank2_d;", "bits of the output are not 3 cycle"),
        (r"rank1_q\[6:5\], rank1_q\[3:0\]", "rank1_d[6:5], rank1_q[3:0]", "different cycles"),
        (r"segment2_out, rank1_q\[4\]", "segment2_out, rank1_d[4]", "different cycles"),
        (r"out_codes = rank3_q", "out_codes = {rank3_q[2:1], segment3_out[0]}", "1 bits of the"),
        # The valid bit alone skips a rank, or waits once more.
        (r"in_valid\(rank1_valid\)", "in_valid(in_valid)", "crosses 2 registers|leaves 3 cycles"),
        (r"out_valid = rank3_valid", "out_valid = rank2_valid", "leaves 3 cycles|crosses 2"),
        # The valid bit reaches the data.
        (r"segment3_out;\n  wire \[2:0\] rank3_q", None, "is no data of the input"),
        (r"rank3_d = segment3_out;", "rank3_d = {segment3_out[2:1], 1'bx};", "undefined"),
        (r"assign out_codes.*\n", "", "undriven|undefined|no driver|is refused"),
        (r"wide_segment2 segment2", "wide_lost segment2", "wide_lost"),
        (r"out_codes = rank3_q;", "out_codes = ~rank3_q;", SOMETHING_ELSE),
        (r"out_codes = rank3_q;", "out_codes = rank3_q[1:0];", SOMETHING_ELSE),
        (r"out_codes = rank3_q;", "out_codes = rank3_q[3:1];", "undefined|out of range|Range"),
    ],
)
def test_missing_registers_and_foreign_text_are_found(circuits, pattern, replacement, message):
    if replacement is None:
        pattern, replacement = r"rank3_d = segment3_out;", "rank3_d = segment3_out ^ {3{in_valid}};"
    changed = edited(circuits["inline"], "wide.v", pattern, replacement)
    assert re.search(message, outcome(changed))


def test_a_register_may_be_missing_in_no_path_even_if_the_function_is_right(circuits):
    changed = edited(
        circuits["inline"], "wide.v", r"segment3_in = rank2_q;", "segment3_in = rank2_q & rank2_d;"
    )
    assert "different cycles" in outcome(changed)


@pytest.mark.parametrize("depth", [0, 2])
def test_sums_of_luts_are_proven_and_their_mistakes_found(tmp_path, cache, depth):
    mapped = map_netlist(wide_sum(), effort="low", jobs=1, cache=cache)
    networks = [layer.network for layer in mapped.layers]
    options = CircuitOptions(lut_depth=depth)
    circuit = write_circuit(mapped.netlist, tmp_path / "luts", options, networks)
    assert outcome(circuit) == ""
    for path in circuit.verilog_files:
        if not re.search("total|segment", path.name):
            continue

        def invert(match):
            return f"{match[1]}{int(match[2], 16) ^ ((1 << 64) - 1):x}{match[3]}"

        found = places_changed(circuit, path.name, r"(= 64'h)([0-9a-f]+)(;)", invert, 1)
        assert all(SOMETHING_ELSE in text for text in found)
        found = list(places_changed(circuit, path.name, TABLE["inline"], flip, 4))
        # One row of a LUT may be one that its inputs never ask for.
        assert sum(map(bool, found)) > len(found) / 2
    path = next(p for p in circuit.verilog_files if re.search("total|segment1", p.name))
    text = path.read_text()
    others = re.findall(r"wire ([bcd]_i\d) = in_codes", text)
    lines = [line for line in text.splitlines() if " = {" in line and "a_i3" in line]
    line, other = next((line, n) for line in lines for n in others if n not in line)
    changed = edited(circuit, path.name, re.escape(line), line.replace("a_i3", other))
    assert SOMETHING_ELSE in outcome(changed)


@pytest.mark.parametrize("depth", [0, 2])
def test_tables_beside_sums_by_adders_and_by_luts_are_proven(tmp_path, cache, depth):
    mapped = map_netlist(netlist_of(np.random.default_rng(7)), effort="low", jobs=1, cache=cache)
    networks = [layer.network for layer in mapped.layers]
    options = CircuitOptions(lut_depth=depth)
    for name, luts in (("luts", networks), ("adders", [*networks[:-1], None])):
        circuit = write_circuit(mapped.netlist, tmp_path / name, options, luts)
        assert prove_circuit(circuit).problems == ()
    # An adder that subtracts what it should add.
    path = next(p for p in circuit.verilog_files if " + total_n0_t" in p.read_text())
    changed = edited(circuit, path.name, r" \+ total_n0_t", " - total_n0_t")
    assert SOMETHING_ELSE in outcome(changed)


def test_a_tiny_circuit_is_no_exception(tmp_path):
    layer = TableLayer("only", 1, [[0]], [[1, 0]], [1], [False])
    netlist = Netlist("tiny", ("a",), [1], [False], (layer,), [1])
    circuit = write_circuit(netlist, tmp_path / "tiny", None, naive_luts(netlist))
    assert outcome(circuit) == ""
    for file, old, new, message in [
        ("tiny_only.v", r"= \{a_i0\}", "= {nothing}", "is refused"),
        ("tiny_only.v", "wire only_n0_b0 =", "wire a_i0 =", "a_i0|is refused"),
        ("tiny_only.v", r"= in_codes;", "= in_codes[1];", "undefined|[Rr]ange"),
        ("tiny.v", "out_codes = rank1_q", "out_codes = only_out", "are not 1 cycles old"),
        ("tiny.v", "out_codes = rank1_q", "out_codes = rank1_q & in_codes", "different cycles"),
        ("tiny.v", "tiny_only only", "tiny_lost only", "tiny_lost"),
    ]:
        assert re.search(message, outcome(edited(circuit, file, old, new))), (file, new)


def test_another_netlist_is_not_proven(circuits):
    circuit = circuits["inline"]
    layers = circuit.netlist.layers
    tables = layers[1].tables.copy()
    tables[0, 5] ^= 4
    other = replace(circuit.netlist, layers=(layers[0], replace(layers[1], tables=tables)))
    assert SOMETHING_ELSE in "".join(prove_circuit(replace(circuit, netlist=other)).problems)
