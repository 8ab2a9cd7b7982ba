"""Known tasks, one folder each: where their samples come from, names, published results."""
