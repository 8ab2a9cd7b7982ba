"""When the signals of a LUT network settle, without registers and without a record of paths.

The arithmetic of `logicjsc.map.timing.arrival` on plain numbers, for the many networks that are
tried for one sum: inputs arrive when they do, and reach as many pins elsewhere as they do.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from logicjsc.map.lut_network import CARRY_SUM, CONSTANTS, Lut, LutNetwork
from logicjsc.map.timing.delays import Delays

_NEVER = -math.inf


def pins_of(network: LutNetwork) -> list[int]:
    """Pins that each signal reaches in a network; outputs of the network are none."""
    readers = [0] * (network.first_lut + len(network.luts))
    places: set[tuple[int, int]] = set()
    for lut in network.luts:
        for source in _pins(lut, places):
            readers[source] += 1
    return readers


def _pins(lut: Lut, places: set[tuple[int, int]]) -> Sequence[int]:
    """The signals at the pins of a LUT or gate; both gates of a place have one select pin."""
    if not lut.carry:
        return lut.inputs
    is_sum = lut.table == CARRY_SUM
    select, carry = (lut.inputs[0] if is_sum else lut.inputs[2]), lut.inputs[1]
    own = () if is_sum else lut.inputs[:1]
    if (select, carry) in places:
        return own
    places.add((select, carry))
    return (*own, select)


def settle_times(
    network: LutNetwork,
    delays: Delays,
    luts: int,
    starts: Sequence[float],
    readers: Sequence[int],
) -> list[float]:
    """When each signal leaves its LUT, gate or register, in picoseconds.

    Args:
        network: LUTs and gates of carry chains.
        delays: of the part.
        luts: LUTs of the whole circuit, by which nets grow.
        starts: when each input leaves what drives it.
        readers: pins that each signal of the network reaches, elsewhere included.
    """
    settling = _Settling(network, delays, luts, starts, readers)
    for lut in network.luts:
        settling.times.append(settling.gate(lut) if lut.carry else settling.lut(lut))
    return settling.times


class _Settling:
    """Times of the signals so far."""

    def __init__(
        self,
        network: LutNetwork,
        delays: Delays,
        luts: int,
        starts: Sequence[float],
        readers: Sequence[int],
    ) -> None:
        self.times = [_NEVER] * CONSTANTS + list(starts)
        self._network, self._delays, self._luts, self._readers = network, delays, luts, readers
        self._selecting = network.selecting
        self._net: dict[int, float] = {}
        self._chain: dict[int, tuple[int, float, float]] = {}

    def lut(self, lut: Lut) -> float:
        """When a LUT settles."""
        early_first = sorted(map(self._at, lut.inputs))
        own = self._delays.pins_ps(len(early_first))
        late = (time + ps for time, ps in zip(early_first, own, strict=True))
        return max(late, default=_NEVER)

    def gate(self, lut: Lut) -> float:
        """When a gate of a carry chain settles."""
        carry, is_sum = self._delays.carry, lut.table == CARRY_SUM
        place, below, within = 0, _NEVER, _NEVER
        if lut.inputs[1] >= CONSTANTS:
            place, below, within = self._chain[lut.inputs[1]]
            place += 1
            if place % carry.places == 0:
                below, within = max(below + carry.through_ps, within) + carry.hop_ps, _NEVER
        inside = place % carry.places
        select = self._select(lut.inputs[0] if is_sum else lut.inputs[2])
        if is_sum:
            arrived = max(below + inside * carry.carry_to_carry_ps, within)
            return max(arrived + carry.carry_to_sum_ps, select + carry.select_to_sum_ps)
        new = max(
            within + carry.carry_to_carry_ps,
            select + carry.select_to_carry_ps,
            self._at(lut.inputs[0]) + carry.data_to_carry_ps,
        )
        self._chain[len(self.times)] = place, below, new
        passed = below + (inside + 1) * carry.carry_to_carry_ps
        return max(passed, new) + carry.carry_to_sum_ps

    def _at(self, source: int) -> float:
        if source < CONSTANTS:
            return _NEVER
        count = self._readers[source]
        if count not in self._net:
            self._net[count] = self._delays.net.net_ps(count, self._luts)
        return self.times[source] + self._net[count]

    def _select(self, source: int) -> float:
        """At a chain: a LUT that nothing else reads stands beside it, others pass through one."""
        network = self._network
        if (
            source >= network.first_lut
            and self._readers[source] == 1
            and source in self._selecting
            and not network.luts[source - network.first_lut].carry
        ):
            return self.times[source] + self._delays.carry.select_net_ps
        return self._at(source) + self._delays.lut.pins_ps[-1]
