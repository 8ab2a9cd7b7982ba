"""Where a network of LUTs is cut by registers: at most so many LUTs deep, with few flip-flops.

A cut behind segment ``k`` puts a flip-flop on every bit that is made in front of it and read behind
it, so its price is that of a cut in a hypergraph, and the cheapest one is a minimum cut (a maximum
flow, by max-flow min-cut). The depth of the segments on both sides says which cells must lie in
front of it and which behind; all others are free. Cuts are improved in turn, each exactly for
given neighbours, until none gets cheaper. This is minimum-area retiming (Leiserson and Saxe, 1991)
of a circuit without loops, solved one register rank at a time.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt

from logicjsc.emit.verilog.flat import FlatNetwork
from logicjsc.map.lut_network import CONSTANTS

Array: TypeAlias = npt.NDArray[Any]

_UNBREAKABLE: Final = 1 << 24
_SOURCE: Final = 0
_SINK: Final = 1


def place_registers(network: FlatNetwork, most_levels: int) -> list[int]:
    """The segment between register ranks in which each cell lies.

    As few segments as possible, all of about the same depth; a sum counts as one level.

    Args:
        network: what to cut.
        most_levels: most cells on a path inside one segment.
    """
    first, last = _earliest(network), _latest(network)
    depth = max(first, default=0)
    segments = -(-depth // most_levels)
    if not segments:
        return []
    levels = -(-depth // segments)
    starts = (
        [(level - 1) // levels for level in chosen]
        for chosen in (first, [depth - height + 1 for height in last])
    )
    placed = min(starts, key=lambda start: flip_flops(network, start, segments))
    return _improve(network, placed, segments, levels)


def flip_flops(network: FlatNetwork, placed: Sequence[int], segments: int) -> int:
    """Bits held between segments, for a segment of every cell."""
    return sum(map(len, network.held(placed, segments - 1)))


def _earliest(network: FlatNetwork) -> list[int]:
    """Cells on the longest path that ends with each cell."""
    levels: list[int] = []
    for sources in network.sources:
        levels.append(1 + max((levels[source] for source in sources), default=0))
    return levels


def _latest(network: FlatNetwork) -> list[int]:
    """Cells on the longest path that begins with each cell."""
    heights = [1] * len(network.cells)
    for number in reversed(range(len(network.cells))):
        for source in network.sources[number]:
            heights[source] = max(heights[source], heights[number] + 1)
    return heights


def _improve(network: FlatNetwork, placed: Sequence[int], segments: int, levels: int) -> list[int]:
    """Move one cut after the other to its cheapest place until all stay."""
    cheapest = flip_flops(network, placed, segments)
    current = list(placed)
    while True:
        for front in range(segments - 1):
            _move_cut(network, current, front, levels)
        price = flip_flops(network, current, segments)
        if price >= cheapest:
            return current
        cheapest = price


def _move_cut(network: FlatNetwork, placed: list[int], front: int, levels: int) -> None:
    """Deal the cells of two neighbouring segments out anew, exactly as cheaply as possible."""
    movable = [cell for cell, segment in enumerate(placed) if front <= segment <= front + 1]
    before, behind = _levels_among(network, movable)
    move_cut(
        network,
        placed,
        front,
        movable,
        in_front={cell for cell in movable if behind[cell] > levels},
        behind={cell for cell in movable if before[cell] > levels},
    )


def move_cut(
    network: FlatNetwork,
    placed: list[int],
    front: int,
    movable: Sequence[int],
    *,
    in_front: Collection[int],
    behind: Collection[int],
) -> None:
    """Deal cells of two neighbouring segments out anew, with the fewest bits between them.

    Args:
        network: what is cut.
        placed: the segment of every cell; changed.
        front: the segment in front of the cut.
        movable: all cells of both segments.
        in_front: cells that must lie in front of the cut.
        behind: cells that must lie behind it.
    """
    graph = _CutGraph()
    node_of = {cell: graph.node() for cell in movable}
    for cell, node in node_of.items():
        if cell in behind:
            graph.edge(node, _SINK, _UNBREAKABLE)
        if cell in in_front:
            graph.edge(_SOURCE, node, _UNBREAKABLE)
        for source in network.sources[cell]:
            if source in node_of:
                graph.edge(node, node_of[source], _UNBREAKABLE)
    _add_nets(graph, network, node_of, placed, front)
    source_side = graph.source_side()
    for cell, node in node_of.items():
        placed[cell] = front if node in source_side else front + 1


def _add_nets(
    graph: _CutGraph,
    network: FlatNetwork,
    node_of: Mapping[int, int],
    placed: Sequence[int],
    front: int,
) -> None:
    """One node per bit that the cut may or may not have to hold."""
    made = {bit: node for cell, node in node_of.items() for bit in network.cells[cell].outputs}
    read = {bit for cell in node_of for bit in network.cells[cell].inputs if bit >= CONSTANTS}
    outputs = set(network.outputs)
    for bit in sorted(made.keys() | read):
        readers = network.readers[bit]
        beyond = bit in outputs or any(placed[cell] > front + 1 for cell in readers)
        if bit not in made and beyond:
            continue  # held in any case
        net = graph.node()
        graph.edge(made.get(bit, _SOURCE), net, 1)
        for cell in readers:
            if cell in node_of:
                graph.edge(net, node_of[cell], _UNBREAKABLE)
        if beyond:
            graph.edge(net, _SINK, _UNBREAKABLE)


def _levels_among(
    network: FlatNetwork, cells: Sequence[int]
) -> tuple[dict[int, int], dict[int, int]]:
    """Cells on the longest path inside a set that ends with each cell, and that begins with it."""
    before: dict[int, int] = {}
    for cell in cells:
        before[cell] = 1 + max((before.get(s, 0) for s in network.sources[cell]), default=0)
    behind = dict.fromkeys(cells, 1)
    for cell in reversed(cells):
        for source in network.sources[cell]:
            if source in behind:
                behind[source] = max(behind[source], behind[cell] + 1)
    return before, behind


class _CutGraph:
    """A flow network; node 0 is the source, node 1 the sink."""

    def __init__(self) -> None:
        self._nodes = 2
        self._tails: list[int] = []
        self._heads: list[int] = []
        self._capacities: list[int] = []

    def node(self) -> int:
        """Number of a new node."""
        self._nodes += 1
        return self._nodes - 1

    def edge(self, tail: int, head: int, capacity: int) -> None:
        """Add an edge; no two may join the same nodes."""
        self._tails.append(tail)
        self._heads.append(head)
        self._capacities.append(capacity)

    def source_side(self) -> set[int]:
        """Nodes in front of a minimum cut: those that the source still reaches beside the flow."""
        from scipy.sparse import csr_array
        from scipy.sparse.csgraph import breadth_first_order, maximum_flow

        shape = (self._nodes, self._nodes)
        capacities = np.array(self._capacities, np.int32)
        graph = csr_array((capacities, (self._tails, self._heads)), shape)
        residual = graph - maximum_flow(graph, _SOURCE, _SINK).flow
        residual.eliminate_zeros()
        reached = breadth_first_order(residual, _SOURCE, return_predecessors=False)
        return {int(node) for node in reached}
