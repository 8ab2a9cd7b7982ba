// For Yosys: AMD's LUT cells as logic again, to be mapped anew.
//
// Input I0 is the lowest bit of the index into INIT. Of LUT6_2, output O5 looks up the lower half.

module LUT1 (O, I0);
  parameter [1:0] INIT = 0;
  output O;
  input I0;
  \$lut #(.WIDTH(1), .LUT(INIT)) lut (.A({I0}), .Y(O));
endmodule

module LUT2 (O, I0, I1);
  parameter [3:0] INIT = 0;
  output O;
  input I0;
  input I1;
  \$lut #(.WIDTH(2), .LUT(INIT)) lut (.A({I1, I0}), .Y(O));
endmodule

module LUT3 (O, I0, I1, I2);
  parameter [7:0] INIT = 0;
  output O;
  input I0;
  input I1;
  input I2;
  \$lut #(.WIDTH(3), .LUT(INIT)) lut (.A({I2, I1, I0}), .Y(O));
endmodule

module LUT4 (O, I0, I1, I2, I3);
  parameter [15:0] INIT = 0;
  output O;
  input I0;
  input I1;
  input I2;
  input I3;
  \$lut #(.WIDTH(4), .LUT(INIT)) lut (.A({I3, I2, I1, I0}), .Y(O));
endmodule

module LUT5 (O, I0, I1, I2, I3, I4);
  parameter [31:0] INIT = 0;
  output O;
  input I0;
  input I1;
  input I2;
  input I3;
  input I4;
  \$lut #(.WIDTH(5), .LUT(INIT)) lut (.A({I4, I3, I2, I1, I0}), .Y(O));
endmodule

module LUT6 (O, I0, I1, I2, I3, I4, I5);
  parameter [63:0] INIT = 0;
  output O;
  input I0;
  input I1;
  input I2;
  input I3;
  input I4;
  input I5;
  \$lut #(.WIDTH(6), .LUT(INIT)) lut (.A({I5, I4, I3, I2, I1, I0}), .Y(O));
endmodule

module LUT6_2 (O5, O6, I0, I1, I2, I3, I4, I5);
  parameter [63:0] INIT = 0;
  output O5, O6;
  input I0, I1, I2, I3, I4, I5;
  \$lut #(.WIDTH(5), .LUT(INIT[31:0])) lower (.A({I4, I3, I2, I1, I0}), .Y(O5));
  \$lut #(.WIDTH(6), .LUT(INIT)) upper (.A({I5, I4, I3, I2, I1, I0}), .Y(O6));
endmodule
