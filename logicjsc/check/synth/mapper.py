"""Figures of our own mapper, which maps the network and leaves its ends to other tools."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from logicjsc.check.synth.figures import PartFigures
from logicjsc.check.synth.parts import NETWORK
from logicjsc.check.timing import depth_between_ranks, timed_network
from logicjsc.core.progress import OnProgress, silent
from logicjsc.emit.hdl.options import CircuitOptions
from logicjsc.emit.verilog.mapping_by_time import map_for_options
from logicjsc.map.bits import bit_offsets
from logicjsc.map.lut_network import LutNetwork
from logicjsc.map.mapper import MappedNetlist
from logicjsc.netlist import Netlist

NOTES: Final = (
    "the network only: LUTs of one to six inputs with inverters, proven equal to their tables",
    "carry chains are not counted",
    "depth counts LUTs on the longest path between registers; FF are those that the Verilog states",
)


def mapped_figures(
    netlist: Netlist,
    *,
    effort: str,
    ranks_after: Sequence[int],
    registers: int,
    latency_cycles: int,
    options: CircuitOptions,
    on_progress: OnProgress = silent,
) -> tuple[PartFigures, tuple[PartFigures, ...]]:
    """Figures of the network and of each of its layers.

    Args:
        netlist: the network.
        effort: how hard is searched, see `map_netlist`.
        ranks_after: stages behind which there are registers.
        registers: flip-flops of the circuit's network.
        latency_cycles: clock cycles from the network's input to its output.
        options: the network's; how sums are built, and where registers stand that were placed by
            depth or by time.
        on_progress: told of finished tables.

    Raises:
        ToolError: ABC is missing, failed, or gave a wrong network.
    """
    adders = options.adders
    mapped = map_for_options(netlist, options, effort=effort, on_progress=on_progress)
    flow = f"effort {effort}" + ("" if adders == "lut" else f", adders {adders}")
    network = PartFigures(
        NETWORK,
        lut=mapped.luts,
        ff=registers,
        depth=_depth(mapped, options, ranks_after),
        latency_cycles=latency_cycles,
        flow=flow,
        cells=_by_inputs([layer.network for layer in mapped.layers]),
    )
    layers = tuple(
        PartFigures(
            layer.name,
            lut=layer.network.area,
            depth=layer.network.depth,
            flow=flow,
            cells=_by_inputs([layer.network]),
        )
        for layer in mapped.layers
    )
    return network, layers


def _depth(mapped: MappedNetlist, options: CircuitOptions, ranks_after: Sequence[int]) -> int:
    """LUTs on the longest path between registers; segments by depth are as few as can be."""
    if options.lut_depth:
        return depth_of_segments(mapped.depth, options.lut_depth)
    if options.clock_ps:
        return depth_between_ranks(timed_network(mapped, options).view)
    return depth_between_registers(mapped, ranks_after)


def depth_of_segments(depth: int, most: int) -> int:
    """LUTs on the longest path of the fewest equal segments that are at most ``most`` deep."""
    segments = max(-(-depth // most), 1)
    return -(-depth // segments)


def depth_between_registers(mapped: MappedNetlist, ranks_after: Sequence[int]) -> int:
    """LUTs on the longest path that no register cuts; 0 for a network of wires."""
    netlist = mapped.netlist
    offsets = bit_offsets(netlist.widths)
    levels = [0] * offsets[netlist.inputs]
    deepest = segment = 0
    for layer in mapped.layers:
        now = sum(after < layer.stage for after in ranks_after)
        if now != segment:
            # Everything that is read from here on comes out of registers.
            segment, levels = now, [0] * len(levels)
        reached = layer.network.levels(levels)
        new = [reached[output] for output in layer.network.outputs]
        deepest = max([deepest, *new])
        levels += new
    return deepest


def _by_inputs(networks: Sequence[LutNetwork]) -> dict[str, int]:
    sizes = [len(lut.inputs) for network in networks for lut in network.luts if not lut.carry]
    return {f"LUT{size}": sizes.count(size) for size in sorted(set(sizes))}
