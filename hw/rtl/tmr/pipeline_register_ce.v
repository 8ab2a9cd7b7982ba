// One rank of pipeline registers with a clock enable: data and the valid bit that travels with it.
//
// While ce is 0, nothing moves and the outputs stay. Reset is synchronous, works whatever ce is, and
// clears the valid bit only; data without a valid bit means nothing.
//
// Every register is held three times and read by majority.

module pipeline_register_ce #(
    parameter WIDTH = 1
) (
    input  wire             clk,
    input  wire             rst,
    input  wire             ce,
    input  wire             in_valid,
    input  wire [WIDTH-1:0] in_data,
    output wire             out_valid,
    output wire [WIDTH-1:0] out_data
);

  voted_register #(
      .WIDTH(1),
      .RESETS(1)
  ) valid (
      .clk(clk),
      .rst(rst),
      .next(ce ? in_valid : out_valid),
      .value(out_valid)
  );

  voted_register #(
      .WIDTH(WIDTH),
      .RESETS(0)
  ) data (
      .clk(clk),
      .rst(1'b0),
      .next(ce ? in_data : out_data),
      .value(out_data)
  );

endmodule
