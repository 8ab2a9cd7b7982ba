"""Simplification: pure functions from netlist to netlist that keep the behaviour.

A pass keeps the output codes of every **reachable** input: of every combination of input codes
that the encoder makes of finite features if the netlist has one, else of every combination. Names,
widths and order of inputs and outputs, encoder, decoder and stages never change, so the ports, the
timing and the meaning of a circuit stay as they were. A pass that finds nothing returns the netlist
it was given.
"""

from logicjsc.netlist.passes.dead import drop_dead_nodes, live_signals, subset_layer
from logicjsc.netlist.passes.dont_cares import DontCares, apply_dont_cares
from logicjsc.netlist.passes.driver import (
    PROVENANCE_KEY,
    Effort,
    Measure,
    PassReport,
    run_pass,
    simplify,
)
from logicjsc.netlist.passes.local import drop_ignored_inputs, fold_constants
from logicjsc.netlist.passes.merge import merge_equal_nodes
from logicjsc.netlist.passes.narrow import narrow_signals
from logicjsc.netlist.passes.observed import observed_dont_cares
from logicjsc.netlist.passes.unreachable import unreachable_rows

__all__ = [
    "PROVENANCE_KEY",
    "DontCares",
    "Effort",
    "Measure",
    "PassReport",
    "apply_dont_cares",
    "drop_dead_nodes",
    "drop_ignored_inputs",
    "fold_constants",
    "live_signals",
    "merge_equal_nodes",
    "narrow_signals",
    "observed_dont_cares",
    "run_pass",
    "simplify",
    "subset_layer",
    "unreachable_rows",
]
