// For Yosys: a constant indexed by its whole address is a table, and becomes one.
//
// Yosys' own rule for indexing builds a shifter as wide as the constant; a table of 12 address bits
// then takes gigabytes. Variables beginning with _TECHMAP_ are filled in by Yosys.

(* techmap_celltype = "$shiftx" *)
module logicjsc_table (A, B, Y);
  parameter A_SIGNED = 0;
  parameter B_SIGNED = 0;
  parameter A_WIDTH = 1;
  parameter B_WIDTH = 1;
  parameter Y_WIDTH = 1;
  parameter _TECHMAP_CONSTMSK_A_ = 0;
  parameter _TECHMAP_CONSTVAL_A_ = 0;

  input [A_WIDTH-1:0] A;
  input [B_WIDTH-1:0] B;
  output [Y_WIDTH-1:0] Y;

  wire _TECHMAP_FAIL_ =
      Y_WIDTH != 1 || A_WIDTH != 1 << B_WIDTH || &_TECHMAP_CONSTMSK_A_ != 1'b1;

  \$lut #(
      .WIDTH(B_WIDTH),
      .LUT(_TECHMAP_CONSTVAL_A_)
  ) lut (
      .A(B),
      .Y(Y)
  );

endmodule
