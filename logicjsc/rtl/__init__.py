"""Circuits: a netlist as Verilog, with its port map and registers."""

from logicjsc.rtl.circuit import Circuit, load_circuit, write_circuit
from logicjsc.rtl.manifest import Manifest
from logicjsc.rtl.options import CircuitOptions

__all__ = ["Circuit", "CircuitOptions", "Manifest", "load_circuit", "write_circuit"]
