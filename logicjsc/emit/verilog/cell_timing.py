"""When the outputs of cells settle, for registers anywhere between cells.

The same arithmetic as `logicjsc.map.timing.arrival`, cell by cell instead of gate by gate and
without a record of paths, so that many placements of registers can be tried.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Final

from logicjsc.emit.verilog.flat import Cell, FlatNetwork
from logicjsc.map.bit_functions import as_signal
from logicjsc.map.lut_network import CONSTANTS
from logicjsc.map.timing.delays import Delays

NEVER: Final = -math.inf

Arrival = Callable[[int], float]
"""When a net arrives at the pins of a cell, in picoseconds."""


class CellTiming:
    """Delays of a mapped network's cells and nets.

    Args:
        network: LUTs and carry chains; sums that are left to others have no delay and are refused.
        delays: of the part.
    """

    def __init__(self, network: FlatNetwork, delays: Delays) -> None:
        self.network = network
        self.delays = delays
        self.luts = sum(cell.luts for cell in network.cells)
        self.pins = [_pins(cell) for cell in network.cells]
        self.end_ps = delays.net.last_ps(self.luts) + delays.register.setup_ps
        self._net_ps: dict[int, float] = {}
        self._through: dict[tuple[int, bool], dict[int, dict[int, float]]] = {}

    def net_ps(self, readers: int) -> float:
        """Delay of a net."""
        if readers not in self._net_ps:
            self._net_ps[readers] = self.delays.net.net_ps(readers, self.luts)
        return self._net_ps[readers]

    def outputs(self, number: int, at: Arrival) -> list[tuple[int, float]]:
        """When each output of a cell settles, by when its inputs arrive at its pins."""
        cell = self.network.cells[number]
        if cell.table is not None:
            times = [NEVER if net < CONSTANTS else at(net) for net in cell.inputs]
            return [(cell.outputs[0], self._lut(times))]
        return self._chain(cell, at)

    def through(self, number: int, *, slow: bool) -> dict[int, dict[int, float]]:
        """Delay from each input of a cell to each output.

        Args:
            number: of the cell.
            slow: whether an input takes the slowest pin of its LUT that it may get, else the
                fastest.
        """
        key = number, slow
        if key not in self._through:
            self._through[key] = {
                net: {
                    output: time
                    for output, time in self._paths_of(number, net, slow=slow)
                    if time > NEVER
                }
                for net in self.network.cells[number].inputs
                if net >= CONSTANTS
            }
        return self._through[key]

    def _paths_of(self, number: int, net: int, *, slow: bool) -> list[tuple[int, float]]:
        found = self.outputs(number, lambda other: 0.0 if other == net else NEVER)
        if not slow:
            return found
        pins = self.delays.pins_ps(max(_widest(self.network.cells[number]), 1))
        extra = pins[0] - pins[-1]
        return [(output, time + extra) for output, time in found]

    def _lut(self, times: Sequence[float]) -> float:
        pins = self.delays.pins_ps(len(times))
        return max((time + ps for time, ps in zip(sorted(times), pins, strict=True)), default=NEVER)

    def _chain(self, cell: Cell, at: Arrival) -> list[tuple[int, float]]:
        carry, wire_ps = self.delays.carry, self.delays.lut.pins_ps[-1]
        below = within = NEVER
        found: list[tuple[int, float]] = []
        for number, place in enumerate(cell.places):
            inside = number % carry.places
            if number and not inside:
                below, within = max(below + carry.through_ps, within) + carry.hop_ps, NEVER
            known = as_signal(place.select)
            if known is None:
                times = [NEVER if net < CONSTANTS else at(net) for net in place.select.inputs]
                select = self._lut(times) + carry.select_net_ps
            else:
                select = NEVER if known < CONSTANTS else at(known) + wire_ps
            if place.sum is not None:
                arrived = max(below + inside * carry.carry_to_carry_ps, within)
                settled = max(arrived + carry.carry_to_sum_ps, select + carry.select_to_sum_ps)
                found.append((place.sum, settled))
            if number + 1 < len(cell.places) or cell.carry is not None:
                data = NEVER if place.data < CONSTANTS else at(place.data)
                within = max(
                    within + carry.carry_to_carry_ps,
                    select + carry.select_to_carry_ps,
                    data + carry.data_to_carry_ps,
                )
        if cell.carry is not None:
            inside = (len(cell.places) - 1) % carry.places + 1
            passed = max(below + inside * carry.carry_to_carry_ps, within)
            found.append((cell.carry, passed + carry.carry_to_sum_ps))
        return found


def _pins(cell: Cell) -> tuple[int, ...]:
    """The net of every pin of a cell; constants take none."""
    if cell.table is not None:
        return tuple(net for net in cell.inputs if net >= CONSTANTS)
    nets: list[int] = []
    for number, place in enumerate(cell.places):
        nets += place.select.inputs
        if number + 1 < len(cell.places) or cell.carry is not None:
            nets.append(place.data)
    return tuple(net for net in nets if net >= CONSTANTS)


def _widest(cell: Cell) -> int:
    if cell.table is not None:
        return len(cell.inputs)
    return max((len(place.select.inputs) for place in cell.places), default=0)


class PlacedTiming:
    """Arrival times for one placement of registers.

    Args:
        timing: delays of the cells.
        placed: the segment of every cell.
        segments: how many there are.
    """

    def __init__(self, timing: CellTiming, placed: Sequence[int], segments: int) -> None:
        self._timing, self._placed, self._segments = timing, placed, segments
        network = timing.network
        nets = len(network.names)
        self._made = [-1] * nets
        self._last = [-1] * nets
        readers = [0] * (nets * segments)
        for cell, pins, segment in zip(network.cells, timing.pins, placed, strict=True):
            for net in cell.outputs:
                self._made[net] = segment
            for net in pins:
                readers[net * segments + segment] += 1
            for net in cell.inputs:
                self._last[net] = max(self._last[net], segment)
        for net in network.outputs:
            self._last[net] = segments
        for net in range(CONSTANTS, nets):
            for segment in range(max(self._made[net], 0), self._last[net]):
                readers[net * segments + segment] += 1  # the next register
        self._readers = readers
        self.arrivals = [NEVER] * nets
        for number, segment in enumerate(placed):
            for net, time in timing.outputs(number, self.at(segment)):
                self.arrivals[net] = time

    def at(self, segment: int) -> Arrival:
        """When nets arrive at pins in a segment."""
        timing, segments = self._timing, self._segments
        start_ps = timing.delays.register.clock_to_q_ps
        made, arrivals, readers = self._made, self.arrivals, self._readers

        def at(net: int) -> float:
            start = start_ps if made[net] < segment else arrivals[net]
            return start + timing.net_ps(readers[net * segments + segment])

        return at

    @property
    def most_readers(self) -> list[int]:
        """Pins of each net, registers included, in the segment where it reaches most."""
        count = self._segments
        return [
            max(self._readers[net * count : (net + 1) * count]) for net in range(len(self._made))
        ]

    @property
    def periods_ps(self) -> list[float]:
        """Shortest clock period of each segment."""
        least = self._timing.delays.register.clock_to_q_ps
        found = [least] * self._segments
        for net in range(CONSTANTS, len(self._made)):
            segment = self._made[net]
            if segment >= 0 and self._last[net] > segment:
                found[segment] = max(found[segment], self.arrivals[net])
        return [worst + self._timing.end_ps for worst in found]
