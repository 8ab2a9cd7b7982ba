from __future__ import annotations

from reference.tiny_ends import text_of, tiny_netlist

from logicjsc.emit.verilog import CircuitOptions, write_circuit

STREAM = """\
// Latency: 3 clock cycles; a new vector every cycle.
// AXI4-Stream on both sides: a result waits as long as its reader wants.
// Byte 0 of tdata is its lowest eight bits.
//
// s_axis_tdata:
//   [ 3: 0] 4 bits  signed   p, one step is 2**-1, ap_fixed<4,3>
//   [ 7: 4] 4 bits  unsigned q, one step is 2**0, ap_ufixed<4,4>
//   [11: 8] 4 bits  unsigned r, one step is 2**0, ap_ufixed<4,4>
// m_axis_tdata: index of the class with the highest score; the lowest index wins a tie
//   0 g
//   1 q
//   2 t

module tiny (
    input  wire        aclk,
    input  wire        aresetn,
    input  wire        s_axis_tvalid,
    output wire        s_axis_tready,
    input  wire [15:0] s_axis_tdata,
    output wire        m_axis_tvalid,
    input  wire        m_axis_tready,
    output wire [7:0]  m_axis_tdata
);

  // For readers and tools; nothing in this module depends on it.
  // verilator lint_off UNUSEDPARAM
  localparam LATENCY_CYCLES = 3;
  // verilator lint_on UNUSEDPARAM

  // Padding up to whole bytes.
  // verilator lint_off UNUSEDSIGNAL
  wire _unused = ^{1'b0, s_axis_tdata[15:12]};
  // verilator lint_on UNUSEDSIGNAL

  wire accepted;
  wire result_valid;
  wire [1:0] result;
  tiny_chain circuit (
      .clk(aclk),
      .rst(~aresetn),
      .in_valid(accepted),
      .in_features(s_axis_tdata[11:0]),
      .out_valid(result_valid),
      .out_class(result)
  );

  wire [1:0] waiting;
  axi_stream_buffer #(
      .WIDTH(2),
      .DEPTH_BITS(2)
  ) stream_buffer (
      .aclk(aclk),
      .aresetn(aresetn),
      .s_axis_tvalid(s_axis_tvalid),
      .s_axis_tready(s_axis_tready),
      .m_axis_tvalid(m_axis_tvalid),
      .m_axis_tready(m_axis_tready),
      .m_axis_tdata(waiting),
      .accepted(accepted),
      .result_valid(result_valid),
      .result(result)
  );

  assign m_axis_tdata = {6'd0, waiting};

endmodule
"""


def test_the_verilog_of_a_tiny_stream(tmp_path):
    options = CircuitOptions(register_outputs=False, argmax=True, encoder=True, axi_stream=True)
    circuit = write_circuit(tiny_netlist(), tmp_path / "c", options)
    assert text_of(circuit, "tiny.v") == STREAM


def test_a_chain_joins_its_blocks_in_order(tmp_path):
    options = CircuitOptions(0, register_outputs=True, argmax=True, encoder=True)
    text = text_of(write_circuit(tiny_netlist(), tmp_path / "c", options), "tiny.v")
    # Only the last block has a register, so only that one has a clock.
    assert text.count(".clk(clk)") == 1
    assert ".in_valid(in_valid),\n      .in_features(in_features)," in text
    assert ".in_valid(encoder_valid),\n      .in_codes(encoder_data)," in text
    assert ".in_valid(network_valid),\n      .in_codes(network_data)," in text
    assert "assign out_class = argmax_data;" in text
