"""A circuit in VHDL-2008: the modules of its Verilog one by one, and ports with types."""
