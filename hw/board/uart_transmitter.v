// A UART transmitter: eight data bits, the lowest first, no parity, one stop bit.
//
// A byte is taken where in_valid and in_ready are 1.

module uart_transmitter #(
    parameter CLOCKS_PER_BIT = 217,
    parameter COUNT_BITS = 16
) (
    input  wire       clk,
    input  wire       rst,
    input  wire       in_valid,
    output wire       in_ready,
    input  wire [7:0] in_data,
    output wire       tx
);

  localparam [31:0] WHOLE = CLOCKS_PER_BIT - 1;

  reg [COUNT_BITS-1:0] left;  // clock cycles until the next bit
  reg [3:0] bits_left;
  reg [8:0] leaving;  // the bit on the line is the lowest

  wire now = left == {COUNT_BITS{1'b0}};

  assign in_ready = bits_left == 4'd0;
  assign tx = leaving[0] | in_ready;

  always @(posedge clk) begin
    if (rst) bits_left <= 4'd0;
    else if (in_ready) bits_left <= in_valid ? 4'd10 : 4'd0;
    else if (now) bits_left <= bits_left - 4'd1;
  end

  always @(posedge clk) begin
    if (in_ready | now) left <= WHOLE[COUNT_BITS-1:0];
    else left <= left - {{COUNT_BITS - 1{1'b0}}, 1'b1};
  end

  always @(posedge clk) begin
    if (in_ready) leaving <= {in_data, 1'b0};
    else if (now) leaving <= {1'b1, leaving[8:1]};
  end

endmodule
