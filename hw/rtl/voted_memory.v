// A memory that is held three times and read by majority, so that a flipped bit changes nothing.
//
// A flipped bit stays until its place is written again.

module voted_memory #(
    parameter WIDTH = 1,
    parameter ADDRESS_BITS = 1
) (
    input  wire                    clk,
    input  wire                    write,
    input  wire [ADDRESS_BITS-1:0] write_place,
    input  wire [       WIDTH-1:0] data,
    input  wire [ADDRESS_BITS-1:0] read_place,
    output wire [       WIDTH-1:0] value
);

  wire [WIDTH-1:0] first;
  wire [WIDTH-1:0] second;
  wire [WIDTH-1:0] third;

  assign value = (first & second) | (first & third) | (second & third);

  memory_copy #(
      .WIDTH(WIDTH),
      .ADDRESS_BITS(ADDRESS_BITS)
  ) copy_a (
      .clk(clk),
      .write(write),
      .write_place(write_place),
      .data(data),
      .read_place(read_place),
      .value(first)
  );

  memory_copy #(
      .WIDTH(WIDTH),
      .ADDRESS_BITS(ADDRESS_BITS)
  ) copy_b (
      .clk(clk),
      .write(write),
      .write_place(write_place),
      .data(data),
      .read_place(read_place),
      .value(second)
  );

  memory_copy #(
      .WIDTH(WIDTH),
      .ADDRESS_BITS(ADDRESS_BITS)
  ) copy_c (
      .clk(clk),
      .write(write),
      .write_place(write_place),
      .data(data),
      .read_place(read_place),
      .value(third)
  );

endmodule
