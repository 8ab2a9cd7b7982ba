"""Methods that make a netlist from samples, one folder each."""
