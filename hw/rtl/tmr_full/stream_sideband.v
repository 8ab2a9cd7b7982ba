// Carries what belongs to a sample, but not through the circuit, from its beat to its result.
//
// Samples leave in the order in which they came, so this is a queue: written with every sample that
// enters the circuit, read with every result that leaves the buffer. It needs as many places as the
// buffer, which lets in no sample without a place. Reset is synchronous.
//
// One of three copies, which vote: held is what its registers hold, and held_a, held_b and held_c are
// that of all three.
//
// The memory has no voters: what is wrong in it is outvoted further on, and goes when its place is
// written again.

module stream_sideband #(
    parameter WIDTH = 1,       // bits of what is carried
    parameter DEPTH_BITS = 2   // there are 2**DEPTH_BITS places
) (
    input  wire                    clk,
    input  wire                    rst,
    input  wire                    accepted,  // a sample enters the circuit
    input  wire [       WIDTH-1:0] in_data,
    input  wire                    leaving,   // a result leaves the buffer
    output wire [       WIDTH-1:0] out_data,
    output wire [2*DEPTH_BITS-1:0] held,
    input  wire [2*DEPTH_BITS-1:0] held_a,
    input  wire [2*DEPTH_BITS-1:0] held_b,
    input  wire [2*DEPTH_BITS-1:0] held_c
);

  localparam [DEPTH_BITS-1:0] FIRST = {DEPTH_BITS{1'b0}};
  localparam [DEPTH_BITS:0] ONE = {{DEPTH_BITS{1'b0}}, 1'b1};

  wire [DEPTH_BITS-1:0] write_next;
  wire [DEPTH_BITS-1:0] read_next;

  voted_register #(
      .WIDTH(DEPTH_BITS),
      .RESETS(1)
  ) writing (
      .clk(clk),
      .rst(rst),
      .next(write_next + (accepted ? ONE[DEPTH_BITS-1:0] : FIRST)),
      .value(write_next),
      .held(held[DEPTH_BITS-1:0]),
      .held_a(held_a[DEPTH_BITS-1:0]),
      .held_b(held_b[DEPTH_BITS-1:0]),
      .held_c(held_c[DEPTH_BITS-1:0])
  );

  voted_register #(
      .WIDTH(DEPTH_BITS),
      .RESETS(1)
  ) reading (
      .clk(clk),
      .rst(rst),
      .next(read_next + (leaving ? ONE[DEPTH_BITS-1:0] : FIRST)),
      .value(read_next),
      .held(held[2*DEPTH_BITS-1:DEPTH_BITS]),
      .held_a(held_a[2*DEPTH_BITS-1:DEPTH_BITS]),
      .held_b(held_b[2*DEPTH_BITS-1:DEPTH_BITS]),
      .held_c(held_c[2*DEPTH_BITS-1:DEPTH_BITS])
  );

  reg [WIDTH-1:0] places[0:(1<<DEPTH_BITS)-1];

  assign out_data = places[read_next];

  always @(posedge clk) begin
    if (accepted) places[write_next] <= in_data;
  end

endmodule
