// Puts several results side by side, the first one into the lowest bits, and gives them out as one.
//
// A batch is complete with its last place or with a result that comes with in_last; out_present has a
// one for every result in it, from the lowest bit up, and out_last is the in_last of its last one.
// Results are counted from reset on. Reset is synchronous. A result is taken where enable, in_valid
// and in_ready are 1, also in the cycle in which a batch leaves.

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

  reg complete;
  reg last;
  reg [BATCH-1:0] present;
  reg [BATCH*WIDTH-1:0] places;

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

  always @(posedge clk) begin
    if (rst) begin
      complete <= 1'b0;
      present <= {BATCH{1'b0}};
    end else if (taken) begin
      complete <= in_last | present_next[BATCH-1];
      present <= present_next;
    end else if (leaving) begin
      complete <= 1'b0;
      present <= {BATCH{1'b0}};
    end
  end

  always @(posedge clk) begin
    if (taken) last <= in_last;
  end

  genvar number;
  generate
    for (number = 0; number < BATCH; number = number + 1) begin : numbers
      always @(posedge clk) begin
        if (taken & place[number]) places[WIDTH*number+:WIDTH] <= in_data;
      end
    end
  endgenerate

endmodule
