from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from reference.tiny_ends import text_of, tiny_netlist

from logicjsc.core.errors import CircuitError
from logicjsc.emit.ends.threshold_verilog import threshold_module
from logicjsc.emit.verilog import CircuitOptions, write_circuit
from logicjsc.netlist import Decoder

TEXT = """\
// Latency: 1 clock cycle; a new vector every cycle.
//
// in_codes:
//   [2:0] 3 bits  signed   g
//   [5:3] 3 bits  signed   q
//   [8:6] 3 bits  signed   t
// out_class: 1 for a label that applies
//   [0] g
//   [1] q
//   [2] t

module tiny_threshold (
    input  wire       clk,
    input  wire       rst,
    input  wire       in_valid,
    input  wire [8:0] in_codes,
    output wire       out_valid,
    output wire [2:0] out_class
);

  // For readers and tools; nothing in this module depends on it.
  // verilator lint_off UNUSEDPARAM
  localparam LATENCY_CYCLES = 1;
  // verilator lint_on UNUSEDPARAM

  wire [2:0] reached;
  assign reached[0] = $signed(in_codes[2:0]) >= 3'sd2;  // g
  assign reached[1] = $signed(in_codes[5:3]) >= -3'sd3;  // q
  assign reached[2] = $signed(in_codes[8:6]) >= 3'sd0;  // t

  // Registers before the outputs.
  wire [2:0] decided_d = reached;
  wire [2:0] decided_q;
  wire decided_valid;
  pipeline_register #(
      .WIDTH(3)
  ) decided (
      .clk(clk),
      .rst(rst),
      .in_valid(in_valid),
      .in_data(decided_d),
      .out_valid(decided_valid),
      .out_data(decided_q)
  );

  assign out_valid = decided_valid;
  assign out_class = decided_q;

endmodule
"""


def with_labels(thresholds, *, signed=True):
    """The tiny netlist, whose scores are its codes' values, with a threshold for each."""
    netlist = tiny_netlist()
    (layer,) = netlist.layers
    scores = netlist.decoder.scores if signed else np.arange(8.0)
    return replace(
        netlist,
        layers=(replace(layer, signed=np.full(3, signed)),),
        decoder=Decoder(("g", "q", "t"), scores, signed, "labels", thresholds),
    )


def written(netlist, folder, **options):
    circuit = write_circuit(netlist, folder / "c", CircuitOptions(argmax=True, **options))
    return circuit, text_of(circuit, "tiny_threshold.v")


def test_the_verilog_of_tiny_thresholds(tmp_path):
    circuit, text = written(with_labels((1.5, -3, -0.25)), tmp_path)
    assert text == TEXT
    assert circuit.manifest.target == {
        "kind": "labels",
        "names": ["g", "q", "t"],
        "thresholds": [1.5, -3, -0.25],
        "code_thresholds": [2, -3, 0],
    }
    assert circuit.manifest.data_out == "out_class"
    network, block = circuit.manifest.blocks
    assert (network.role, block.role, block.module) == ("network", "threshold", "tiny_threshold")
    assert (block.in_width, block.out_width, block.latency_cycles, block.ff) == (9, 3, 1, 4)
    top = text_of(circuit, "tiny.v")
    assert "//   [1] q\n" in top
    assert "  // Scores to yes or no.\n" in top


def test_without_registers_there_is_no_clock(tmp_path):
    _, text = written(with_labels((1.5, -3, 0)), tmp_path, register_outputs=False)
    assert "clk" not in text
    assert "LATENCY_CYCLES = 0;" in text
    assert "assign out_valid = in_valid;\n  assign out_class = reached;\n" in text


def test_unsigned_codes_are_compared_as_they_are(tmp_path):
    _, text = written(with_labels((1.5, 7, 3), signed=False), tmp_path)
    assert "assign reached[0] = in_codes[2:0] >= 3'd2;  // g" in text
    assert "assign reached[1] = in_codes[5:3] >= 3'd7;  // q" in text
    assert "signed(" not in text


@pytest.mark.parametrize(("signed", "lowest", "highest"), [(True, -4.0, 3.0), (False, 0.0, 7.0)])
def test_what_every_score_reaches_or_none_is_a_constant(tmp_path, signed, lowest, highest):
    above = float(np.nextafter(np.float32(highest), np.float32(99)))
    _, text = written(with_labels((lowest, 1, above), signed=signed), tmp_path)
    assert "assign reached[0] = 1'b1;  // g" in text
    assert "assign reached[2] = 1'b0;  // t" in text
    # Scores that nothing depends on are read all the same, so that linters stay quiet.
    assert "wire _unused = ^{1'b0, in_codes[2:0], in_codes[8:6]};" in text
    _, text = written(with_labels((lowest + 1, 1, highest), signed=signed), tmp_path)
    assert "1'b" not in text


def test_a_binary_target_is_one_comparison_with_a_name_for_either_answer(tmp_path):
    netlist = tiny_netlist()
    decoder = Decoder(("benign", "malignant"), netlist.decoder.scores, True, "binary", (0.5,))
    netlist = replace(netlist, outputs=netlist.outputs[:1], decoder=decoder)
    _, text = written(netlist, tmp_path)
    assert "// out_class: 1 for malignant, 0 for benign\n" in text
    assert "assign reached[0] = $signed(in_codes) >= 3'sd1;  // malignant" in text
    assert "output wire [0:0] out_class" in text


def test_names_cannot_end_a_comment(tmp_path):
    netlist = tiny_netlist()
    names = ("a\nendmodule", "größe", "*/ b")
    decoder = Decoder(names, netlist.decoder.scores, True, "labels", (0, 1, 2))
    circuit, text = written(replace(netlist, decoder=decoder), tmp_path)
    assert text.isascii()
    assert text.count("\nendmodule") == 1
    assert circuit.top_file.read_bytes().isascii()


@pytest.mark.parametrize("decoder", [None, tiny_netlist().decoder])
def test_without_thresholds_it_is_refused(decoder):
    netlist = replace(tiny_netlist(), decoder=decoder)
    with pytest.raises(CircuitError, match="'tiny' has no thresholds to compare scores with"):
        threshold_module("t", netlist, CircuitOptions(argmax=True), "0" * 64)
