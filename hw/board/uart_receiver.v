// A UART receiver: eight data bits, the lowest first, no parity, one stop bit.
//
// A byte is given out in the middle of its stop bit, for one cycle. A start bit that is no longer there
// in its middle, and a byte whose stop bit is 0, are left out.

module uart_receiver #(
    parameter CLOCKS_PER_BIT = 217,  // four or more
    parameter COUNT_BITS = 16        // enough to count one and a half bits
) (
    input  wire       clk,
    input  wire       rst,
    input  wire       rx,
    output reg        out_valid,
    output wire [7:0] out_data,
    output wire       busy
);

  localparam [31:0] WHOLE = CLOCKS_PER_BIT - 1;
  localparam [31:0] HALF = CLOCKS_PER_BIT / 2 - 1;

  reg [1:0] synchronised;  // the line, two registers after it came from elsewhere
  reg [COUNT_BITS-1:0] left;  // clock cycles until the next bit is read
  reg [3:0] bits_left;  // ten with a start bit, none while the line is idle
  reg [7:0] received;

  wire line = synchronised[1];
  wire now = left == {COUNT_BITS{1'b0}};

  assign busy = bits_left != 4'd0;
  assign out_data = received;

  always @(posedge clk) synchronised <= {synchronised[0], rx};

  always @(posedge clk) begin
    if (rst) begin
      bits_left <= 4'd0;
      out_valid <= 1'b0;
    end else begin
      out_valid <= busy & now & bits_left == 4'd1 & line;
      if (!busy) bits_left <= line ? 4'd0 : 4'd10;
      else if (now) bits_left <= (bits_left == 4'd10 & line) ? 4'd0 : bits_left - 4'd1;
    end
  end

  always @(posedge clk) begin
    if (!busy) left <= HALF[COUNT_BITS-1:0];
    else if (now) left <= WHOLE[COUNT_BITS-1:0];
    else left <= left - {{COUNT_BITS - 1{1'b0}}, 1'b1};
  end

  // The start bit is shifted out by the data; the stop bit is not kept.
  always @(posedge clk) begin
    if (busy & now & bits_left != 4'd1) received <= {line, received[7:1]};
  end

endmodule
