"""Rungs for the C of a network: compiled for this processor, and compared with the netlist."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from logicjsc.check.rung import Clock, Rung
from logicjsc.emit.c.fast_network import FastNetwork
from logicjsc.netlist import Netlist, evaluate
from logicjsc.netlist.layers import Array


def library_rungs(
    netlist: Netlist, network: FastNetwork, vectors: Mapping[str, Array]
) -> Iterator[Rung]:
    """Yield each rung as it is done.

    Args:
        netlist: the golden model.
        network: the compiled C.
        vectors: input codes ``[vectors, inputs]`` by what they are.
    """
    clock = Clock()
    for name, codes in vectors.items():
        expected = evaluate(netlist, codes)
        yield clock.rung(f"netlist = C library, {name}", expected, network.evaluate(codes))
