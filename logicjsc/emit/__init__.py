"""Netlists as circuits and programs: Verilog, C, and the ends around a network."""
