"""The longest path between registers in a LUT network.

A LUT's latest input takes its fastest pin, the next one the second fastest, and so on, which no
other choice beats. Nets are slower the more pins they reach. Registers stand between segments; what
comes in comes out of registers, and what goes out goes into registers. A `LutNetwork` is in
topological order, so there are no loops.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from logicjsc.core.errors import NetlistError
from logicjsc.map.lut_network import CARRY_SUM, CONSTANTS, Lut, LutNetwork
from logicjsc.map.timing.delays import Delays
from logicjsc.map.timing.wide import Multiplexer, wide_multiplexers

_NEVER = -math.inf


@dataclass(frozen=True)
class Step:
    """One cell of a path.

    Attributes:
        cell: ``register``, ``voter`` behind it, ``LUT1`` to ``LUT6``, ``wide multiplexer``,
            ``carry chain``, or ``setup`` at the end.
        signal: number of the signal that it drives, or that is stored.
        readers: pins that the net in front of it reaches.
        net_ps: delay of that net.
        cell_ps: delay of the cell.
        arrival_ps: when its output settles, from the clock edge on.
    """

    cell: str
    signal: int
    readers: int
    net_ps: float
    cell_ps: float
    arrival_ps: float


@dataclass(frozen=True)
class LongestPath:
    """The path that bounds the clock.

    Attributes:
        segment: ranks of registers in front of it.
        steps: from register to register.
    """

    segment: int
    steps: tuple[Step, ...]

    @property
    def period_ps(self) -> float:
        """Shortest clock period."""
        return self.steps[-1].arrival_ps


@dataclass(frozen=True)
class _Edge:
    """How the latest value comes into a cell: when it leaves it, from where, and why so late."""

    time: float = _NEVER
    source: int = 0
    readers: int = 0
    net_ps: float = 0.0
    cell_ps: float = 0.0

    def after(self, ps: float) -> _Edge:
        return _Edge(self.time + ps, self.source, self.readers, self.net_ps, self.cell_ps + ps)


@dataclass(frozen=True)
class _Carry:
    """A carry on its way: its place, what came into its block from below, and from within."""

    place: int
    below: _Edge
    within: _Edge


def longest_path(
    network: LutNetwork,
    delays: Delays,
    segments: Sequence[int] | None = None,
    luts: int | None = None,
    *,
    wide: bool = False,
) -> LongestPath:
    """The slowest path from register to register.

    Args:
        network: the LUTs.
        delays: of the part.
        segments: ranks of registers in front of each LUT, which must not fall along any path; by
            default there are none inside. Gates of one carry chain lie in one segment.
        luts: LUTs of the whole circuit, by which nets grow; by default the network's.
        wide: whether LUTs that could be wide multiplexers are some.

    Raises:
        NetlistError: a carry chain starts from what is no chain's, or segments do not fit.
    """
    return _Timing(network, delays, segments, luts, wide=wide).longest()


def longest_path_and_times(
    network: LutNetwork, delays: Delays, luts: int | None = None
) -> tuple[LongestPath, tuple[float, ...]]:
    """Without registers inside, the slowest path, and when each signal settles in picoseconds."""
    timing = _Timing(network, delays, None, luts)
    return timing.longest(), timing.times


class _Timing:
    """Arrival times of all signals."""

    def __init__(
        self,
        network: LutNetwork,
        delays: Delays,
        segments: Sequence[int] | None,
        luts: int | None,
        *,
        wide: bool = False,
    ) -> None:
        self._network, self._delays = network, delays
        self._luts = network.area if luts is None else luts
        given = [0] * len(network.luts) if segments is None else list(segments)
        if len(given) != len(network.luts):
            raise NetlistError(f"there are {len(network.luts)} LUTs, and segments of {len(given)}")
        # Inputs come out of registers, so they are made in front of the first segment.
        self._made = [*(-1 for _ in range(network.first_lut)), *given]
        self._last = max(given, default=0)
        self._readers = Counter[tuple[int, int]]()
        self._carry_only = self._find_readers()
        levels = len(delays.wide.data_ps) if wide else 0
        self._wide = wide_multiplexers(network, self._made, self._readers, levels)
        self._edges = [_Edge() for _ in range(network.first_lut + len(network.luts))]
        self._carries: dict[int, _Carry] = {}
        for number, lut in enumerate(network.luts, start=network.first_lut):
            self._edges[number] = self._gate(number, lut) if lut.carry else self._lut(number, lut)

    def _find_readers(self) -> frozenset[int]:
        """Count the pins of every net in every segment; give LUTs that nothing but a chain reads.

        Both gates of a place have one select pin; carries inside a chain are no nets.
        """
        network, last_read = self._network, list(self._made)
        places: set[tuple[int, int]] = set()
        for number, lut in enumerate(network.luts, start=network.first_lut):
            segment = self._made[number]
            pins = lut.inputs
            if lut.carry:
                is_sum = lut.table == CARRY_SUM
                select, carry = (pins[0] if is_sum else pins[2]), pins[1]
                pins = (*(() if is_sum else pins[:1]), select)
                if (select, carry) in places:
                    pins = pins[:-1]
                places.add((select, carry))
            for source in lut.inputs:
                if source >= CONSTANTS and self._made[source] > segment:
                    raise NetlistError(f"LUT {number} lies in front of a register that it reads")
                last_read[source] = max(last_read[source], segment)
            self._readers.update((source, segment) for source in pins)
        for output in network.outputs:
            last_read[output] = self._last + 1
        for source in range(CONSTANTS, len(self._made)):
            for segment in range(max(self._made[source], 0), last_read[source]):
                self._readers[source, segment] += 1  # the next register
        self._last_read = last_read
        selecting = network.selecting
        return frozenset(
            signal
            for signal in selecting
            if signal >= network.first_lut
            and not network.luts[signal - network.first_lut].carry
            and self._readers[signal, self._made[signal]] == 1
        )

    def _pin(self, source: int, segment: int) -> _Edge:
        """A value at a pin, behind its net."""
        if source < CONSTANTS:
            return _Edge()
        readers = self._readers[source, segment]
        net = self._delays.net.net_ps(readers, self._luts)
        return _Edge(self._start(source, segment) + net, source, readers, net)

    def _start(self, source: int, segment: int) -> float:
        """When a value leaves its LUT or its register."""
        if self._made[source] < segment:
            return self._delays.register.clock_to_q_ps
        return self._edges[source].time

    def _lut(self, number: int, lut: Lut) -> _Edge:
        if number in self._wide:
            return self._multiplexer(self._wide[number], self._made[number])
        pins = (self._pin(source, self._made[number]) for source in lut.inputs)
        early_first = sorted(pins, key=lambda edge: edge.time)
        slow_first = self._delays.pins_ps(len(early_first))
        behind = (edge.after(ps) for edge, ps in zip(early_first, slow_first, strict=True))
        return _latest(*behind)

    def _multiplexer(self, joining: Multiplexer, segment: int) -> _Edge:
        """One beside the LUTs that it joins, to which no net leads."""
        wide = self._delays.wide
        data = (_Edge(self._edges[source].time, source, 1) for source in joining.data)
        return _latest(
            self._pin(joining.select, segment).after(wide.select_ps[joining.level]),
            *(edge.after(wide.data_ps[joining.level]) for edge in data),
        )

    def _gate(self, number: int, lut: Lut) -> _Edge:
        """A sum or a carry of a chain; what leaves a carry by a net passes to an output as well."""
        carry, segment = self._delays.carry, self._made[number]
        is_sum = lut.table == CARRY_SUM
        place, below, within = self._carry_in(lut.inputs[1])
        inside = place % carry.places
        arrived = _latest(below.after(inside * carry.carry_to_carry_ps), within)
        select = self._select(lut.inputs[0] if is_sum else lut.inputs[2], segment)
        if is_sum:
            return _latest(
                arrived.after(carry.carry_to_sum_ps), select.after(carry.select_to_sum_ps)
            )
        data = self._pin(lut.inputs[0], segment)
        new = _latest(
            within.after(carry.carry_to_carry_ps),
            select.after(carry.select_to_carry_ps),
            data.after(carry.data_to_carry_ps),
        )
        self._carries[number] = _Carry(place, below, new)
        passed = below.after((inside + 1) * carry.carry_to_carry_ps)
        return _latest(passed, new).after(carry.carry_to_sum_ps)

    def _carry_in(self, signal: int) -> tuple[int, _Edge, _Edge]:
        """Place of the gate that reads a carry, and what comes into its block and from within.

        Raises:
            NetlistError: it is no chain's carry.
        """
        if signal < CONSTANTS:
            return 0, _Edge(), _Edge()
        if signal not in self._carries:
            raise NetlistError(f"the carry {signal} is no chain's; chains start from constants")
        known, carry = self._carries[signal], self._delays.carry
        place = known.place + 1
        if place % carry.places:
            return place, known.below, known.within
        above = _latest(known.below.after(carry.through_ps), known.within).after(carry.hop_ps)
        return place, above, _Edge()

    def _select(self, source: int, segment: int) -> _Edge:
        """What selects: a LUT beside the chain, else a wire that passes through the LUT there."""
        if source in self._carry_only and self._made[source] == segment:
            net = self._delays.carry.select_net_ps
            return _Edge(self._edges[source].time + net, source, 1, net)
        return self._pin(source, segment).after(self._delays.lut.pins_ps[-1])

    @property
    def times(self) -> tuple[float, ...]:
        """When each signal leaves its LUT, its gate, or its register."""
        start = self._delays.register.clock_to_q_ps
        inputs = self._network.first_lut
        own = (edge.time for edge in self._edges[inputs:])
        return (*(_NEVER,) * CONSTANTS, *(start,) * (inputs - CONSTANTS), *own)

    def longest(self) -> LongestPath:
        last_net, setup = self._delays.net.last_ps(self._luts), self._delays.register.setup_ps
        worst, found, where = _NEVER, CONSTANTS, 0
        for source in range(CONSTANTS, len(self._made)):
            for segment in range(max(self._made[source], 0), self._last_read[source]):
                start = self._start(source, segment)
                if start > worst:
                    worst, found, where = start, source, segment
        if worst == _NEVER:  # nothing but constants
            worst = self._delays.register.clock_to_q_ps
        readers = self._readers[found, where]
        total = worst + last_net + setup
        end = Step("setup", found, readers, last_net, setup, total)
        return LongestPath(where, (*self._trace(found, where), end))

    def _trace(self, signal: int, segment: int) -> list[Step]:
        """The cells in front of a signal, from their register on."""
        steps: list[Step] = []
        while self._made[signal] >= segment and self._edges[signal].time > _NEVER:
            edge = self._edges[signal]
            lut = self._network.luts[signal - self._network.first_lut]
            cell = "carry chain" if lut.carry else f"LUT{len(lut.inputs)}"
            if signal in self._wide:
                cell = "wide multiplexer"
            steps.append(Step(cell, signal, edge.readers, edge.net_ps, edge.cell_ps, edge.time))
            signal = edge.source
        start, voter = self._delays.register.clock_to_q_ps, self._delays.voter
        held = start
        if voter is not None:
            held -= voter.net_ps + voter.cell_ps
            steps.append(Step("voter", signal, voter.readers, voter.net_ps, voter.cell_ps, start))
        steps.append(Step("register", signal, 0, 0.0, held, held))
        return steps[::-1]


def _latest(*edges: _Edge) -> _Edge:
    return max(edges, key=lambda edge: edge.time, default=_Edge())
