// Puts a circuit that cannot wait between two AXI4-Streams that can.
//
// Every result has a place in this buffer before its input is let in: a place is promised when an
// input is accepted and free again once its result has left. However long the reader stalls, no
// result is lost, and the circuit itself needs no enable. With at least two places more than the
// circuit has register ranks, an input is accepted in every cycle while the reader does not stall.
//
// Results leave in the order in which they came. m_axis_tvalid stays until m_axis_tready answers,
// and m_axis_tdata does not change meanwhile.

module axi_stream_buffer #(
    parameter WIDTH = 1,       // bits of a result
    parameter DEPTH_BITS = 2   // the buffer has 2**DEPTH_BITS places
) (
    input  wire             aclk,
    input  wire             aresetn,
    input  wire             s_axis_tvalid,
    output wire             s_axis_tready,
    input  wire             m_axis_tready,
    output wire             m_axis_tvalid,
    output wire [WIDTH-1:0] m_axis_tdata,
    output wire             accepted,      // an input enters the circuit
    input  wire             result_valid,  // a result leaves the circuit
    input  wire [WIDTH-1:0] result
);

  localparam [DEPTH_BITS:0] PLACES = {1'b1, {DEPTH_BITS{1'b0}}};
  localparam [DEPTH_BITS:0] NONE = {DEPTH_BITS + 1{1'b0}};
  localparam [DEPTH_BITS:0] ONE = {{DEPTH_BITS{1'b0}}, 1'b1};

  reg ready;                      // some place is free
  reg [DEPTH_BITS:0] free;        // places neither filled nor promised
  reg [DEPTH_BITS:0] write_next;  // one bit more than a place has: equal means empty
  reg [DEPTH_BITS:0] read_next;
  reg [WIDTH-1:0] places[0:(1<<DEPTH_BITS)-1];

  wire leaving = m_axis_tvalid & m_axis_tready;
  wire [DEPTH_BITS:0] free_next =
      free - (accepted ? ONE : NONE) + (leaving ? ONE : NONE);

  assign s_axis_tready = ready;
  assign accepted = s_axis_tvalid & ready;
  assign m_axis_tvalid = write_next != read_next;
  assign m_axis_tdata = places[read_next[DEPTH_BITS-1:0]];

  always @(posedge aclk) begin
    if (!aresetn) begin
      ready <= 1'b0;
      free <= PLACES;
      write_next <= NONE;
      read_next <= NONE;
    end else begin
      ready <= free_next != NONE;
      free <= free_next;
      if (result_valid) write_next <= write_next + ONE;
      if (leaving) read_next <= read_next + ONE;
    end
  end

  always @(posedge aclk) begin
    if (result_valid) places[write_next[DEPTH_BITS-1:0]] <= result;
  end

endmodule
