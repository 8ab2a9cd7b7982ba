"""Circuits: a netlist as Verilog, with its port map and registers."""

from logicjsc.emit.verilog.circuit import Circuit, load_circuit, write_circuit
from logicjsc.emit.verilog.manifest import Manifest
from logicjsc.emit.verilog.options import CircuitOptions

__all__ = ["Circuit", "CircuitOptions", "Manifest", "load_circuit", "write_circuit"]
