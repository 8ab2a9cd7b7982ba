// Puts a sample together that comes in several beats, the first one into the lowest bits.
//
// Beats are counted from reset on. All but the last are stored; the last passes through, so that a
// sample enters the circuit together with its last beat and costs no cycle more. Reset is
// synchronous. A beat is taken where enable, in_valid and in_ready are 1; in_ready does not depend on
// in_valid.
//
// One of three copies, which vote: held is what its registers hold, and held_a, held_b and held_c are
// that of all three.

module beat_collector #(
    parameter WIDTH = 1,  // bits of a beat
    parameter BEATS = 2   // beats of a sample, two or more
) (
    input  wire                           clk,
    input  wire                           rst,
    input  wire                           enable,
    input  wire                           in_valid,
    output wire                           in_ready,
    input  wire [              WIDTH-1:0] in_data,
    output wire                           out_valid,
    input  wire                           out_ready,
    output wire [        BEATS*WIDTH-1:0] out_data,
    output wire [(BEATS-1)*(WIDTH+1)-1:0] held,
    input  wire [(BEATS-1)*(WIDTH+1)-1:0] held_a,
    input  wire [(BEATS-1)*(WIDTH+1)-1:0] held_b,
    input  wire [(BEATS-1)*(WIDTH+1)-1:0] held_c
);

  wire [BEATS-2:0] filled;  // a one, from the lowest bit up, for every beat that is stored
  wire [(BEATS-1)*WIDTH-1:0] stored;

  wire [BEATS-1:0] filled_next = {filled, 1'b1};
  wire last = filled_next[BEATS-1];
  wire taken = enable & in_valid & in_ready;

  assign in_ready = ~last | out_ready;
  assign out_valid = in_valid & last;
  assign out_data = {in_data, stored};

  wire [BEATS-2:0] counted = last ? {BEATS - 1{1'b0}} : filled_next[BEATS-2:0];

  voted_register #(
      .WIDTH(BEATS - 1),
      .RESETS(1)
  ) counter (
      .clk(clk),
      .rst(rst),
      .next(taken ? counted : filled),
      .value(filled),
      .held(held[BEATS-2:0]),
      .held_a(held_a[BEATS-2:0]),
      .held_b(held_b[BEATS-2:0]),
      .held_c(held_c[BEATS-2:0])
  );

  voted_register #(
      .WIDTH((BEATS - 1) * WIDTH),
      .RESETS(0)
  ) beats (
      .clk(clk),
      .rst(1'b0),
      .next(taken ? out_data[BEATS*WIDTH-1:WIDTH] : stored),
      .value(stored),
      .held(held[(BEATS-1)*(WIDTH+1)-1:BEATS-1]),
      .held_a(held_a[(BEATS-1)*(WIDTH+1)-1:BEATS-1]),
      .held_b(held_b[(BEATS-1)*(WIDTH+1)-1:BEATS-1]),
      .held_c(held_c[(BEATS-1)*(WIDTH+1)-1:BEATS-1])
  );

endmodule
