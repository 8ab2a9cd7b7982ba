// Bytes from a UART become samples for a circuit, and its results become bytes.
//
// A sample is SAMPLE_BYTES bytes and a result RESULT_BYTES bytes, the lowest one first; bits above the
// sample are left out, bits above the result are 0. If the line is idle for 2**IDLE_BITS cycles, the
// bytes of an incomplete sample are forgotten, so that a host that waits so long begins anew. Results
// wait in a queue of 15 places: whoever has no more than 15 samples on the way loses none.

module uart_loopback #(
    parameter CLOCKS_PER_BIT = 217,
    parameter IDLE_BITS = 22,
    parameter SAMPLE_BITS = 8,
    parameter SAMPLE_BYTES = 1,
    parameter RESULT_BITS = 1,
    parameter RESULT_BYTES = 1
) (
    input  wire                   clk,
    input  wire                   rst,
    input  wire                   rx,
    output wire                   tx,
    output reg                    sample_valid,
    output wire [SAMPLE_BITS-1:0] sample,
    input  wire                   result_valid,
    input  wire [RESULT_BITS-1:0] result
);

  localparam [3:0] PLACE = 4'd1;

  wire byte_valid;
  wire [7:0] byte_data;
  wire busy;

  uart_receiver #(
      .CLOCKS_PER_BIT(CLOCKS_PER_BIT)
  ) receiver (
      .clk(clk),
      .rst(rst),
      .rx(rx),
      .out_valid(byte_valid),
      .out_data(byte_data),
      .busy(busy)
  );

  // Bytes enter at the top; a one for every byte of the sample that has come.
  reg [8*SAMPLE_BYTES-1:0] bytes;
  reg [SAMPLE_BYTES-1:0] filled;
  wire [8*SAMPLE_BYTES+7:0] bytes_next = {byte_data, bytes};
  wire [SAMPLE_BYTES:0] filled_next = {filled, 1'b1};
  reg [IDLE_BITS:0] idle;

  assign sample = bytes[SAMPLE_BITS-1:0];

  always @(posedge clk) begin
    if (rst | busy | byte_valid) idle <= {IDLE_BITS + 1{1'b0}};
    else if (!idle[IDLE_BITS]) idle <= idle + {{IDLE_BITS{1'b0}}, 1'b1};
  end

  always @(posedge clk) begin
    if (rst | idle[IDLE_BITS]) filled <= {SAMPLE_BYTES{1'b0}};
    else if (byte_valid)
      filled <= filled_next[SAMPLE_BYTES-1] ? {SAMPLE_BYTES{1'b0}} : filled_next[SAMPLE_BYTES-1:0];
  end

  always @(posedge clk) begin
    if (rst) sample_valid <= 1'b0;
    else sample_valid <= byte_valid & filled_next[SAMPLE_BYTES-1];
  end

  always @(posedge clk) begin
    if (byte_valid) bytes <= bytes_next[8*SAMPLE_BYTES+7:8];
  end

  // Results wait; the one that is sent is shifted out byte by byte.
  reg [RESULT_BITS-1:0] places[0:15];
  reg [3:0] write_next;
  reg [3:0] read_next;
  reg [8*RESULT_BYTES-1:0] leaving;
  reg [RESULT_BYTES-1:0] bytes_left;  // a one for every byte that is still to be sent
  wire some = write_next != read_next;
  wire sending = bytes_left[0];
  wire ready;
  wire [RESULT_BITS-1:0] waiting = places[read_next];
  wire [8*RESULT_BYTES+7:0] leaving_next = {8'd0, leaving};
  wire [RESULT_BYTES:0] left_next = {1'b0, bytes_left};

  always @(posedge clk) begin
    if (rst) begin
      write_next <= 4'd0;
      read_next <= 4'd0;
      bytes_left <= {RESULT_BYTES{1'b0}};
    end else begin
      if (result_valid) write_next <= write_next + PLACE;
      if (!sending & some) begin
        read_next <= read_next + PLACE;
        bytes_left <= {RESULT_BYTES{1'b1}};
      end else if (sending & ready) bytes_left <= left_next[RESULT_BYTES:1];
    end
  end

  always @(posedge clk) begin
    if (result_valid) places[write_next] <= result;
  end

  wire [8*RESULT_BYTES+RESULT_BITS-1:0] padded = {{8 * RESULT_BYTES{1'b0}}, waiting};

  always @(posedge clk) begin
    if (!sending) leaving <= padded[8*RESULT_BYTES-1:0];
    else if (ready) leaving <= leaving_next[8*RESULT_BYTES+7:8];
  end

  uart_transmitter #(
      .CLOCKS_PER_BIT(CLOCKS_PER_BIT)
  ) transmitter (
      .clk(clk),
      .rst(rst),
      .in_valid(sending),
      .in_ready(ready),
      .in_data(leaving[7:0]),
      .tx(tx)
  );

  // Bits above the sample, above the padding, and below what was shifted out.
  // verilator lint_off UNUSEDSIGNAL
  wire _unused = &{
    1'b0, bytes, bytes_next[7:0], filled_next, padded, leaving_next[7:0], left_next[0]
  };
  // verilator lint_on UNUSEDSIGNAL

endmodule
