"""Nodes that reach no output."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from logicjsc.netlist.ir import Netlist
from logicjsc.netlist.layers import Array, Layer, TableLayer


def drop_dead_nodes(netlist: Netlist) -> Netlist:
    """Remove the nodes that reach no output.

    All network inputs stay, and so do the stages, so that a pipeline keeps its shape; layers that
    become empty vanish. A netlist without dead nodes is returned as it is.
    """
    live = live_signals(netlist)
    if live[netlist.inputs :].all():
        return netlist
    keep = live.copy()
    keep[: netlist.inputs] = True
    # Places of removed signals are never read: whatever reads them is removed as well.
    renumbered = np.cumsum(keep, dtype=np.int32) - 1
    layers = []
    for first, layer in zip(netlist.first_signals, netlist.layers, strict=True):
        kept = np.flatnonzero(live[first : first + layer.nodes])
        if kept.size:
            layers.append(subset_layer(layer, kept, renumbered))
    return replace(netlist, layers=tuple(layers), outputs=renumbered[netlist.outputs])


def live_signals(netlist: Netlist) -> Array:
    """Whether each signal, inputs included, reaches an output: bool ``[signals]``."""
    live = np.zeros(netlist.signals, np.bool_)
    live[netlist.outputs] = True
    for first, layer in zip(reversed(netlist.first_signals), reversed(netlist.layers), strict=True):
        live[layer.inputs[live[first : first + layer.nodes]]] = True
    return live


def subset_layer(layer: Layer, kept: Array, renumbered: Array) -> Layer:
    """Some nodes of a layer.

    Args:
        layer: the layer.
        kept: their places in it.
        renumbered: new id of every signal that they read, by old id.
    """
    inputs = renumbered[layer.inputs[kept]]
    widths, signed = layer.widths[kept], layer.signed[kept]
    if isinstance(layer, TableLayer):
        return replace(
            layer, inputs=inputs, tables=layer.tables[kept], widths=widths, signed=signed
        )
    return replace(
        layer,
        inputs=inputs,
        shifts=layer.shifts[kept],
        negated=layer.negated[kept],
        offsets=layer.offsets[kept],
        widths=widths,
        signed=signed,
        wraps=layer.wraps[kept],
    )
