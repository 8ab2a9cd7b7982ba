// One of the three copies that a voted register holds.
//
// The attributes keep synthesis from merging the copies: Yosys and Vivado keep the hierarchy, Synplify
// and Quartus the registers. Reset is synchronous, and there is none if RESETS is 0.

(* keep_hierarchy = "yes", dont_touch = "true", syn_hier = "hard" *)
module register_copy #(
    parameter WIDTH = 1,
    parameter RESETS = 1,
    parameter [WIDTH-1:0] CLEARED = {WIDTH{1'b0}}  // value that a reset gives
) (
    input  wire             clk,
    input  wire             rst,
    input  wire [WIDTH-1:0] next,
    output wire [WIDTH-1:0] value
);

  (* keep = "true", preserve, dont_merge, syn_preserve = 1 *) reg [WIDTH-1:0] held;
  assign value = held;

  generate
    if (RESETS != 0) begin : resetting
      always @(posedge clk) begin
        if (rst) held <= CLEARED;
        else held <= next;
      end
    end else begin : free
      // verilator lint_off UNUSEDSIGNAL
      wire unused = rst;
      // verilator lint_on UNUSEDSIGNAL
      always @(posedge clk) begin
        held <= next;
      end
    end
  endgenerate

endmodule
