"""Every style of LUTs: its text, and that the text means the LUTs."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from reference.lut_networks import networks
from reference.yosys_gates import evaluate_gates

from logicjsc.check.formal.reading import read_verilog
from logicjsc.check.synth.programs import Limits
from logicjsc.core.files import shipped
from logicjsc.emit.hdl.options import PRIMITIVES
from logicjsc.emit.verilog.primitives import NamedLut, lut_text
from logicjsc.map.lut_network import exhaustive_words, unpack_words

INPUTS = 9
MODELS = {
    "xilinx": ("xilinx_luts.v", "+/xilinx/cells_sim.v"),
    "lattice": ("lattice_luts.v", "-nooverwrite +/ecp5/cells_sim.v"),
}

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


def name_of(network, signal, number):
    if signal < 2:
        return f"1'b{signal}"
    first = network.first_lut
    return f"n{number}_l{signal - first}" if signal >= first else f"i{signal - 2}"


def module_of(found, style):
    """One module with the LUTs of several networks, whose outputs are its own."""
    lines, outputs = [], []
    for number, network in enumerate(found):
        luts = [
            NamedLut(
                f"n{number}_l{place}",
                tuple(name_of(network, s, number) for s in lut.inputs),
                lut.table,
            )
            for place, lut in enumerate(network.luts)
        ]
        lines += lut_text(luts, style, first=len(lines)).lines
        outputs += [name_of(network, output, number) for output in network.outputs]
    return "\n".join(
        [
            f"module cells(input wire [8:0] i, output wire [{len(outputs) - 1}:0] o);",
            *(f"  wire i{place} = i[{place}];" for place in range(INPUTS)),
            *lines,
            *(f"  assign o[{place}] = {name};" for place, name in enumerate(outputs)),
            "endmodule\n",
        ]
    )


def outputs_of(text, style, library):
    """Output bits of such a module on every input, as Yosys reads it."""
    texts = {"cells.v": text.encode()}
    if style == "generic":
        texts["lut_cell.v"] = shipped("hw", "rtl", "lut_cell.v").read_bytes()
    elif style in MODELS and not library:
        texts[MODELS[style][0]] = shipped("hw", "sim", MODELS[style][0]).read_bytes()
    files = [MODELS[style][1]] if library else []
    gates, warnings = read_verilog(texts, "cells", "cells", Limits.default(), files)
    assert [line for line in warnings if "cells_sim" not in line] == []
    rows = np.arange(1 << INPUTS)
    inputs = {"i": [(rows >> place & 1).astype(bool) for place in range(INPUTS)]}
    return evaluate_gates(gates, inputs)["o"]


@pytest.mark.parametrize(
    ("style", "library"),
    [*((style, False) for style in PRIMITIVES), *((style, True) for style in MODELS)],
)
@given(found=st.lists(networks(), min_size=20, max_size=20))
@settings(deadline=None, max_examples=3, suppress_health_check=list(HealthCheck))
def test_every_style_means_what_the_luts_mean(cache, style, library, found):
    """By the simulation models that travel with logicjsc, and by those that travel with Yosys."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LOGICJSC_CACHE", str(cache))
        made = iter(outputs_of(module_of(found, style), style, library))
    for network in found:
        rows = 1 << network.inputs
        bits = unpack_words(network.evaluate(exhaustive_words(network.inputs)), rows)
        for expected in bits:
            repeated = np.tile(expected.astype(bool), (1 << INPUTS) // rows)
            np.testing.assert_array_equal(next(made), repeated)


@pytest.mark.parametrize("name", ["xilinx_luts.v", "lattice_luts.v"])
def test_simulation_models_say_that_they_are_for_simulation_only(name):
    assert shipped("hw", "sim", name).read_text().startswith("// FOR SIMULATION ONLY")
