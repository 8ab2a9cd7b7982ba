// Puts several results side by side, the first one into the lowest bits, and gives them out as one.
//
// A batch is complete with its last place or with a result that comes with in_last; out_present has a
// one for every result in it, from the lowest bit up, and out_last is the in_last of its last one.
// Results are counted from reset on. Reset is synchronous. A result is taken where enable, in_valid
// and in_ready are 1, also in the cycle in which a batch leaves.
//
// Every register is held three times and read by majority.

module result_batch #(
    parameter WIDTH = 1,  // bits of a result
    parameter BATCH = 2   // results of a batch, two or more
) (
    input  wire                   clk,
    input  wire                   rst,
    input  wire                   enable,
    input  wire                   in_valid,
    output wire                   in_ready,
    input  wire [      WIDTH-1:0] in_data,
    input  wire                   in_last,
    output wire                   out_valid,
    input  wire                   out_ready,
    output wire [BATCH*WIDTH-1:0] out_data,
    output wire [      BATCH-1:0] out_present,
    output wire                   out_last
);

  wire complete;
  wire last;
  wire [BATCH-1:0] present;
  wire [BATCH*WIDTH-1:0] places;

  wire taken = enable & in_valid & in_ready;
  wire leaving = enable & complete & out_ready;
  wire [BATCH-2:0] earlier = complete ? {BATCH - 1{1'b0}} : present[BATCH-2:0];
  wire [BATCH-1:0] present_next = {earlier, 1'b1};
  wire [BATCH-1:0] place = present_next & ~{1'b0, earlier};

  assign in_ready = ~complete | out_ready;
  assign out_valid = complete;
  assign out_data = places;
  assign out_present = present;
  assign out_last = last;

  wire completed = in_last | present_next[BATCH-1];
  wire kept = complete & ~leaving;

  voted_register #(
      .WIDTH(1),
      .RESETS(1)
  ) completion (
      .clk(clk),
      .rst(rst),
      .next(taken ? completed : kept),
      .value(complete)
  );

  voted_register #(
      .WIDTH(BATCH),
      .RESETS(1)
  ) presence (
      .clk(clk),
      .rst(rst),
      .next(taken ? present_next : leaving ? {BATCH{1'b0}} : present),
      .value(present)
  );

  voted_register #(
      .WIDTH(1),
      .RESETS(0)
  ) ending (
      .clk(clk),
      .rst(1'b0),
      .next(taken ? in_last : last),
      .value(last)
  );

  wire [BATCH*WIDTH-1:0] places_next;

  genvar number;
  generate
    for (number = 0; number < BATCH; number = number + 1) begin : numbers
      assign places_next[WIDTH*number+:WIDTH] =
          taken & place[number] ? in_data : places[WIDTH*number+:WIDTH];
    end
  endgenerate

  voted_register #(
      .WIDTH(BATCH * WIDTH),
      .RESETS(0)
  ) results (
      .clk(clk),
      .rst(1'b0),
      .next(places_next),
      .value(places)
  );

endmodule
