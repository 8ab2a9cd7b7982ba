// One rank of pipeline registers with a clock enable: data and the valid bit that travels with it.
//
// While ce is 0, nothing moves and the outputs stay. Reset is synchronous, works whatever ce is, and
// clears the valid bit only; data without a valid bit means nothing.
//
// One of three copies, which vote: held is what its registers hold, and held_a, held_b and held_c are
// that of all three.

module pipeline_register_ce #(
    parameter WIDTH = 1
) (
    input  wire             clk,
    input  wire             rst,
    input  wire             ce,
    input  wire             in_valid,
    input  wire [WIDTH-1:0] in_data,
    output wire             out_valid,
    output wire [WIDTH-1:0] out_data,
    output wire [  WIDTH:0] held,
    input  wire [  WIDTH:0] held_a,
    input  wire [  WIDTH:0] held_b,
    input  wire [  WIDTH:0] held_c
);

  voted_register #(
      .WIDTH(1),
      .RESETS(1)
  ) valid (
      .clk(clk),
      .rst(rst),
      .next(ce ? in_valid : out_valid),
      .value(out_valid),
      .held(held[0]),
      .held_a(held_a[0]),
      .held_b(held_b[0]),
      .held_c(held_c[0])
  );

  voted_register #(
      .WIDTH(WIDTH),
      .RESETS(0)
  ) data (
      .clk(clk),
      .rst(1'b0),
      .next(ce ? in_data : out_data),
      .value(out_data),
      .held(held[WIDTH:1]),
      .held_a(held_a[WIDTH:1]),
      .held_b(held_b[WIDTH:1]),
      .held_c(held_c[WIDTH:1])
  );

endmodule
