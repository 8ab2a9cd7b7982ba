// One rank of pipeline registers: data and the valid bit that travels with it.
//
// Reset is synchronous and clears the valid bit only. Data without a valid bit means nothing, so
// its registers need no reset, which saves routing and lets tools pack delays into shift registers.
//
// Every register is held three times and read by majority.

module pipeline_register #(
    parameter WIDTH = 1
) (
    input  wire             clk,
    input  wire             rst,
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
      .next(in_valid),
      .value(out_valid)
  );

  voted_register #(
      .WIDTH(WIDTH),
      .RESETS(0)
  ) data (
      .clk(clk),
      .rst(1'b0),
      .next(in_data),
      .value(out_data)
  );

endmodule
