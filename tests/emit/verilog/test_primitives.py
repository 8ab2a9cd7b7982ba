"""Every style of LUTs: its text, and that the text means the LUTs."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference.lut_networks import networks

from logicjsc.check.text.cell_text import read_cells
from logicjsc.check.text.wire_graph import WireGraph, bind
from logicjsc.core.files import shipped
from logicjsc.emit.hdl.options import PRIMITIVES
from logicjsc.emit.verilog.primitives import NamedLut, lut_text
from logicjsc.map.lut_network import exhaustive_words, unpack_words

AND3 = NamedLut("x", ("a", "b", "c"), 0x80)

GOLDEN = {
    "inline": """\
  localparam [7:0] T4 = 8'h80;
  wire [2:0] a4 = {c, b, a};
  wire x = T4[a4];""",
    "generic": """\
  wire x;
  lut_cell #(.INPUTS(3), .TABLE(8'h80)) x_lut (.in({c, b, a}), .out(x));""",
    "xilinx": """\
  wire x;
  (* DONT_TOUCH = "yes" *) LUT3 #(.INIT(8'h80)) x_lut (.I0(a), .I1(b), .I2(c), .O(x));""",
    "lattice": """\
  wire x;
  LUT4 #(.INIT(16'h8080)) x_lut (.A(a), .B(b), .C(c), .D(1'b0), .Z(x));""",
}


@pytest.mark.parametrize("style", PRIMITIVES)
def test_text_of_a_small_lut(style):
    text = lut_text([AND3], style, first=4)
    assert "\n".join(text.lines) == GOLDEN[style]
    assert text.cells == 1


def test_two_luts_share_a_site():
    either = NamedLut("y", ("d", "a"), 0b1110)
    text = lut_text([AND3, either], "xilinx")
    # Input 3 of the site is "d", the second half has its inputs at places 3 and 0.
    upper = sum((row >> 3 & 1 | row & 1) << row for row in range(32))
    lower = sum((row & 7 == 7) << row for row in range(32))
    init = f"64'h{upper << 32 | lower:016x}"
    names = {"I0": "a", "I1": "b", "I2": "c", "I3": "d", "I4": "1'b0", "I5": "1'b1"}
    ports = ", ".join(f".{port}({wire})" for port, wire in names.items())
    kept = '(* DONT_TOUCH = "yes" *)'
    assert text.lines == (
        "  wire x;",
        "  wire y;",
        f"  {kept} LUT6_2 #(.INIT({init})) x_lut ({ports}, .O5(x), .O6(y));",
    )
    assert text.cells == 1


def test_six_inputs_are_four_small_luts_and_their_multiplexers():
    text = lut_text([NamedLut("x", tuple("abcdef"), 0x8000_0000_0000_0001)], "lattice")
    cells = [line.strip() for line in text.lines if "(" in line]
    assert cells == [
        "LUT4 #(.INIT(16'h0001)) x_q0_lut (.A(a), .B(b), .C(c), .D(d), .Z(x_q0));",
        "LUT4 #(.INIT(16'h0000)) x_q1_lut (.A(a), .B(b), .C(c), .D(d), .Z(x_q1));",
        "LUT4 #(.INIT(16'h0000)) x_q2_lut (.A(a), .B(b), .C(c), .D(d), .Z(x_q2));",
        "LUT4 #(.INIT(16'h8000)) x_q3_lut (.A(a), .B(b), .C(c), .D(d), .Z(x_q3));",
        "PFUMX x_h0_mux (.ALUT(x_q1), .BLUT(x_q0), .C0(e), .Z(x_h0));",
        "PFUMX x_h1_mux (.ALUT(x_q3), .BLUT(x_q2), .C0(e), .Z(x_h1));",
        "L6MUX21 x_mux (.D0(x_h0), .D1(x_h1), .SD(f), .Z(x));",
    ]
    assert text.cells == 4


def name_of(network, signal):
    if signal < 2:
        return f"1'b{signal}"
    first = network.first_lut
    return f"l{signal - first}" if signal >= first else f"i{signal - 2}"


@given(networks(), st.sampled_from(PRIMITIVES))
@settings(deadline=None, max_examples=200)
def test_every_style_means_what_the_luts_mean(network, style):
    luts = [
        NamedLut(f"l{number}", tuple(name_of(network, s) for s in lut.inputs), lut.table)
        for number, lut in enumerate(network.luts)
    ]
    text = lut_text(luts, style)
    graph, scope = WireGraph(), {}
    inputs = [graph.free() for _ in range(network.inputs)]
    for number, wire in enumerate(inputs):
        bind(scope, f"i{number}", wire)
    for number, lut in enumerate(network.luts):
        if not lut.inputs:
            scope[f"l{number}"] = lut.table
            assert f"  wire l{number} = 1'b{lut.table};" in text.lines
    graph.add(read_cells("\n".join(text.lines)), scope)
    rows = 1 << network.inputs
    bits = unpack_words(network.evaluate(exhaustive_words(network.inputs)), rows)
    for output, expected in zip(network.outputs, bits, strict=True):
        name = name_of(network, output)
        wire = output if output < 2 else scope[name]
        assert graph.wrong_rows([wire], inputs, expected.astype(np.uint32)) == 0
        assert graph.wrong_rows([wire], inputs, 1 - expected.astype(np.uint32)) == rows


@pytest.mark.parametrize("name", ["xilinx_luts.v", "lattice_luts.v"])
def test_simulation_models_say_that_they_are_for_simulation_only(name):
    assert shipped("hw", "sim", name).read_text().startswith("// FOR SIMULATION ONLY")


@pytest.mark.parametrize(
    "line",
    [
        "  LUT7 #(.INIT(2'h1)) x_lut (.I0(i0), .O(x));",
        "  LUT1 #(.INIT(4'h1)) x_lut (.I0(i0), .O(x));",
        "  LUT1 #(.INIT(2'h1)) x_lut (.I0(i0), .Q(x));",
        "  LUT1 #(.INIT(2'h1)) x_lut (.I0(i0), .I0(i0), .O(x));",
        "  LUT1 #(.INIT(2'h1)) x_lut (.I0(i0 & i1), .O(x | y()));",
        "  lut_cell #(.INPUTS(2), .TABLE(2'h1)) x_lut (.in({i0}), .out(x));",
        "  LUT1 x_lut (.I0(i0), .O(x));",
        "  wire x = T0[a0];",
    ],
)
def test_cells_of_other_kinds_are_refused(line):
    with pytest.raises((ValueError, KeyError)):
        list(read_cells(line))
