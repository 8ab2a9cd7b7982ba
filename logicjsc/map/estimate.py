"""6-input LUTs estimated without mapping: what a tree of multiplexers would need."""

from __future__ import annotations

from logicjsc.map.lut_network import LUT_INPUTS
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
            total += bits * max(0, layer.fan_in - 1)
    return total


def luts_per_bit(address_bits: int) -> int:
    """LUTs of a multiplexer tree that reads one bit out of ``2**address_bits`` rows."""
    if address_bits <= LUT_INPUTS:
        return 1 if address_bits else 0
    sign = -1 if address_bits % 2 else 1
    return ((1 << (address_bits - 4)) - sign) // 3
