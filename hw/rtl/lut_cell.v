// One look-up table of up to six inputs, for tools of any vendor.
//
// Output is bit in of TABLE. The hierarchy of every instance is kept, so synthesis leaves each table
// the single cell that it is. To use a vendor's own cell, put it in place of the assignment.

(* keep_hierarchy = "yes" *)
module lut_cell #(
    parameter INPUTS = 6,
    parameter [(1<<INPUTS)-1:0] TABLE = 0
) (
    input  wire [INPUTS-1:0] in,
    output wire              out
);

  assign out = TABLE[in];

endmodule
