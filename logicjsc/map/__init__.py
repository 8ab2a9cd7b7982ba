"""Netlist to 6-input LUTs: search, proof, and the mapped network."""
