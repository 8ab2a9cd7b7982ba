"""Text and size of mapped circuits, in modules by layer and by segment."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference.ends_reference import netlist_with_ends
from reference.naive_luts import naive_luts
from reference.random_netlists import netlists

from logicjsc.check.formal.proof import prove_circuit
from logicjsc.core.errors import CircuitError, ConfigError
from logicjsc.emit.hdl.options import PRIMITIVES
from logicjsc.emit.verilog import CircuitOptions, load_circuit, write_circuit
from logicjsc.netlist import Netlist, SumLayer, TableLayer


def tiny_netlist():
    """Two LUTs deep: an exclusive or, then a sum of it and an input."""
    both = TableLayer("xor", 1, [[0, 1]], [[0, 1, 1, 0]], [1], [False])
    total = SumLayer("sum", 2, [[3, 2]], [[0, 1]], [[False, True]], [1], [4], [True])
    return Netlist("tiny", ("a", "b", "c"), [1, 1, 2], [False] * 3, (both, total), [4, 0])


SUM = """\

  wire c_i0 = in_codes[0];
  wire c_i1 = in_codes[1];
  wire xor_v_n0_b0 = in_codes[2];

  // sum[0], a sum
  wire [2:0] sum_n0_in = {c_i1, c_i0, xor_v_n0_b0};
  wire [3:0] sum_n0_t0 = {3'd0, sum_n0_in[0]};
  wire [3:0] sum_n0_t1 = {1'd0, sum_n0_in[2:1], 1'd0};
  wire [3:0] sum_n0 = 4'd1 + sum_n0_t0 - sum_n0_t1;
  wire sum_n0_b0 = sum_n0[0];
  wire sum_n0_b1 = sum_n0[1];
  wire sum_n0_b2 = sum_n0[2];
  wire sum_n0_b3 = sum_n0[3];

  assign out_codes[0] = sum_n0_b0;
  assign out_codes[1] = sum_n0_b1;
  assign out_codes[2] = sum_n0_b2;
  assign out_codes[3] = sum_n0_b3;

endmodule
"""


@pytest.mark.parametrize(
    ("options", "names", "about"),
    [
        (
            CircuitOptions(lut_depth=1),
            ("segment1", "segment2"),
            ("Segment 1 of 2 (1 LUT, 0 sums)", "Segment 2 of 2 (0 LUTs, 1 sum)"),
        ),
        (
            CircuitOptions(),
            ("xor_v", "sum"),
            ('Layer "xor" (stage 1, 1 table in 1 LUT)', 'Layer "sum" (stage 2, 1 sum)'),
        ),
    ],
)
def test_text_of_a_tiny_network(tmp_path, options, names, about):
    netlist = tiny_netlist()
    circuit = write_circuit(netlist, tmp_path / "c", options, naive_luts(netlist))
    first, second = ((tmp_path / "c" / f"tiny_{name}.v").read_text() for name in names)
    assert f'// {about[0]} of netlist "tiny".\n' in first
    assert "  wire [1:0] a0 = {a_i0, b_i0};\n  wire xor_v_n0_b0 = T0[a0];\n" in first
    assert f'// {about[1]} of netlist "tiny".\n' in second
    assert second.partition(");\n")[2] == SUM
    # Input a is not read in the second segment and passes it by.
    top = circuit.top_file.read_text()
    assert f"wire [4:0] rank2_d = {{{names[1]}_out, rank1_q[0]}};" in top
    assert "assign out_codes = {rank2_q[0], rank2_q[4:1]};" in top
    assert (circuit.latency_cycles, circuit.manifest.ff) == (2, 4 + 5 + 2)
    assert prove_circuit(circuit).problems == ()


def test_bits_that_are_wires_or_constants_stand_in_the_header(tmp_path):
    # A multiplexer, whose selector is input "s"; and a node of a wire and a constant.
    multiplexer = [0, 0, 1, 1, 0, 1, 0, 1]
    layers = (
        TableLayer("only", 1, [[0, 2, 1]], [multiplexer], [1], [False]),
        TableLayer("pair", 1, [[0]], [[2, 3]], [2], [False]),
    )
    netlist = Netlist("tiny", ("s", "a", "b"), [1] * 3, [False] * 3, layers, [3, 4])
    circuit = write_circuit(netlist, tmp_path / "c", CircuitOptions(), naive_luts(netlist))
    text = (circuit.directory / "tiny_only.v").read_text()
    assert "(stage 1, 1 table in 1 LUT)" in text
    assert "localparam [7:0] T0 = 8'h" in text
    assert circuit.manifest.lut == 1
    assert load_circuit(circuit.directory).manifest == circuit.manifest
    # A layer without LUTs needs no module, and a constant no register.
    assert not (circuit.directory / "tiny_pair.v").exists()
    assert "//   pair_n0_b0 = s_i0\n//   pair_n0_b1 = 1'b1\n" in circuit.top_file.read_text()
    assert circuit.manifest.ff == 2 + 1
    assert "out_codes = {1'b1, rank1_q[0], rank1_q[1]};" in circuit.top_file.read_text()
    assert prove_circuit(circuit).problems == ()


@st.composite
def depth_options(draw):
    ends = draw(st.booleans())
    style = draw(st.sampled_from(PRIMITIVES))
    return CircuitOptions(1, ends, not ends, primitives=style, lut_depth=draw(st.integers(1, 3)))


@given(netlists(), depth_options(), st.integers(3, 6))
@settings(deadline=None, max_examples=20)
def test_every_netlist_is_proven_in_every_style(tmp_path_factory, netlist, by_depth, lut_inputs):
    folder = tmp_path_factory.mktemp("c")
    luts = naive_luts(netlist, lut_inputs)
    for options in (by_depth, CircuitOptions(primitives=by_depth.primitives)):
        circuit = write_circuit(netlist, folder / "c", options, luts)
        assert load_circuit(folder / "c").manifest == circuit.manifest
        assert prove_circuit(circuit).problems == ()
        assert f"LATENCY_CYCLES = {circuit.latency_cycles};" in circuit.top_file.read_text()
        text = "".join(path.read_text() for path in circuit.verilog_files)
        widths = map(int, re.findall(r"\.WIDTH\((\d+)\)", text))
        idle = text.count("_unused = ") if "rank" in text else 0
        assert 0 <= sum(width + 1 for width in widths) - circuit.manifest.ff <= idle + 9


def test_what_the_target_needs_is_in_the_manifest(tmp_path):
    netlist = netlist_with_ends(1)
    luts = naive_luts(netlist)
    found = {}
    for style in PRIMITIVES:
        options = CircuitOptions(primitives=style)
        manifest = write_circuit(netlist, tmp_path / style, options, luts).manifest
        found[style] = (manifest.lut, manifest.lut_packed, manifest.lut4)
        assert (tmp_path / style / "lut_cell.v").exists() == (style == "generic")
    lut = sum(len(network.luts) for network in luts)
    text = "".join(path.read_text() for path in (tmp_path / "xilinx").glob("*.v"))
    pairs = text.count(" LUT6_2 ")
    assert found["inline"] == found["generic"] == (lut, None, None)
    assert found["xilinx"] == (lut, lut - pairs, None)
    assert pairs > 0
    text = "".join(path.read_text() for path in (tmp_path / "lattice").glob("*.v"))
    assert found["lattice"] == (lut, None, text.count(" LUT4 "))


def test_a_block_of_adders_is_for_sums_only(tmp_path):
    netlist = tiny_netlist()
    for options in (CircuitOptions(), CircuitOptions(lut_depth=1)):
        with pytest.raises(CircuitError, match="layer 'xor' has no LUTs"):
            write_circuit(netlist, tmp_path / "c", options, [None, None])
    assert not (tmp_path / "c").exists()


def test_depth_of_a_circuit_of_tables_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="depth=4 counts LUTs"):
        write_circuit(tiny_netlist(), tmp_path / "c", CircuitOptions(lut_depth=4))
    assert not (tmp_path / "c").exists()


def test_names_that_vendors_cells_have_are_not_taken(tmp_path):
    netlist = tiny_netlist()
    named = Netlist(
        "LUT6", netlist.input_names, [1, 1, 2], [False] * 3, netlist.layers, netlist.outputs
    )
    options = CircuitOptions(primitives="xilinx")
    circuit = write_circuit(named, tmp_path / "c", options, naive_luts(named))
    assert circuit.top == "LUT6_3"
