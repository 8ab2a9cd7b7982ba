// A register that is held three times and read by majority, so that a flipped bit changes nothing.
//
// All copies take the same next value in every cycle; whoever wants to keep the value feeds it back
// from the vote, so that a flipped bit lasts one cycle. Reset is synchronous, and there is none if
// RESETS is 0.

module voted_register #(
    parameter WIDTH = 1,
    parameter RESETS = 1,
    parameter [WIDTH-1:0] CLEARED = {WIDTH{1'b0}}  // value that a reset gives
) (
    input  wire             clk,
    input  wire             rst,
    input  wire [WIDTH-1:0] next,
    output wire [WIDTH-1:0] value
);

  wire [WIDTH-1:0] first;
  wire [WIDTH-1:0] second;
  wire [WIDTH-1:0] third;

  genvar place;
  generate
    for (place = 0; place < WIDTH; place = place + 1) begin : votes
      // Two that agree are right; else the third one agrees with one of them.
      assign value[place] = first[place] ^ second[place] ? third[place] : first[place];
    end
  endgenerate

  register_copy #(
      .WIDTH(WIDTH),
      .RESETS(RESETS),
      .CLEARED(CLEARED)
  ) copy_a (
      .clk(clk),
      .rst(rst),
      .next(next),
      .value(first)
  );

  register_copy #(
      .WIDTH(WIDTH),
      .RESETS(RESETS),
      .CLEARED(CLEARED)
  ) copy_b (
      .clk(clk),
      .rst(rst),
      .next(next),
      .value(second)
  );

  register_copy #(
      .WIDTH(WIDTH),
      .RESETS(RESETS),
      .CLEARED(CLEARED)
  ) copy_c (
      .clk(clk),
      .rst(rst),
      .next(next),
      .value(third)
  );

endmodule
