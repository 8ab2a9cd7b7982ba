"""Verilog of one case per neuron becomes the netlist that Yosys reads in it too."""

from pathlib import Path

import numpy as np
import pytest
from reference.case_verilog import REGISTER, CaseNetwork, by_yosys, neuron_text
from reference.damaged_files import HTML_PAGE

import logicjsc as lj
from logicjsc.core.errors import ImportedModelError
from logicjsc.frontend.importer import kind_of
from logicjsc.netlist import evaluate

SHAPES = {
    "logicnets": {},
    "wide": {"features": 9, "bits": 3, "layers": ((7, 2, 2), (6, 4, 1), (4, 6, 5))},
    "adder": {"features": 8, "bits": 2, "layers": ((12, 3, 3), (6, 2, 2), (3, 3, 4))},
    "bits": {"features": 14, "bits": 1, "layers": ((10, 6, 1), (3, 6, 1))},
}


def imported(path, **settings):
    return lj.import_model(path, kind="logicnets", **settings).tables


def bits_of(codes, width):
    return (codes[:, :, None] >> np.arange(width) & 1).reshape(len(codes), -1).astype(np.uint8)


@pytest.mark.parametrize("shape", SHAPES)
def test_networks_compute_what_their_tables_say(tmp_path, shape):
    network = CaseNetwork(1, **SHAPES[shape])
    folder = network.write(tmp_path / "v")
    netlist = imported(folder, input_bits=network.bits)
    codes = np.random.default_rng(2).integers(0, 1 << network.bits, (10_000, network.features))
    expected = network.compute(codes)
    assert (evaluate(netlist, codes) == expected).all()
    assert netlist.depth == len(network.layers)
    bits = bits_of(codes, network.bits)
    top = f"M{len(network.layers)}"
    found = by_yosys(folder, "logicnet", "M0", top, bits)
    assert (found == bits_of(expected, network.output_bits)).all()
    # One bit at a time is the same network.
    apart = imported(folder)
    assert (evaluate(apart, bits) == expected).all()


def test_registers_between_layers_are_left_out(tmp_path):
    network = CaseNetwork(3)
    plain = imported(network.write(tmp_path / "plain"), input_bits=2, name="same")
    model = network.write(tmp_path / "kept", registers=True) / "logicnet.v"
    kept = imported(model, input_bits=2, name="same")
    assert lj.Netlist(plain).digest == lj.Netlist(kept).digest
    # In one file, in any order of modules, with another top.
    texts = list(network.files(registers=True, top="other").values())
    single = tmp_path / "all.v"
    single.write_text("`timescale 1ns/1ps\n// a comment\n" + "\n".join(reversed(texts)))
    assert imported(single, input_bits=2, name="same").table_bits == plain.table_bits
    assert lj.Netlist(imported(single, input_bits=2, name="same")).digest == (
        lj.Netlist(plain).digest
    )


def test_slices_constants_and_swapped_bits_are_followed(tmp_path):
    text = """
module n0 (input [3:0] M0, output [2:0] M1);
reg [2:0] M1r;
assign M1 = M1r;
always @ (*) case (M0)
4'b0011: M1r = 3'b101;
4'b0011: M1r = 3'b000;
4'b1000: M1r = 3'b011;
default: M1r = 3'b110;
endcase
endmodule
module top (input [5:0] a, input [1:0] b, output [6:0] y);
wire [3:0] c = {b[0], a[2:1], 1'b1}, d;
assign d = {c[0], c[3:2], b[1]};
wire [2:0] e; /* declared
before */ n0 one (.M0(d), .M1(e));
n0 two (.M1(y[2:0]), .M0({e, a[5]}));
assign y[6:3] = {e[1:0], 2'h2};
endmodule
"""
    (tmp_path / "v").mkdir()
    (tmp_path / "v" / "top.v").write_text(text)
    netlist = imported(tmp_path / "v" / "top.v", output_bits=7)
    rows = np.arange(256)[:, None] >> np.arange(8) & 1

    def table(value):
        return np.where(value == 3, 5, np.where(value == 8, 3, 6))

    a, b = rows[:, :6], rows[:, 6:]
    c = [np.ones(256, int), a[:, 1], a[:, 2], b[:, 0]]
    e = table(b[:, 1] | c[2] << 1 | c[3] << 2 | c[0] << 3)
    y = table(e << 1 | a[:, 5]) | 2 << 3 | (e & 3) << 5
    assert (evaluate(netlist, rows)[:, 0] == y).all()
    by_bit = imported(tmp_path / "v" / "top.v")
    assert by_bit.outputs.size == 5  # the second neuron as a whole, then single bits
    yosys_input = text.replace("input [5:0] a, input [1:0] b", "input [7:0] ab").replace(
        "wire [3:0] c", "wire [5:0] a = ab[5:0]; wire [1:0] b = ab[7:6]; wire [3:0] c"
    )
    (tmp_path / "w").mkdir()
    (tmp_path / "w" / "top.v").write_text(yosys_input)
    found = by_yosys(tmp_path / "w", "top", "ab", "y", rows.astype(np.uint8))
    assert ((found.astype(int) << np.arange(7)).sum(axis=1) == y).all()


