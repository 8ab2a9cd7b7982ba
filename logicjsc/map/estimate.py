"""6-input LUTs estimated without mapping: what a tree of multiplexers would need."""

from __future__ import annotations

from logicjsc.map.sums import luts_per_bit, sum_nodes, wires_of
from logicjsc.netlist import Netlist, TableLayer
from logicjsc.netlist.passes import simplify


def estimate_luts(netlist: Netlist) -> int:
    """6-input LUTs for a network, as LogicNets counts them, after the cheap exact passes.

    Dead nodes, ignored inputs and constants are dropped and equal nodes merged first
    (`simplify` with low effort). Every output bit of a table of ``n`` address bits then counts
    ``(2**(n - 4) - (-1)**n) / 3`` LUTs (Umuroglu et al., arXiv:2004.03021, section IV), the LUTs
    of a multiplexer tree over all its rows, and one LUT up to six bits. A sum counts one LUT per
    output bit and addition. It is a bound, not a forecast: logic that a mapper finds is not seen.
    """
    small, _ = simplify(netlist, "low")
    total = 0
    for layer in small.layers:
        bits = int(layer.widths.sum())
        if isinstance(layer, TableLayer):
            total += bits * luts_per_bit(layer.address_bits)
        else:
            total += sum(
                node.width * max(0, len(node.terms) - 1)
                for node in sum_nodes(small, layer)
                if wires_of(node) is None
            )
    return total
