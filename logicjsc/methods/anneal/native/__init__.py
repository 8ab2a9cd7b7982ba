"""The compiled moves of an annealing."""
