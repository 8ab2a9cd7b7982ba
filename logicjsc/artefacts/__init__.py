"""What a path stands for, its netlist, and the samples that belong to it."""
