// FOR SIMULATION ONLY: what Lattice's LUT4, PFUMX and L6MUX21 (ECP5) do. Synthesis has cells of its
// own.
//
// Input A is the lowest bit of the index into INIT.

// verilator lint_off DECLFILENAME

module LUT4 #(
    parameter [15:0] INIT = 16'h0
) (
    input  wire A,
    input  wire B,
    input  wire C,
    input  wire D,
    output wire Z
);
  wire [3:0] index = {D, C, B, A};
  assign Z = INIT[index];
endmodule

module PFUMX (
    input  wire ALUT,
    input  wire BLUT,
    input  wire C0,
    output wire Z
);
  assign Z = C0 ? ALUT : BLUT;
endmodule

module L6MUX21 (
    input  wire D0,
    input  wire D1,
    input  wire SD,
    output wire Z
);
  assign Z = SD ? D1 : D0;
endmodule

// verilator lint_on DECLFILENAME
