"""Formal proof of a circuit's text: read by Yosys, compared with its netlist by ABC.

`reading` lets Yosys read the Verilog, `gates` is what it found, `registers` checks the ranks and
the valid bit, `reference` says what the netlist, its encoder and its decision compute, and `proof`
lets ABC compare the two.
"""
