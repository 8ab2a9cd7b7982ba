from __future__ import annotations

from dataclasses import replace

import numpy as np
from reference.tiny_ends import text_of, tiny_netlist

from logicjsc.check import build_simulator
from logicjsc.check.ends import values_of
from logicjsc.check.formal.proof import prove_circuit
from logicjsc.dataset.fixed_point import FixedPoint
from logicjsc.emit.verilog import CircuitOptions, write_circuit
from logicjsc.netlist import Encoder, Netlist, TableLayer

TEXT = """\
// Latency: 1 clock cycle; a new vector every cycle.
//
// in_features:
//   [ 3: 0] 4 bits  signed   p, one step is 2**-1, ap_fixed<4,3>
//   [ 7: 4] 4 bits  unsigned q, one step is 2**0, ap_ufixed<4,4>
//   [11: 8] 4 bits  unsigned r, one step is 2**0, ap_ufixed<4,4>
// out_codes:
//   [1:0] 2 bits  signed   fine
//   [2:2] 1 bit   unsigned sign
//   [4:3] 2 bits  unsigned grid
//   [6:5] 2 bits  unsigned dead

module tiny_encoder (
    input  wire        clk,
    input  wire        rst,
    input  wire        in_valid,
    input  wire [11:0] in_features,
    output wire        out_valid,
    output wire [6:0]  out_codes
);

  // For readers and tools; nothing in this module depends on it.
  // verilator lint_off UNUSEDPARAM
  localparam LATENCY_CYCLES = 1;
  // verilator lint_on UNUSEDPARAM

  wire [4:0] codes;

  // p: signed 4-bit word, one step is 2**-1; 3 comparators.
  wire signed [3:0] w0 = in_features[3:0];
  wire w0_t0 = w0 >= -4'sd2;
  wire w0_t1 = w0 >= 4'sd0;
  wire w0_t2 = w0 >= 4'sd3;
  // fine: codes 2, 3, 0, 1
  assign codes[1:0] = {
      1'b1 ^ w0_t1,
      w0_t0 ^ w0_t1 ^ w0_t2
  };
  // sign: codes 1, 0
  assign codes[2] = 1'b1 ^ w0_t1;

  // q: unsigned 4-bit word, one step is 2**0; selection.
  wire [3:0] w1 = in_features[7:4];
  // grid: bits of the word from bit 2 up, codes 0 to 3
  assign codes[4:3] = w1[3:2];

  // Registers behind the comparators.
  wire [4:0] codes_d = codes;
  wire [4:0] codes_q;
  wire codes_valid;
  pipeline_register #(
      .WIDTH(5)
  ) codes_rank (
      .clk(clk),
      .rst(rst),
      .in_valid(in_valid),
      .in_data(codes_d),
      .out_valid(codes_valid),
      .out_data(codes_q)
  );

  assign out_codes[1:0] = codes_q[1:0];
  assign out_codes[2] = codes_q[2];
  assign out_codes[4:3] = codes_q[4:3];
  assign out_codes[6:5] = 2'd0;  // no output depends on dead
  assign out_valid = codes_valid;

  // Features, or bits of them, that no code depends on.
  // verilator lint_off UNUSEDSIGNAL
  wire _unused = ^{1'b0, w1[1:0], in_features[11:8]};
  // verilator lint_on UNUSEDSIGNAL

endmodule
"""


def test_the_verilog_of_a_tiny_encoder(tmp_path):
    circuit = write_circuit(tiny_netlist(), tmp_path / "c", CircuitOptions(encoder=True))
    assert text_of(circuit, "tiny_encoder.v") == TEXT


def test_the_manifest_says_what_each_feature_became(tmp_path):
    manifest = write_circuit(tiny_netlist(), tmp_path / "c", CircuitOptions(encoder=True)).manifest
    p, q, r = manifest.features
    assert (p.name, p.msb, p.lsb, p.signed, p.exponent) == ("p", 3, 0, True, -1)
    assert (p.kind, p.comparators, p.thresholds) == ("comparators", 3, (-2, 0, 3))
    assert (q.kind, q.comparators, q.thresholds) == ("selection", 0, (4, 8, 12))
    assert (r.kind, r.comparators, r.thresholds, r.lsb) == ("unused", 0, (), 8)
    assert [port.name for port in manifest.ports][3] == manifest.data_in == "in_features"


