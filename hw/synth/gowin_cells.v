// For Yosys: Lattice's LUTs and the multiplexers that join them, as Gowin's.
//
// Both families build LUTs of five and six inputs from those of four, so a circuit whose LUTs are
// instantiated for Lattice keeps its structure on Gowin. Run with -max_iter 1, because the two
// families' LUT4 share their name, not their ports.

module LUT4 (A, B, C, D, Z);
  parameter INIT = 16'h0000;
  input A, B, C, D;
  output Z;
  LUT4 #(.INIT(INIT)) lut (.I0(A), .I1(B), .I2(C), .I3(D), .F(Z));
endmodule

module PFUMX (ALUT, BLUT, C0, Z);
  input ALUT, BLUT, C0;
  output Z;
  MUX2_LUT5 mux (.I0(BLUT), .I1(ALUT), .S0(C0), .O(Z));
endmodule

module L6MUX21 (D0, D1, SD, Z);
  input D0, D1, SD;
  output Z;
  MUX2_LUT6 mux (.I0(D0), .I1(D1), .S0(SD), .O(Z));
endmodule
