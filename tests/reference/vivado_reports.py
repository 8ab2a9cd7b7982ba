"""Report texts in the form in which Vivado prints them; the figures are made up."""

from __future__ import annotations

HEAD = """Copyright 1986-2022 Xilinx, Inc. All Rights Reserved.
------------------------------------------------------------------------------------
| Tool Version : Vivado v.2022.2 (lin64) Build 3671981 Fri Oct 14 04:59:54 MDT 2022
| Command      : report
| Device       : xcvu9p-flgb2104-2-i
------------------------------------------------------------------------------------
"""


def utilization(luts, registers, *, memory=0, block_ram=0, star=""):
    """``report_utilization`` of an UltraScale+ device; before placement LUTs have a star."""
    return f"""{HEAD}
Utilization Design Information

1. CLB Logic
------------

+----------------------------+------+-------+------------+-----------+-------+
|          Site Type         | Used | Fixed | Prohibited | Available | Util% |
+----------------------------+------+-------+------------+-----------+-------+
| CLB LUTs{star:<18}  | {luts:>4} |     0 |          0 |   1182240 |  0.02 |
|   LUT as Logic             | {luts - memory:>4} |     0 |          0 |   1182240 |  0.02 |
|   LUT as Memory            | {memory:>4} |     0 |          0 |    591840 |  0.00 |
| CLB Registers              | {registers:>4} |     0 |          0 |   2364480 |  0.01 |
|   Register as Flip Flop    | {registers:>4} |     0 |          0 |   2364480 |  0.01 |
|   Register as Latch        |    0 |     0 |          0 |   2364480 |  0.00 |
| CARRY8                     |    0 |     0 |          0 |    147780 |  0.00 |
| F7 Muxes                   |   12 |     0 |          0 |    591120 | <0.01 |
+----------------------------+------+-------+------------+-----------+-------+

3. BLOCKRAM
-----------

+-------------------+------+-------+------------+-----------+-------+
|     Site Type     | Used | Fixed | Prohibited | Available | Util% |
+-------------------+------+-------+------------+-----------+-------+
| Block RAM Tile    | {block_ram:>4} |     0 |          0 |      2160 |  0.00 |
| URAM              |    0 |     0 |          0 |       960 |  0.00 |
+-------------------+------+-------+------------+-----------+-------+
"""


def timing(slack, period):
    """``report_timing_summary``."""
    return f"""{HEAD}
Timing Summary Report

------------------------------------------------------------------------------------------------
| Design Timing Summary
| ---------------------
------------------------------------------------------------------------------------------------

    WNS(ns)      TNS(ns)  TNS Failing Endpoints  TNS Total Endpoints      WHS(ns)      THS(ns)
    -------      -------  ---------------------  -------------------      -------      -------
{slack:>11}        0.000                      0                  341        0.043        0.000


All user specified timing constraints are met.


------------------------------------------------------------------------------------------------
| Clock Summary
| -------------
------------------------------------------------------------------------------------------------

Clock  Waveform(ns)         Period(ns)      Frequency(MHz)
-----  ------------         ----------      --------------
clock  {{0.000 {period / 2:.3f}}}        {period:.3f}           {1000 / period:.3f}


------------------------------------------------------------------------------------------------
| Intra Clock Table
| -----------------
------------------------------------------------------------------------------------------------

Clock             WNS(ns)      TNS(ns)  TNS Failing Endpoints  TNS Total Endpoints
-----             -------      -------  ---------------------  -------------------
clock               9.999        0.000                      0                  341
"""