def test_the_whole_road(tmp_path, cache, monkeypatch):
    monkeypatch.setenv("LOGICJSC_CACHE", str(cache))
    folder = CaseNetwork(4).write(tmp_path / "v")
    net = lj.import_model(folder, kind="logicnets", input_bits=2, argmax=True)
    assert net.emit(tmp_path / "tables", argmax=True).verify().ok
    assert net.map("low").emit(tmp_path / "luts").verify().ok


def test_rows_that_are_missing_are_refused_or_zero(tmp_path):
    text = neuron_text("logicnet", 2, 1, [1, 1, 1, 1]).replace("\t\t\t2'b10: M1r = 1'b1;\n", "")
    file = tmp_path / "n.v"
    file.write_text(text)
    with pytest.raises(ImportedModelError, match=r"lists 3 of 4 rows and no default; .*= zero"):
        imported(file)
    netlist = imported(file, missing_rows="zero")
    rows = np.array([[0, 0], [1, 0], [0, 1], [1, 1]])
    assert evaluate(netlist, rows)[:, 0].tolist() == [1, 1, 0, 1]


N = neuron_text("n", 2, 1, [0, 1, 1, 0])
TOP = "module logicnet (input [1:0] M0, input clk, output [0:0] M1);\n{}\nendmodule\n"
BAD = {
    "empty": (b"", "is empty"),
    "page": (HTML_PAGE, "'<!DOCTYPE .* in line 1 is no module"),
    "latin": (b"module caf\xe9 ();endmodule", "is no file of Verilog: it is no UTF-8"),
    "blif": (b".model a\n.inputs x\n.outputs x\n.end\n", "is no module"),
    "truncated": (N[:-30], "line 1: module 'n' has no end; the file is truncated"),
    "module in module": ("module a;" * 300_000, "module 'a' has no end"),
    "open comments": ("/* " * 1_000_000, "it holds no module"),
    "open attributes": ("module a (" + "(*" * 1_000_000 + ") endmodule", "stands|ports"),
    "open cases": ("module a (); " + "case " * 300_000 + "endmodule", "'case' begins nothing"),
    "missing": (TOP.format("n one (.M0(M0), .M1(M1));"), "has no module 'n', which .* holds"),
    "adder": (N + TOP.format("assign M1 = M0[0] + M0[1];"), "line 15: .*'\\+' stands where ';'"),
    "loop": (TOP.format("assign M1 = M1;"), "module logicnet: M1 depends on itself"),
    "inside itself": (
        TOP.format("logicnet a (.M0(M0), .clk(clk), .M1(M1));"),
        "module logicnet is inside itself",
    ),
    "undriven": (TOP.format("wire x;\nassign M1 = x;"), "nothing drives x\\[0\\]"),
    "no output": (TOP.format(""), "nothing drives M1\\[0\\]"),
    "twice": (TOP.format("assign M1 = 1'b0;\nassign M1 = 1'b1;"), "M1\\[0\\] is driven twice"),
    "clock": (TOP.format("assign M1 = clk;"), "read a clock or reset"),
    "initial": (TOP.format("initial M1 = 0;"), "line 2: .*'initial' begins nothing that is known"),
    "function": (TOP.format("function f; endfunction"), "'function' begins nothing"),
    "unknown sign": (TOP.format("; assign M1 = 1'b0;"), "';' begins nothing"),
    "x": (TOP.format("assign M1 = 1'bx;"), "stands where|no number"),
    "slice": (TOP.format("assign M1 = M0[7];"), "M0\\[7:7\\] of a net of 2 bits"),
    "undeclared": (TOP.format("assign M1 = z;"), "'z' stands where a net that is declared"),
    "declared twice": (TOP.format("wire M1;"), "'M1' is declared twice"),
    "huge": (TOP.format("wire [999999999:0] w;"), "a net of 1,000,000,000 bits"),
    "widths": (TOP.format("assign M1 = M0;"), "1 bits are driven by 2"),
    "ports": (N + TOP.format("n a (.M0(M0));"), "line 15: .*other ports than M0, M1"),
    "port twice": (N + TOP.format("n a (.M0(M0), .M0(M0));"), "port 'M0' is connected twice"),
    "port width": (N + TOP.format("n a (.M0(M0[0]), .M1(M1));"), "1 bits at M0 of 2"),
    "row width": (N.replace("2'b10", "3'b010"), "a row .* of a case over 2 bits"),
    "row target": (N.replace("2'b10: M1r", "2'b10: M1"), "a row .* of a case over 2 bits"),
    "wide case": (N.replace("[1:0] M0", "[30:0] M0"), "which is no net of 1 to 24 bits"),
    "two modules": (N + N, "line 14: module 'n' is also in"),
    "two tops": (N + N.replace("module n", "module m"), "may be any of m, n; say which by top"),
    "deep sums": (TOP.format("wire [" + "1+" * 100_000 + "1:0] w;"), "nothing drives|is no net"),
    "many bits": (
        TOP.format("wire [999999:0] w;\n" + "assign w = w;\n" * 30_000),
        "it connects more than 20,000,000 bits",
    ),
    "latencies": (
        REGISTER
        + N
        + "module logicnet (input [1:0] M0, input clk, input rst, output M1);\nwire a;\n"
        + "myreg #(.DataWidth(1)) r (.data_in(M0[0]), .clk(clk), .rst(rst), .data_out(a));\n"
        + "n one (.M0({M0[1], a}), .M1(M1));\nendmodule\n",
        "lie behind different numbers of registers",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_what_is_no_such_verilog_is_refused_in_a_sentence(tmp_path, case):
    content, sentence = BAD[case]
    file = tmp_path / "network.v"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(ImportedModelError, match=sentence) as caught:
        imported(file)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 500


def test_files_are_known_by_their_suffix():
    assert kind_of(Path("network.V")) == "logicnets"


def test_settings_that_do_not_fit_are_refused(tmp_path):
    folder = CaseNetwork(5).write(tmp_path / "v")
    with pytest.raises(ImportedModelError, match="12 bits go in, which are no inputs of 5 bits"):
        imported(folder, input_bits=5)
    with pytest.raises(ImportedModelError, match="15 bits come out, which are no outputs of 4"):
        imported(folder, output_bits=4)
    with pytest.raises(ImportedModelError, match="has no module 'other'"):
        imported(folder, top="other")
    with pytest.raises(ImportedModelError, match=r"holds no file of Verilog \(\*.v\)"):
        imported(tmp_path)


def test_nested_copies_are_counted_before_they_are_made(tmp_path):
    """Eight levels of ten copies each would be a hundred million neurons."""
    text = [N.replace("module n ", "module m0 ")]
    for level in range(1, 9):
        copies = [f"wire w{i};\nm{level - 1} c{i} (.M0(M0), .M1(w{i}));" for i in range(10)]
        text.append(
            f"module m{level} (input [1:0] M0, output M1);\n" + "\n".join(copies) + "\n"
            "assign M1 = w0;\nendmodule\n"
        )
    file = tmp_path / "nested.v"
    file.write_text("\n".join(text))
    with pytest.raises(ImportedModelError, match="would take 100,000,000 nodes and 400,000,000"):
        imported(file)
    text[0] = "module m0 (input [1:0] M0, output M1);\nassign M1 = M0[0];\nendmodule"
    file.write_text("\n".join(text))
    with pytest.raises(ImportedModelError, match="its modules connect 666,666,663 bits; at most"):
        imported(file)
