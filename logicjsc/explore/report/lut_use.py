"""Who needs the LUTs of a mapped network: its features, and its nodes."""

from __future__ import annotations

from dataclasses import dataclass

from logicjsc.map.bits import bit_offsets
from logicjsc.map.lut_network import CONSTANTS
from logicjsc.map.mapper import MappedNetlist
from logicjsc.netlist import Netlist


@dataclass(frozen=True)
class LutUse:
    """LUTs by feature, or by input where there is no encoder.

    Attributes:
        names: of the features.
        shares: LUTs of each, if every LUT is divided evenly among the features that it depends on.
        depending: LUTs that depend on each.
        luts: all LUTs, gates of carry chains not counted; those that depend on nothing belong to
            no feature.
    """

    names: tuple[str, ...]
    shares: tuple[float, ...]
    depending: tuple[int, ...]
    luts: int


def lut_use(netlist: Netlist, mapped: MappedNetlist) -> LutUse:
    """The LUTs of a netlist by feature."""
    live = mapped.netlist
    encoder = netlist.encoder
    names = netlist.input_names if encoder is None else encoder.feature_names
    places = range(live.inputs) if encoder is None else encoder.features.tolist()
    # A set of features is a whole number with a bit for each.
    bits = [
        1 << place
        for place, width in zip(places, live.input_widths.tolist(), strict=True)
        for _ in range(width)
    ]
    shares, depending, luts = [0.0] * len(names), [0] * len(names), 0
    for layer in mapped.layers:
        signals = [0] * CONSTANTS + bits
        for lut in layer.network.luts:
            own = 0
            for source in lut.inputs:
                own |= signals[source]
            signals.append(own)
            if lut.carry:
                continue
            luts += 1
            of_lut = [place for place in range(own.bit_length()) if own >> place & 1]
            for place in of_lut:
                depending[place] += 1
                shares[place] += 1 / len(of_lut)
        bits += [signals[output] for output in layer.network.outputs]
    return LutUse(tuple(names), tuple(shares), tuple(depending), luts)


def luts_of_nodes(mapped: MappedNetlist) -> dict[int, int]:
    """LUTs behind each node of the mapped netlist, by its signal; shared ones count for each."""
    live = mapped.netlist
    offsets = bit_offsets(live.widths)
    found = {}
    for first, layer, area in zip(live.first_signals, live.layers, mapped.layers, strict=True):
        start = offsets[first]
        for node in range(layer.nodes):
            low, high = offsets[first + node] - start, offsets[first + node + 1] - start
            found[first + node] = area.network.cone(area.network.outputs[low:high]).area
    return found
