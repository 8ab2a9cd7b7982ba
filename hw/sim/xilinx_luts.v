// FOR SIMULATION ONLY: what AMD's LUT1 to LUT6, LUT6_2 and CARRY4 do. Synthesis has cells of its own.
//
// Input I0 is the lowest bit of the index into INIT.

// verilator lint_off DECLFILENAME

module LUT1 #(
    parameter [1:0] INIT = 2'h0
) (
    input  wire I0,
    output wire O
);
  assign O = INIT[I0];
endmodule

module LUT2 #(
    parameter [3:0] INIT = 4'h0
) (
    input  wire I0,
    input  wire I1,
    output wire O
);
  wire [1:0] index = {I1, I0};
  assign O = INIT[index];
endmodule

module LUT3 #(
    parameter [7:0] INIT = 8'h0
) (
    input  wire I0,
    input  wire I1,
    input  wire I2,
    output wire O
);
  wire [2:0] index = {I2, I1, I0};
  assign O = INIT[index];
endmodule

module LUT4 #(
    parameter [15:0] INIT = 16'h0
) (
    input  wire I0,
    input  wire I1,
    input  wire I2,
    input  wire I3,
    output wire O
);
  wire [3:0] index = {I3, I2, I1, I0};
  assign O = INIT[index];
endmodule

module LUT5 #(
    parameter [31:0] INIT = 32'h0
) (
    input  wire I0,
    input  wire I1,
    input  wire I2,
    input  wire I3,
    input  wire I4,
    output wire O
);
  wire [4:0] index = {I4, I3, I2, I1, I0};
  assign O = INIT[index];
endmodule

module LUT6 #(
    parameter [63:0] INIT = 64'h0
) (
    input  wire I0,
    input  wire I1,
    input  wire I2,
    input  wire I3,
    input  wire I4,
    input  wire I5,
    output wire O
);
  wire [5:0] index = {I5, I4, I3, I2, I1, I0};
  assign O = INIT[index];
endmodule

// O5 looks up the lower half, whatever I5 is; with I5 at 1, O6 looks up the upper half.
module LUT6_2 #(
    parameter [63:0] INIT = 64'h0
) (
    input  wire I0,
    input  wire I1,
    input  wire I2,
    input  wire I3,
    input  wire I4,
    input  wire I5,
    output wire O5,
    output wire O6
);
  wire [5:0] index = {I5, I4, I3, I2, I1, I0};
  assign O5 = INIT[{1'b0, index[4:0]}];
  assign O6 = INIT[index];
endmodule

// The carry comes in at CI or at CYINIT; the other one is 0.
module CARRY4 (
    input  wire       CI,
    input  wire       CYINIT,
    input  wire [3:0] DI,
    input  wire [3:0] S,
    output wire [3:0] O,
    output wire [3:0] CO
);
  wire into0 = CI | CYINIT;
  wire into1 = S[0] ? into0 : DI[0];
  wire into2 = S[1] ? into1 : DI[1];
  wire into3 = S[2] ? into2 : DI[2];
  wire into4 = S[3] ? into3 : DI[3];
  assign CO = {into4, into3, into2, into1};
  assign O = S ^ {into3, into2, into1, into0};
endmodule

// verilator lint_on DECLFILENAME
