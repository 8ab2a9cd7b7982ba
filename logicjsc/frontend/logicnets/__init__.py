"""Verilog of one ``case`` per neuron, as LogicNets and its relatives write it."""
