// Puts a circuit that cannot wait between two AXI4-Streams that can.
//
// Every result has a place in this buffer before its input is let in: a place is promised when an
// input is accepted and free again once its result has left. However long the reader stalls, no
// result is lost, and the circuit itself needs no enable. With at least two places more than the
// circuit has register ranks, an input is accepted in every cycle while the reader does not stall.
//
// Results leave in the order in which they came. m_axis_tvalid stays until m_axis_tready answers,
// and m_axis_tdata does not change meanwhile.
//
// One of three copies, which vote: held is what its registers hold, and held_a, held_b and held_c are
// that of all three.
//
// The memory has no voters: what is wrong in it is outvoted further on, and goes when its place is
// written again.

module axi_stream_buffer #(
    parameter WIDTH = 1,       // bits of a result
    parameter DEPTH_BITS = 2   // the buffer has 2**DEPTH_BITS places
) (
    input  wire                    aclk,
    input  wire                    aresetn,
    input  wire                    s_axis_tvalid,
    output wire                    s_axis_tready,
    input  wire                    m_axis_tready,
    output wire                    m_axis_tvalid,
    output wire [       WIDTH-1:0] m_axis_tdata,
    output wire                    accepted,       // an input enters the circuit
    input  wire                    result_valid,   // a result leaves the circuit
    input  wire [       WIDTH-1:0] result,
    output wire [3*DEPTH_BITS+3:0] held,
    input  wire [3*DEPTH_BITS+3:0] held_a,
    input  wire [3*DEPTH_BITS+3:0] held_b,
    input  wire [3*DEPTH_BITS+3:0] held_c
);

  localparam [DEPTH_BITS:0] PLACES = {1'b1, {DEPTH_BITS{1'b0}}};
  localparam [DEPTH_BITS:0] NONE = {DEPTH_BITS + 1{1'b0}};
  localparam [DEPTH_BITS:0] ONE = {{DEPTH_BITS{1'b0}}, 1'b1};

  wire ready;                      // some place is free
  wire [DEPTH_BITS:0] free;        // places neither filled nor promised
  wire [DEPTH_BITS:0] write_next;  // one bit more than a place has: equal means empty
  wire [DEPTH_BITS:0] read_next;

  wire leaving = m_axis_tvalid & m_axis_tready;
  wire [DEPTH_BITS:0] free_next =
      free - (accepted ? ONE : NONE) + (leaving ? ONE : NONE);

  assign s_axis_tready = ready;
  assign accepted = s_axis_tvalid & ready;
  assign m_axis_tvalid = write_next != read_next;

  voted_register #(
      .WIDTH(1),
      .RESETS(1)
  ) readiness (
      .clk(aclk),
      .rst(~aresetn),
      .next(free_next != NONE),
      .value(ready),
      .held(held[0]),
      .held_a(held_a[0]),
      .held_b(held_b[0]),
      .held_c(held_c[0])
  );

  voted_register #(
      .WIDTH(DEPTH_BITS + 1),
      .RESETS(1),
      .CLEARED(PLACES)
  ) freedom (
      .clk(aclk),
      .rst(~aresetn),
      .next(free_next),
      .value(free),
      .held(held[DEPTH_BITS+1:1]),
      .held_a(held_a[DEPTH_BITS+1:1]),
      .held_b(held_b[DEPTH_BITS+1:1]),
      .held_c(held_c[DEPTH_BITS+1:1])
  );

  voted_register #(
      .WIDTH(DEPTH_BITS + 1),
      .RESETS(1)
  ) writing (
      .clk(aclk),
      .rst(~aresetn),
      .next(write_next + (result_valid ? ONE : NONE)),
      .value(write_next),
      .held(held[2*DEPTH_BITS+2:DEPTH_BITS+2]),
      .held_a(held_a[2*DEPTH_BITS+2:DEPTH_BITS+2]),
      .held_b(held_b[2*DEPTH_BITS+2:DEPTH_BITS+2]),
      .held_c(held_c[2*DEPTH_BITS+2:DEPTH_BITS+2])
  );

  voted_register #(
      .WIDTH(DEPTH_BITS + 1),
      .RESETS(1)
  ) reading (
      .clk(aclk),
      .rst(~aresetn),
      .next(read_next + (leaving ? ONE : NONE)),
      .value(read_next),
      .held(held[3*DEPTH_BITS+3:2*DEPTH_BITS+3]),
      .held_a(held_a[3*DEPTH_BITS+3:2*DEPTH_BITS+3]),
      .held_b(held_b[3*DEPTH_BITS+3:2*DEPTH_BITS+3]),
      .held_c(held_c[3*DEPTH_BITS+3:2*DEPTH_BITS+3])
  );

  reg [WIDTH-1:0] places[0:(1<<DEPTH_BITS)-1];

  assign m_axis_tdata = places[read_next[DEPTH_BITS-1:0]];

  always @(posedge aclk) begin
    if (result_valid) places[write_next[DEPTH_BITS-1:0]] <= result;
  end

endmodule
