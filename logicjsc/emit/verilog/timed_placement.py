"""Where a network of LUTs is cut by registers for a clock: few segments, then few flip-flops.

Cells are taken in order, each into the first segment in which its outputs settle in time. How many
pins a net reaches in a segment is not known before all cells have one, so it is assumed: first all
of its pins, then as many as in the placement found before. With fixed numbers no placement has
fewer segments. Clocks a little longer are assumed as well, and what fits by exact timing counts.
Neighbouring segments that fit into one become one. Then cuts are moved as in
`logicjsc.emit.verilog.register_placement`: what takes too long in front of a cut must lie behind it
and the reverse, all else goes where the cut holds fewest bits. Every placement is timed exactly
before it counts.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import product
from typing import Final

from logicjsc.core.errors import CircuitError
from logicjsc.emit.verilog.cell_timing import NEVER, CellTiming, PlacedTiming
from logicjsc.emit.verilog.flat import FlatNetwork
from logicjsc.emit.verilog.lut_view import lut_view, path_steps, path_text
from logicjsc.emit.verilog.register_placement import flip_flops, move_cut
from logicjsc.map.lut_network import CONSTANTS
from logicjsc.map.timing.arrival import longest_path
from logicjsc.map.timing.delays import Delays

_LONGER: Final = (1.3, 1.2, 1.12, 1.06, 1.0)
"""Factors of the clock that are assumed."""

_MODELS: Final = 3
"""How often pins of nets are assumed anew."""

_ROUNDING: Final = 1e-6
"""Picoseconds by which sums of delays may differ with the order of adding."""


class UnreachableClockError(CircuitError):
    """No placement of registers reaches a clock.

    Attributes:
        shortest_ps: the shortest clock that one reaches.
    """

    def __init__(self, network: FlatNetwork, delays: Delays, clock_ps: float) -> None:
        self.shortest_ps, path = shortest_clock_ps(network, delays)
        super().__init__(
            f"no cut reaches a clock of {clock_ps / 1000:g} ns, for one cell alone takes longer; "
            f"use {math.ceil(self.shortest_ps) / 1000:g} ns or more. The slowest: {path}"
        )


def place_registers_by_time(network: FlatNetwork, delays: Delays, clock_ps: float) -> list[int]:
    """The segment between register ranks in which each cell lies.

    Args:
        network: LUTs and carry chains; a chain is never cut.
        delays: of the part.
        clock_ps: longest period that a segment may need.

    Raises:
        CircuitError: a sum is left to adders of others, whose delay is not known.
        UnreachableClockError: a cell takes longer, whatever is cut.
    """
    if not network.cells:
        return []
    if any(cell.table is None and not cell.places for cell in network.cells):
        raise CircuitError(
            "registers are placed by time only where all delays are known, and sums that are left "
            "to adders have none; use --primitives xilinx with --adders carry, or --adders lut"
        )
    timing = CellTiming(network, delays)
    if _fits(timing, [0] * len(network.cells), clock_ps):
        return [0] * len(network.cells)
    placed = _few_segments(timing, clock_ps)
    if placed is None:
        raise UnreachableClockError(network, delays, clock_ps)
    return _with_few_registers(timing, _merged(timing, placed, clock_ps), clock_ps)


def shortest_clock_ps(network: FlatNetwork, delays: Delays) -> tuple[float, str]:
    """The shortest clock for which registers can be placed, and the cell that bounds it as a text.

    Between two registers lies one cell then: a LUT, or a carry chain with its LUTs.
    """
    cells = sorted(zip(network.cells, _levels(network), strict=True), key=lambda entry: entry[1])
    view = lut_view(network, cells)
    path = longest_path(
        view.network, delays, view.segments, sum(cell.luts for cell in network.cells)
    )
    return path.period_ps, path_text(path_steps(path, view.names))


def _levels(network: FlatNetwork) -> list[int]:
    """Cells in front of each cell, so that each has a segment to itself on every path."""
    levels: list[int] = []
    for sources in network.sources:
        levels.append(1 + max((levels[source] for source in sources), default=-1))
    return levels


def _fits(timing: CellTiming, placed: Sequence[int], clock_ps: float) -> bool:
    periods = PlacedTiming(timing, placed, max(placed) + 1).periods_ps
    return max(periods) <= clock_ps + _ROUNDING


def _few_segments(timing: CellTiming, clock_ps: float) -> list[int] | None:
    """The placement of fewest segments that is found and fits; None if none is."""
    everywhere = Counter(range(len(timing.network.names)))
    for pins in timing.pins:
        everywhere.update(pins)
    readers: Mapping[int, int] | Sequence[int] = everywhere
    best: list[int] | None = None
    for _ in range(_MODELS):
        found: list[int] | None = None
        for factor in _LONGER:
            placed = _earliest(timing, clock_ps * factor, readers)
            if placed is None:
                continue
            found = found or placed
            if _fits(timing, placed, clock_ps):
                found = placed
                if best is None or max(placed) < max(best):
                    best = placed
                break
        if found is None:
            break
        readers = PlacedTiming(timing, found, max(found) + 1).most_readers
    levels = _levels(timing.network)
    return levels if best is None and _fits(timing, levels, clock_ps) else best


def _earliest(
    timing: CellTiming, clock_ps: float, readers: Mapping[int, int] | Sequence[int]
) -> list[int] | None:
    """The earliest segment of each cell, if nets reach so many pins; None if a cell never fits."""
    network = timing.network
    limit = clock_ps - timing.end_ps + _ROUNDING
    start = timing.delays.register.clock_to_q_ps
    made = [-1] * len(network.names)
    arrivals = [NEVER] * len(network.names)
    placed: list[int] = []
    for number, cell in enumerate(network.cells):
        segment = max((made[net] for net in cell.inputs if net >= CONSTANTS), default=0)
        segment = max(segment, 0)

        def at(net: int, segment: int = segment) -> float:
            begins = start if made[net] < segment else arrivals[net]
            return begins + timing.net_ps(readers[net])

        found = timing.outputs(number, at)
        if max(time for _, time in found) > limit:
            segment += 1
            found = timing.outputs(number, lambda net: start + timing.net_ps(readers[net]))
            if max(time for _, time in found) > limit:
                return None
        for net, time in found:
            made[net], arrivals[net] = segment, time
        placed.append(segment)
    return placed


def _merged(timing: CellTiming, placed: list[int], clock_ps: float) -> list[int]:
    """A placement with neighbouring segments made one where that fits."""
    front = 0
    while front < max(placed):
        fewer = [segment - (segment > front) for segment in placed]
        if _fits(timing, fewer, clock_ps):
            placed = fewer
        else:
            front += 1
    return placed


def _with_few_registers(timing: CellTiming, placed: list[int], clock_ps: float) -> list[int]:
    """Move one cut after the other to its cheapest place until all stay."""
    segments = max(placed) + 1
    network = timing.network
    cheapest = flip_flops(network, placed, segments)
    while True:
        before = cheapest
        for front in range(segments - 1):
            for slow, exact in product((False, True), (False, True)):
                moved = _moved(timing, placed, front, clock_ps, slow=slow, exact=exact)
                price = flip_flops(network, moved, segments)
                if price < cheapest and _fits(timing, moved, clock_ps):
                    placed, cheapest = moved, price
                    break
        if cheapest == before:
            return placed


def _moved(
    timing: CellTiming,
    placed: Sequence[int],
    front: int,
    clock_ps: float,
    *,
    slow: bool,
    exact: bool,
) -> list[int]:
    """A placement with the cells of two neighbouring segments dealt out anew."""
    pair = _Pair(timing, placed, front, clock_ps)
    if exact:
        pair.readers = PlacedTiming(timing, placed, max(placed) + 1).most_readers
    behind = pair.too_late()
    moved = list(placed)
    in_front = pair.too_early(slow=slow) - behind
    move_cut(timing.network, moved, front, pair.movable, in_front=in_front, behind=behind)
    return moved


class _Pair:
    """Two neighbouring segments.

    Attributes:
        movable: their cells.
        readers: pins that each net is assumed to reach: at first all in both segments.
    """

    def __init__(
        self, timing: CellTiming, placed: Sequence[int], front: int, clock_ps: float
    ) -> None:
        self.movable = [cell for cell, own in enumerate(placed) if front <= own <= front + 1]
        self._timing, self._placed, self._front = timing, placed, front
        self._clock_ps = clock_ps
        network = timing.network
        readers: Counter[int] = Counter()
        for number in self.movable:
            readers.update(timing.pins[number])
        # Any net may go on to the next register.
        made = {net for number in self.movable for net in network.cells[number].outputs}
        readers.update(made | readers.keys() | set(network.outputs))
        self.readers: Mapping[int, int] | Sequence[int] = readers

    def too_late(self) -> set[int]:
        """Cells that settle too late if they and all in front of them lie in front of the cut."""
        timing, readers = self._timing, self.readers
        start = timing.delays.register.clock_to_q_ps
        arrivals: dict[int, float] = {}

        def at(net: int) -> float:
            return arrivals.get(net, start) + timing.net_ps(readers[net])

        found = set()
        for number in self.movable:
            settled = timing.outputs(number, at)
            arrivals.update(settled)
            if max(time for _, time in settled) + timing.end_ps > self._clock_ps:
                found.add(number)
        return found

    def too_early(self, *, slow: bool) -> set[int]:
        """Cells from which the way to the next cut is too long if it begins behind this one."""
        timing, network = self._timing, self._timing.network
        start = timing.delays.register.clock_to_q_ps
        ends = set(network.outputs)
        left: dict[int, float] = {}
        found = set()
        for number in reversed(self.movable):
            after = {}
            for net in network.cells[number].outputs:
                readers = network.readers[net]
                goes_on = net in ends or any(
                    self._placed[cell] > self._front + 1 for cell in readers
                )
                after[net] = max(left.get(net, NEVER), timing.end_ps if goes_on else NEVER)
            for net, paths in timing.through(number, slow=slow).items():
                way = max((ps + after[output] for output, ps in paths.items()), default=NEVER)
                way += timing.net_ps(self.readers[net])
                left[net] = max(left.get(net, NEVER), way)
                if start + way > self._clock_ps:
                    found.add(number)
        return found
