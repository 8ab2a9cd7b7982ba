"""Networks of one-input tables and sums, trained directly and made smaller LUT by LUT.

A network has two layers of sums. Each hidden neuron adds one small table per edge from an input
code, the lowest bits of the sum are its code, and each class score adds one small table per edge
from a hidden code (KANELÉ, arXiv:2512.12850, and HGQ-LUT have this shape). Nothing stands for the
tables while they are trained: their quantised contents are what the forward pass reads and what the
netlist holds.
"""