def test_a_bit_is_a_word_of_one_bit_between_wider_ones(tmp_path):
    words = FixedPoint((3, 1, 4), (0, 3, 0), (-4, 0, 0))
    options = CircuitOptions(encoder=True, words=words)
    text = text_of(write_circuit(tiny_netlist(), tmp_path / "c", options), "tiny_encoder.v")
    assert (
        "//   [2:0] 3 bits  signed   p, one step is 2**0, ap_fixed<3,3>\n"
        "//   [3:3] 1 bit   unsigned q, one step is 2**3, ap_ufixed<1,4>\n"
        "//   [7:4] 4 bits  unsigned r, one step is 2**0, ap_ufixed<4,4>\n"
    ) in text
    assert "wire signed [2:0] w0 = in_features[2:0];" in text
    assert "wire w0_t0 = w0 >= -3'sd1;" in text
    # Of 0 and 8, the upper one reaches the thresholds 4 and 8 at once.
    assert "wire [0:0] w1 = in_features[3];" in text
    assert "wire w1_t0 = w1 >= 1'd1;" in text
    assert "// grid: codes 0, 2\n" in text


def test_words_are_registered_if_inputs_are(tmp_path):
    options = CircuitOptions(0, register_inputs=True, register_outputs=False, encoder=True)
    circuit = write_circuit(tiny_netlist(), tmp_path / "c", options)
    text = text_of(circuit, "tiny_encoder.v")
    # The feature of the dead input gets no register.
    assert "wire [7:0] words_d = in_features[7:0];" in text
    assert "codes_q" not in text
    assert [block.latency_cycles for block in circuit.manifest.blocks] == [1, 0]


def test_an_encoder_of_which_nothing_is_needed(tmp_path):
    netlist = tiny_netlist()
    constant = TableLayer(
        "t",
        1,
        np.zeros((3, 0), int),
        np.array([[1], [2], [3]]),
        np.array([3, 3, 3]),
        np.array([True, True, True]),
    )
    options = CircuitOptions(register_inputs=True, encoder=True)
    circuit = write_circuit(replace(netlist, layers=(constant,)), tmp_path / "c", options)
    text = text_of(circuit, "tiny_encoder.v")
    assert {place.kind for place in circuit.manifest.features} == {"unused"}
    assert "assign out_codes[1:0] = 2'd0;  // no output depends on fine" in text
    assert ">=" not in text


def test_a_bit_that_changes_at_many_words(tmp_path, cache):
    """Past 32 terms one operator takes them all; no chain of them, which Yosys reads slowly."""
    words = FixedPoint.uniform(6, (0,), (-32,))
    thresholds = np.delete(np.arange(-31.0, 32.0), 40)  # else they were bits of the word
    # The lower bit changes at every threshold, the upper one at every second.
    codes = np.arange(63) // np.array([[1], [2]]) & 1
    encoder = Encoder(("x",), [0, 0], np.tile(thresholds, (2, 1)), codes, words=words)
    layer = TableLayer("t", 1, [[0, 1]], [[0, 1, 2, 3]], [2], [False])
    netlist = Netlist("steps", ("a", "b"), [1, 1], [False] * 2, (layer,), [2], encoder)
    circuit = write_circuit(netlist, tmp_path / "c", CircuitOptions(encoder=True))
    text = text_of(circuit, "steps_encoder.v")
    assert "  assign codes[0] = ^{w0_t0, w0_t1, w0_t2, w0_t3, w0_t4, w0_t5, w0_t6, w0_t7,\n" in text
    assert "w0_t56, w0_t57, w0_t58, w0_t59, w0_t60, w0_t61};\n" in text
    assert "  assign codes[1] = w0_t1 ^ w0_t3 ^ " in text
    assert prove_circuit(circuit).problems == ()
    patterns = np.arange(64)[:, None]
    made = build_simulator(circuit, cache, role="encoder").run(patterns)
    assert (made == encoder.encode(values_of(words, patterns))).all()
