"""Lattice's LUT cells as Gowin's: the same function, proven by Yosys."""

from __future__ import annotations

import shutil

import pytest

from logicjsc.check.synth.programs import find_yosys
from logicjsc.core.errors import ToolFailedError
from logicjsc.core.files import shipped

DESIGN = """
module top (input [5:0] x, output y);
  wire [3:0] q;
  wire [1:0] h;
  genvar n;
  generate
    for (n = 0; n < 4; n = n + 1) begin : quarters
      LUT4 #(.INIT(16'h8d21 + n * 16'h1357)) lut (
          .A(x[0]), .B(x[1]), .C(x[2]), .D(x[3]), .Z(q[n]));
    end
  endgenerate
  PFUMX low (.ALUT(q[1]), .BLUT(q[0]), .C0(x[4]), .Z(h[0]));
  PFUMX high (.ALUT(q[3]), .BLUT(q[2]), .C0(x[4]), .Z(h[1]));
  L6MUX21 mux (.D0(h[0]), .D1(h[1]), .SD(x[5]), .Z(y));
endmodule
"""

SCRIPT = """
read_verilog lattice_luts.v
read_verilog top.v
hierarchy -top top
proc
flatten
rename top gold
design -stash gold
read_verilog top.v
hierarchy -top top
techmap -max_iter 1 -map gowin_cells.v t:LUT4 t:PFUMX t:L6MUX21 %u %u
select -assert-count 4 t:LUT4
select -assert-count 2 t:MUX2_LUT5
select -assert-count 1 t:MUX2_LUT6
read_verilog +/gowin/cells_sim.v
hierarchy -top top
proc
flatten
rename top gate
design -copy-from gold gold
miter -equiv -flatten gold gate both
sat -verify -prove trigger 0 both
"""


def run(folder, change=("", "")):
    for path in (shipped("hw", "sim", "lattice_luts.v"), shipped("hw", "synth", "gowin_cells.v")):
        shutil.copyfile(path, folder / path.name)
    cells = folder / "gowin_cells.v"
    cells.write_text(cells.read_text().replace(*change))
    (folder / "top.v").write_text(DESIGN)
    (folder / "prove.ys").write_text(SCRIPT)
    find_yosys().run(["prove.ys"], timeout=120, cwd=folder)


def test_a_lut_of_six_inputs_keeps_its_function(tmp_path):
    run(tmp_path)


def test_exchanged_inputs_would_be_found(tmp_path):
    with pytest.raises(ToolFailedError):
        run(tmp_path, (".I0(D0), .I1(D1)", ".I0(D1), .I1(D0)"))
