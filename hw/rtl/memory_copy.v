// One of the three copies that a voted memory holds; see register_copy on the attributes.

(* keep_hierarchy = "yes", dont_touch = "true", syn_hier = "hard" *)
module memory_copy #(
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

  reg [WIDTH-1:0] places[0:(1<<ADDRESS_BITS)-1];

  assign value = places[read_place];

  always @(posedge clk) begin
    if (write) places[write_place] <= data;
  end

endmodule
