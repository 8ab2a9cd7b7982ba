"""When neurons settle, with a register behind every layer, by the timing model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from logicjsc.map.bits import bit_offsets
from logicjsc.map.mapper import MappedNetlist
from logicjsc.map.timing.arrival import longest_path_and_times
from logicjsc.map.timing.delays import Delays


@dataclass(frozen=True)
class NodeTiming:
    """Estimated picoseconds from register to register.

    Attributes:
        nodes: shortest clock period of each node alone, by its signal: clock to output, LUTs, nets,
            and the setup of the register behind; none of nodes that are constant.
        layers: that of each layer, which is that of its slowest node.
        note: what these figures are, and how far they have been off elsewhere.
    """

    nodes: Mapping[int, float]
    layers: tuple[float, ...]
    note: str

    @property
    def period_ps(self) -> float:
        """The shortest clock period of the network."""
        return max(self.layers)

    def slack_ps(self, signal: int) -> float:
        """By how much a node is faster than the slowest one."""
        return self.period_ps - self.nodes[signal]


def node_timing(mapped: MappedNetlist, delays: Delays) -> NodeTiming:
    """Times of all nodes of a mapped netlist.

    Layers are looked at one by one, as their registers part them; a wire that leads past a layer
    counts no reader there.

    Raises:
        NetlistError: a carry chain starts from what is no chain's.
    """
    live, luts = mapped.netlist, mapped.luts
    offsets = bit_offsets(live.widths)
    last = delays.net.last_ps(luts) + delays.register.setup_ps
    nodes: dict[int, float] = {}
    layers = []
    for first, layer, area in zip(live.first_signals, live.layers, mapped.layers, strict=True):
        path, times = longest_path_and_times(area.network, delays, luts)
        layers.append(path.period_ps)
        outputs, start = area.network.outputs, offsets[first]
        for signal in range(first, first + layer.nodes):
            bits = outputs[offsets[signal] - start : offsets[signal + 1] - start]
            settled = max((times[bit] for bit in bits), default=-1.0)
            if settled >= 0:
                nodes[signal] = settled + last
    return NodeTiming(nodes, tuple(layers), delays.note)
