"""Which cells of a network share a module, and where its register ranks stand.

Register ranks cut the network into segments; the number of a segment is that of the ranks in front
of it. They stand behind stages of the netlist, or, in a mapped network, so that at most so many
LUTs, or so much time, lie between two of them. Either each layer is a module, or each segment: with
carry chains, tables inside adders have no layer of their own any more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from logicjsc.emit.hdl.names import comment_text
from logicjsc.emit.hdl.options import CircuitOptions
from logicjsc.emit.hdl.text import count
from logicjsc.emit.verilog.flat import Cell, FlatNetwork
from logicjsc.emit.verilog.register_placement import place_registers
from logicjsc.emit.verilog.timed_placement import place_registers_by_time
from logicjsc.map.lut_network import CONSTANTS
from logicjsc.map.timing.delays import Delays, load_delays
from logicjsc.netlist import Netlist, SumLayer


@dataclass(frozen=True)
class Part:
    """Cells that share a module.

    Attributes:
        name: of its layer, or ``segment1`` and so on.
        about: what it is, for the header of its module.
        remark: what it is, for the network's module.
        segment: number of register ranks in front of it.
        cells: its cells, in topological order.
        reads: nets that its cells read and others make, ascending.
        writes: nets that its cells make and others read, ascending.
    """

    name: str
    about: str
    remark: str
    segment: int
    cells: tuple[Cell, ...]
    reads: tuple[int, ...]
    writes: tuple[int, ...]


@dataclass(frozen=True)
class Rank:
    """A register rank: behind what it stands, and the nets that it holds, ascending."""

    behind: str
    nets: tuple[int, ...]


@dataclass(frozen=True)
class Plan:
    """The parts in the order of their segments, and the ranks in front of, between and behind."""

    parts: tuple[Part, ...]
    ranks: tuple[Rank, ...]


def plan_network(netlist: Netlist, network: FlatNetwork, options: CircuitOptions) -> Plan:
    """Place the register ranks, and find what every rank holds and every part reads and writes.

    Args:
        netlist: the netlist without dead nodes.
        network: its nets and cells.
        options: the network's registers; whether parts are layers or segments.

    Raises:
        CircuitError: no cut reaches the clock of the options, or delays are not known.
    """
    if options.cut_freely:
        segment_of, behind = _cut_freely(network, options)
    else:
        ranks_after = options.ranks_after(netlist.depth)
        stages = [netlist.layers[cell.layer].stage for cell in network.cells]
        segment_of = [sum(after < stage for after in ranks_after) for stage in stages]
        behind = [f"stage {after}" if after else "the inputs" for after in ranks_after]
    held = network.held(segment_of, len(behind))
    ranks = tuple(Rank(place, tuple(nets)) for place, nets in zip(behind, held, strict=True))
    by_segment = options.by_segment
    part_of = segment_of if by_segment else [cell.layer for cell in network.cells]
    cells: dict[int, list[Cell]] = {part: [] for part in sorted(set(part_of))}
    segments = dict(zip(part_of, segment_of, strict=True))
    for cell, part in zip(network.cells, part_of, strict=True):
        cells[part].append(cell)
    reads = {part: _read_by(own) for part, own in cells.items()}
    wanted = set(network.outputs).union(*reads.values())
    parts = []
    for number, (part, own) in enumerate(cells.items(), start=1):
        texts = _segment(own, number, len(cells), options) if by_segment else _layer(own, netlist)
        made = {net for cell in own for net in cell.outputs}
        borders = tuple(sorted(reads[part])), tuple(sorted(made & wanted))
        parts.append(Part(*texts, segments[part], tuple(own), *borders))
    return Plan(tuple(parts), ranks)


def with_voters(delays: Delays, options: CircuitOptions, luts: int) -> Delays:
    """Delays of a part for a circuit that perhaps has three copies that vote.

    Args:
        delays: of the part.
        options: of the circuit.
        luts: of one copy of its logic.
    """
    if not options.tmr:
        return delays
    # Each copy of the logic has voters of its own.
    return delays.voted(luts * options.logic_copies, options.logic_copies)


def _cut_freely(network: FlatNetwork, options: CircuitOptions) -> tuple[list[int], list[str]]:
    """The segment of every cell by depth or by time, and behind what each rank stands."""
    if options.clock_ps:
        luts = sum(cell.luts for cell in network.cells)
        delays = with_voters(load_delays(options.part), options, luts)
        placed = place_registers_by_time(network, delays, options.clock_ps)
    else:
        placed = place_registers(network, options.lut_depth)
    segments = max(placed, default=-1) + 1
    behind = ["the inputs"] * options.register_inputs
    behind += [f"segment {number}" for number in range(1, segments)]
    behind += ["the last segment"] * options.register_outputs
    return [segment + options.register_inputs for segment in placed], behind


def _read_by(cells: Sequence[Cell]) -> set[int]:
    """Nets that cells read and others make."""
    made = {net for cell in cells for net in cell.outputs}
    return {net for cell in cells for net in cell.inputs if net >= CONSTANTS} - made


def _segment(
    cells: Sequence[Cell], number: int, segments: int, options: CircuitOptions
) -> tuple[str, str, str]:
    """Name of a segment, and what it is, in two places."""
    luts = sum(cell.luts for cell in cells)
    additions = sum(bool(cell.places) for cell in cells)
    sums = sum(cell.table is None for cell in cells) - additions
    chains = f", {count(additions, 'carry chain')}" if options.chained else ""
    about = f"Segment {number} of {segments} ({count(luts, 'LUT')}, {count(sums, 'sum')}{chains})"
    return f"segment{number}", about, f"Segment {number}: {count(len(cells), 'cell')}."


def _layer(cells: Sequence[Cell], netlist: Netlist) -> tuple[str, str, str]:
    """Name of a layer, and what it is, in two places."""
    layer = netlist.layers[cells[0].layer]
    luts = sum(cell.luts for cell in cells)
    nodes = count(layer.nodes, "sum" if isinstance(layer, SumLayer) else "table")
    inside = f" in {count(luts, 'LUT')}" if luts else ""
    name = comment_text(layer.name)
    about = f'Layer "{name}" (stage {layer.stage}, {nodes}{inside})'
    remark = f"Stage {layer.stage}: {name}, {count(layer.nodes, 'node')}."
    return layer.name, about, remark
