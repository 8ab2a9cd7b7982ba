from __future__ import annotations

import pytest
from reference.random_netlists import random_netlist

from logicjsc.check.synth.mapper import depth_between_registers, depth_of_segments, mapped_figures
from logicjsc.emit.verilog import CircuitOptions
from logicjsc.map.bits import bit_offsets
from logicjsc.map.mapper import map_netlist


class NaiveDepth:
    """Levels of signal bits on demand, one path at a time."""

    def __init__(self, mapped, ranks_after):
        self.netlist, self.networks = mapped.netlist, [layer.network for layer in mapped.layers]
        self.ranks_after = ranks_after
        self.offsets = bit_offsets(self.netlist.widths)

    def segment(self, stage):
        return sum(after < stage for after in self.ranks_after)

    def level(self, bit, reader):
        """LUTs between the last register before a bit and the bit, as a stage reads it."""
        netlist = self.netlist
        signal = next(s for s in range(netlist.signals) if self.offsets[s + 1] > bit)
        if signal < netlist.inputs:
            return 0
        number = max(n for n, first in enumerate(netlist.first_signals) if first <= signal)
        stage = netlist.layers[number].stage
        if self.segment(stage) != self.segment(reader):
            return 0
        own = self.offsets[netlist.first_signals[number]]
        return self.inside(number, self.networks[number].outputs[bit - own])

    def inside(self, number, source):
        network = self.networks[number]
        if source < 2:
            return 0
        if source < network.first_lut:
            return self.level(source - 2, self.netlist.layers[number].stage)
        inputs = network.luts[source - network.first_lut].inputs
        return 1 + max((self.inside(number, other) for other in inputs), default=0)

    def deepest(self):
        sources = [
            (number, output)
            for number, network in enumerate(self.networks)
            for output in network.outputs
        ]
        return max((self.inside(*source) for source in sources), default=0)


@pytest.mark.parametrize("seed", range(4))
def test_depth_between_registers_equals_the_naive_one(seed, tmp_path):
    netlist = random_netlist(seed, address_bits=8)
    mapped = map_netlist(netlist, effort="low", jobs=1, cache=tmp_path)
    for pipeline in (0, 1, 2, 3):
        ranks = CircuitOptions(pipeline).ranks_after(mapped.netlist.depth)
        assert depth_between_registers(mapped, ranks) == NaiveDepth(mapped, ranks).deepest()


def test_figures_add_up(tmp_path, monkeypatch):
    monkeypatch.setenv("LOGICJSC_CACHE", str(tmp_path))
    netlist = random_netlist(1)
    counts = {"ranks_after": (), "registers": 7, "latency_cycles": 3}
    network, layers = mapped_figures(netlist, effort="low", options=CircuitOptions(), **counts)
    timed, _ = mapped_figures(
        netlist, effort="low", options=CircuitOptions(clock_ps=900.0), **counts
    )
    assert (timed.lut, timed.depth) <= (network.lut, network.depth)
    assert network.lut == sum(layer.lut for layer in layers) == sum(network.cells.values()) > 0
    assert (network.ff, network.latency_cycles, network.flow) == (7, 3, "effort low")
    assert network.depth >= max(layer.depth for layer in layers)


@pytest.mark.parametrize(
    ("depth", "most", "expected"),
    [(7, 3, 3), (8, 3, 3), (9, 3, 3), (10, 3, 3), (7, 4, 4), (0, 2, 0)],
)
def test_depth_of_segments_placed_by_depth(depth, most, expected):
    assert depth_of_segments(depth, most) == expected
