"""Studies: many runs from one file, over a grid or by a sampler, on any number of machines."""
