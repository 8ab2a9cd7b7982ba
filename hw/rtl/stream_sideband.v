// Carries what belongs to a sample, but not through the circuit, from its beat to its result.
//
// Samples leave in the order in which they came, so this is a queue: written with every sample that
// enters the circuit, read with every result that leaves the buffer. It needs as many places as the
// buffer, which lets in no sample without a place. Reset is synchronous.

module stream_sideband #(
    parameter WIDTH = 1,       // bits of what is carried
    parameter DEPTH_BITS = 2   // there are 2**DEPTH_BITS places
) (
    input  wire             clk,
    input  wire             rst,
    input  wire             accepted,  // a sample enters the circuit
    input  wire [WIDTH-1:0] in_data,
    input  wire             leaving,   // a result leaves the buffer
    output wire [WIDTH-1:0] out_data
);

  localparam [DEPTH_BITS-1:0] FIRST = {DEPTH_BITS{1'b0}};
  localparam [DEPTH_BITS:0] ONE = {{DEPTH_BITS{1'b0}}, 1'b1};

  reg [DEPTH_BITS-1:0] write_next;
  reg [DEPTH_BITS-1:0] read_next;
  reg [WIDTH-1:0] places[0:(1<<DEPTH_BITS)-1];

  assign out_data = places[read_next];

  always @(posedge clk) begin
    if (rst) begin
      write_next <= FIRST;
      read_next <= FIRST;
    end else begin
      if (accepted) write_next <= write_next + ONE[DEPTH_BITS-1:0];
      if (leaving) read_next <= read_next + ONE[DEPTH_BITS-1:0];
    end
  end

  always @(posedge clk) begin
    if (accepted) places[write_next] <= in_data;
  end

endmodule
