from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
from reference.tiny_ends import text_of, tiny_netlist

from logicjsc.core.errors import CircuitError
from logicjsc.emit.verilog import CircuitOptions, write_circuit
from logicjsc.netlist import Decoder, evaluate

TEXT = """\
// Latency: 1 clock cycle; a new vector every cycle.
//
// in_codes:
//   [2:0] 3 bits  signed   g
//   [5:3] 3 bits  signed   q
//   [8:6] 3 bits  signed   t
// out_class: index of the class with the highest score; the lowest index wins a tie
//   0 g
//   1 q
//   2 t

module tiny_argmax (
    input  wire       clk,
    input  wire       rst,
    input  wire       in_valid,
    input  wire [8:0] in_codes,
    output wire       out_valid,
    output wire [1:0] out_class
);

  // For readers and tools; nothing in this module depends on it.
  // verilator lint_off UNUSEDPARAM
  localparam LATENCY_CYCLES = 1;
  // verilator lint_on UNUSEDPARAM

  // Level 1: 1 comparison.
  wire l1_0_right = $signed(in_codes[5:3]) > $signed(in_codes[2:0]);
  wire [2:0] l1_0_code = l1_0_right ? in_codes[5:3] : in_codes[2:0];
  wire [0:0] l1_0_class = l1_0_right;

  // Registers after level 1.
  wire [6:0] level1_d = {in_codes[8:6], l1_0_class, l1_0_code};
  wire [6:0] level1_q;
  wire level1_valid;
  pipeline_register #(
      .WIDTH(7)
  ) level1 (
      .clk(clk),
      .rst(rst),
      .in_valid(in_valid),
      .in_data(level1_d),
      .out_valid(level1_valid),
      .out_data(level1_q)
  );

  // Level 2: 1 comparison.
  wire l2_0_right = $signed(level1_q[6:4]) > $signed(level1_q[2:0]);
  wire [1:0] l2_0_class = {l2_0_right, l2_0_right ? 1'd0 : level1_q[3]};

  assign out_valid = level1_valid;
  assign out_class = l2_0_class;

endmodule
"""


def computed():
    """The tiny netlist with scores whose bits are no copies."""
    netlist = tiny_netlist()
    (layer,) = netlist.layers
    tables = np.random.default_rng(0).integers(0, 8, layer.tables.shape)
    return replace(netlist, layers=(replace(layer, tables=tables),))


def test_the_verilog_of_a_tiny_argmax(tmp_path):
    options = CircuitOptions(register_outputs=False, argmax=True)
    circuit = write_circuit(computed(), tmp_path / "c", options)
    assert text_of(circuit, "tiny_argmax.v") == TEXT


def test_of_scores_that_share_their_bits_the_class_is_a_table(tmp_path):
    circuit = write_circuit(tiny_netlist(), tmp_path / "c", CircuitOptions(argmax=True))
    text = text_of(circuit, "tiny_argmax.v")
    assert "  wire [4:0] shared = in_codes[4:0];" in text
    assert "$signed" not in text
    tables = [int(rows, 16) for rows in re.findall(r"INDEX_\d = 32'h(\w+);", text)]
    netlist = tiny_netlist()
    inputs = np.indices((4, 2, 4, 4)).reshape(4, -1).T
    codes = evaluate(netlist, inputs)
    rows = codes[:, 0] | (codes[:, 1] & 3) << 3
    index = sum(
        (np.array([table >> int(row) & 1 for row in rows]) << bit)
        for bit, table in enumerate(tables)
    )
    assert np.array_equal(index, netlist.decoder.classify(codes))


def test_unsigned_codes_are_compared_as_they_are(tmp_path):
    netlist = computed()
    (layer,) = netlist.layers
    decoder = Decoder(("g", "q", "t"), np.arange(8.0), signed=False)
    netlist = replace(netlist, layers=(replace(layer, signed=np.zeros(3, bool)),), decoder=decoder)
    circuit = write_circuit(netlist, tmp_path / "c", CircuitOptions(argmax=True))
    assert "wire l1_0_right = in_codes[5:3] > in_codes[2:0];" in text_of(circuit, "tiny_argmax.v")


def test_without_a_decoder_it_is_refused(tmp_path):
    netlist = replace(tiny_netlist(), decoder=None)
    with pytest.raises(CircuitError, match="does not say how outputs become classes"):
        write_circuit(netlist, tmp_path / "c", CircuitOptions(argmax=True))
    assert not (tmp_path / "c").exists()


def test_of_one_class_there_is_nothing_to_compare(tmp_path):
    netlist = tiny_netlist()
    decoder = Decoder(("g",), netlist.decoder.scores, signed=True)
    netlist = replace(netlist, outputs=np.array([4]), decoder=decoder)
    with pytest.raises(CircuitError, match="one class only"):
        write_circuit(netlist, tmp_path / "c", CircuitOptions(argmax=True))
