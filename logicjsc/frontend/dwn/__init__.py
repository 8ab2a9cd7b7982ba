"""Differentiable weightless networks: thermometers, learned wires, tables, counts."""
