// Carries what belongs to a sample, but not through the circuit, from its beat to its result.
//
// Samples leave in the order in which they came, so this is a queue: written with every sample that
// enters the circuit, read with every result that leaves the buffer. It needs as many places as the
// buffer, which lets in no sample without a place. Reset is synchronous.
//
// Every register is held three times and read by majority.

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

  wire [DEPTH_BITS-1:0] write_next;
  wire [DEPTH_BITS-1:0] read_next;

  voted_register #(
      .WIDTH(DEPTH_BITS),
      .RESETS(1)
  ) writing (
      .clk(clk),
      .rst(rst),
      .next(write_next + (accepted ? ONE[DEPTH_BITS-1:0] : FIRST)),
      .value(write_next)
  );

  voted_register #(
      .WIDTH(DEPTH_BITS),
      .RESETS(1)
  ) reading (
      .clk(clk),
      .rst(rst),
      .next(read_next + (leaving ? ONE[DEPTH_BITS-1:0] : FIRST)),
      .value(read_next)
  );

  voted_memory #(
      .WIDTH(WIDTH),
      .ADDRESS_BITS(DEPTH_BITS)
  ) memory (
      .clk(clk),
      .write(accepted),
      .write_place(write_next),
      .data(in_data),
      .read_place(read_next),
      .value(out_data)
  );

endmodule
