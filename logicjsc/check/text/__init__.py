"""The emitted Verilog read back from its text."""
