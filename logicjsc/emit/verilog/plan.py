"""Which signal lives where: register ranks, and the segments between them.

Register ranks cut the network into segments. A signal is born in the segment of its stage and is
registered at every rank until the segment of its last reader, so values that meet in a node always
belong to the same vector.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from logicjsc.emit.hdl.options import CircuitOptions
from logicjsc.netlist import Netlist


@dataclass(frozen=True)
class Plan:
    """The register ranks of a circuit.

    Attributes:
        ranks_after: stage after which each rank stands.
        rank_signals: signals held by each rank, ascending.
        layer_reads: signals read by each layer, ascending.
    """

    ranks_after: tuple[int, ...]
    rank_signals: tuple[tuple[int, ...], ...]
    layer_reads: tuple[tuple[int, ...], ...]

    @property
    def latency_cycles(self) -> int:
        """Clock cycles from input to output: the number of ranks."""
        return len(self.ranks_after)

    def segment(self, stage: int) -> int:
        """Number of ranks before a stage."""
        return sum(after < stage for after in self.ranks_after)


def plan_circuit(netlist: Netlist, options: CircuitOptions) -> Plan:
    """Place the register ranks and find the signals that each must hold."""
    ranks_after = options.ranks_after(netlist.depth)
    reads = tuple(
        tuple(int(signal) for signal in np.unique(layer.inputs)) for layer in netlist.layers
    )
    empty = Plan(ranks_after, (), reads)
    born = np.array([empty.segment(int(stage)) for stage in netlist.stages])
    last_read = np.full(netlist.signals, -1)
    for layer, read in zip(netlist.layers, reads, strict=True):
        signals = list(read)
        last_read[signals] = np.maximum(last_read[signals], empty.segment(layer.stage))
    last_read[netlist.outputs] = len(ranks_after)
    rank_signals = tuple(
        tuple(int(signal) for signal in np.flatnonzero((born <= rank) & (last_read > rank)))
        for rank in range(len(ranks_after))
    )
    return Plan(ranks_after, rank_signals, reads)
