"""Tables as LUTs by Shannon expansion, without a mapper; sums are left to adders."""

from __future__ import annotations

import numpy as np

from logicjsc.map.lut_network import CONSTANTS, Lut, LutNetwork
from logicjsc.netlist import Netlist, SumLayer
from logicjsc.netlist.passes import drop_dead_nodes

MULTIPLEXER = 0b11001010


def naive_luts(netlist: Netlist, lut_inputs: int = 6) -> list[LutNetwork | None]:
    """LUTs of every layer of the netlist without dead nodes; None for sums.

    Equal LUTs of a layer are shared, output bits may be constants, wires, or each other.
    """
    live = drop_dead_nodes(netlist)
    offsets = [0, *np.cumsum(live.widths, dtype=int).tolist()]
    return [
        None
        if isinstance(layer, SumLayer)
        else _Layer(offsets[first], lut_inputs).network(live, layer, offsets)
        for first, layer in zip(live.first_signals, live.layers, strict=True)
    ]


class _Layer:
    def __init__(self, inputs: int, lut_inputs: int) -> None:
        self.inputs = inputs
        self.lut_inputs = lut_inputs
        self.luts: dict[Lut, int] = {}

    def network(self, netlist, layer, offsets) -> LutNetwork:
        outputs = []
        for node, table in enumerate(layer.tables):
            bits = [
                CONSTANTS + offsets[source] + bit
                for source in layer.inputs[node][::-1]
                for bit in range(int(netlist.widths[source]))
            ]
            columns = (
                [int(code) >> bit & 1 for code in table] for bit in range(layer.widths[node])
            )
            outputs += [self.build(column, bits) for column in columns]
        return LutNetwork(self.inputs, tuple(self.luts), tuple(outputs))

    def build(self, column: list[int], bits: list[int]) -> int:
        for place in reversed(range(len(bits))):
            halves = [[v for r, v in enumerate(column) if r >> place & 1 == h] for h in (0, 1)]
            if halves[0] == halves[1]:
                return self.build(halves[0], bits[:place] + bits[place + 1 :])
        if not bits:
            return column[0]
        if column == [0, 1]:
            return bits[0]
        if len(bits) <= self.lut_inputs:
            return self.lut(tuple(bits), sum(v << r for r, v in enumerate(column)))
        half = len(column) // 2
        low, high = self.build(column[:half], bits[:-1]), self.build(column[half:], bits[:-1])
        return self.lut((low, high, bits[-1]), MULTIPLEXER)

    def lut(self, inputs: tuple[int, ...], table: int) -> int:
        key = Lut(inputs, table)
        return self.luts.setdefault(key, CONSTANTS + self.inputs + len(self.luts))
