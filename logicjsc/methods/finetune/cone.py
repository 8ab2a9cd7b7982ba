"""What lies behind one node of a netlist, as a netlist of its own."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from logicjsc.netlist import Netlist, TableLayer, evaluate
from logicjsc.netlist.layers import Array
from logicjsc.netlist.passes import live_signals, subset_layer


@dataclass(frozen=True, eq=False)
class Cone:
    """The nodes whose codes can change when one signal's do, and what they read.

    Attributes:
        netlist: these nodes; its inputs are ``sources``, its outputs the whole network's.
        sources: signals of the whole network that are read, int ``[sources]``.
        place: place of the signal among them.
        nodes: signals of the nodes, int ``[nodes]``, in their order in ``netlist``.
    """

    netlist: Netlist
    sources: Array
    place: int
    nodes: Array

    @classmethod
    def behind(cls, netlist: Netlist, signal: int) -> Cone:
        """The cone of a signal that reaches an output; nodes that reach none are left out."""
        live = live_signals(netlist)
        inside = np.zeros(netlist.signals, np.bool_)
        inside[signal] = True
        read = np.zeros(netlist.signals, np.bool_)
        read[netlist.outputs] = True
        for first, layer in zip(netlist.first_signals, netlist.layers, strict=True):
            own = slice(first, first + layer.nodes)
            inside[own] |= live[own] & inside[layer.inputs].any(axis=1)
            # The node itself may be among them; what it reads does not belong to its cone.
            behind = np.flatnonzero(inside[own])
            read[layer.inputs[behind[behind + first != signal]]] = True
        inside[signal] = False
        sources, nodes = np.flatnonzero(read & ~inside), np.flatnonzero(inside)
        renumbered = np.zeros(netlist.signals, np.int32)
        renumbered[sources] = np.arange(sources.size)
        renumbered[nodes] = sources.size + np.arange(nodes.size)
        layers = []
        for first, layer in zip(netlist.first_signals, netlist.layers, strict=True):
            kept = np.flatnonzero(inside[first : first + layer.nodes])
            if kept.size:
                layers.append(subset_layer(layer, kept, renumbered))
        inner = Netlist(
            name=netlist.name,
            input_names=tuple(netlist.node_name(int(source)) for source in sources),
            input_widths=netlist.widths[sources],
            input_signed=netlist.signed[sources],
            layers=tuple(layers),
            outputs=renumbered[netlist.outputs],
        )
        return cls(inner, sources, int(np.searchsorted(sources, signal)), nodes)

    def all_nodes(self, codes: Array) -> Array:
        """Codes of all nodes ``[samples, nodes]``, one node at least, of the sources' codes."""
        signals = np.arange(self.sources.size, self.netlist.signals)
        return evaluate(replace(self.netlist, outputs=signals), codes)


def find_node(netlist: Netlist, signal: int) -> tuple[int, int]:
    """Number of the layer that a signal comes from, and the node's place in it."""
    layer = int(np.searchsorted(netlist.first_signals, signal, side="right")) - 1
    return layer, signal - netlist.first_signals[layer]


def with_table(netlist: Netlist, signal: int, table: Array) -> Netlist:
    """The netlist with other contents, codes ``[rows]``, in the table that makes a signal."""
    number, node = find_node(netlist, signal)
    layer = netlist.layers[number]
    if not isinstance(layer, TableLayer):
        raise TypeError(f"{netlist.node_name(signal)} is no table")
    tables = layer.tables.copy()
    tables[node] = table
    layers = list(netlist.layers)
    layers[number] = replace(layer, tables=tables)
    return replace(netlist, layers=tuple(layers))
