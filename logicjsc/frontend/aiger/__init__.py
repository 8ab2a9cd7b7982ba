"""AIGER, the format of and-inverter graphs, in ASCII and in binary, without latches."""
