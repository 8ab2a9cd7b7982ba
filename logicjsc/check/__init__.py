"""Verification: circuits in simulation, compared with the netlist they stand for."""

from logicjsc.check.simulator import Simulator, build_simulator

__all__ = ["Simulator", "build_simulator"]
