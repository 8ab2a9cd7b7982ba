"""Circuits: a netlist as Verilog, with its port map and registers."""

from logicjsc.emit.hdl.options import CircuitOptions
from logicjsc.emit.verilog.circuit import Circuit, load_circuit, write_circuit
from logicjsc.emit.verilog.manifest import Manifest

__all__ = ["Circuit", "CircuitOptions", "Manifest", "load_circuit", "write_circuit"]
