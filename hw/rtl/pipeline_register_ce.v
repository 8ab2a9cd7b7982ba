// One rank of pipeline registers with a clock enable: data and the valid bit that travels with it.
//
// While ce is 0, nothing moves and the outputs stay. Reset is synchronous, works whatever ce is, and
// clears the valid bit only; data without a valid bit means nothing.

module pipeline_register_ce #(
    parameter WIDTH = 1
) (
    input  wire             clk,
    input  wire             rst,
    input  wire             ce,
    input  wire             in_valid,
    input  wire [WIDTH-1:0] in_data,
    output reg              out_valid,
    output reg  [WIDTH-1:0] out_data
);

  always @(posedge clk) begin
    if (rst) out_valid <= 1'b0;
    else if (ce) out_valid <= in_valid;
  end

  always @(posedge clk) begin
    if (ce) out_data <= in_data;
  end

endmodule
