// For Yosys: a constant indexed by up to six bits is the LUT that the mapper wrote, and stays one.
//
// Without this rule Yosys takes the LUTs apart and searches again. Variables beginning with
// _TECHMAP_ are filled in by Yosys.

(* techmap_celltype = "$shiftx" *)
module logicjsc_lut (A, B, Y);
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

  wire _TECHMAP_FAIL_ = Y_WIDTH != 1 || B_WIDTH > 6 || A_WIDTH != 1 << B_WIDTH
      || &_TECHMAP_CONSTMSK_A_ != 1'b1;

  generate
    case (B_WIDTH)
      1: LUT1 #(.INIT(_TECHMAP_CONSTVAL_A_)) lut (.O(Y), .I0(B[0]));
      2: LUT2 #(.INIT(_TECHMAP_CONSTVAL_A_)) lut (.O(Y), .I0(B[0]), .I1(B[1]));
      3: LUT3 #(.INIT(_TECHMAP_CONSTVAL_A_)) lut (.O(Y), .I0(B[0]), .I1(B[1]), .I2(B[2]));
      4: LUT4 #(.INIT(_TECHMAP_CONSTVAL_A_)) lut (
          .O(Y), .I0(B[0]), .I1(B[1]), .I2(B[2]), .I3(B[3]));
      5: LUT5 #(.INIT(_TECHMAP_CONSTVAL_A_)) lut (
          .O(Y), .I0(B[0]), .I1(B[1]), .I2(B[2]), .I3(B[3]), .I4(B[4]));
      6: LUT6 #(.INIT(_TECHMAP_CONSTVAL_A_)) lut (
          .O(Y), .I0(B[0]), .I1(B[1]), .I2(B[2]), .I3(B[3]), .I4(B[4]), .I5(B[5]));
    endcase
  endgenerate

endmodule
