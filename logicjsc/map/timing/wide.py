"""LUTs that a multiplexer beside other LUTs can take the place of: MUXF7, MUXF8 and their like.

Our mapper makes LUTs and carry chains only, but synthesis is free to use these where Verilog says
what to compute and not by which cells. A LUT of three inputs that selects one of two LUTs, which
nothing else reads, becomes such a multiplexer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from logicjsc.map.lut_network import LutNetwork

_INPUTS: Final = 3


def _table(select: int) -> set[int]:
    """Tables of both multiplexers whose input ``select`` selects between the two others."""
    low, high = (place for place in range(_INPUTS) if place != select)
    tables = set()
    for zero, one in ((low, high), (high, low)):
        rows = range(1 << _INPUTS)
        chosen = (row >> (one if row >> select & 1 else zero) & 1 for row in rows)
        tables.add(sum(bit << row for row, bit in enumerate(chosen)))
    return tables


_TABLES: Final = {table: select for select in range(_INPUTS) for table in _table(select)}
"""Which input selects, by table."""


@dataclass(frozen=True)
class Multiplexer:
    """A LUT that can be a multiplexer beside other LUTs.

    Attributes:
        level: 0 if it joins two LUTs, 1 if it joins two of level 0, and so on.
        select: the signal that selects.
        data: signals that are joined.
    """

    level: int
    select: int
    data: tuple[int, int]


def wide_multiplexers(
    network: LutNetwork,
    made: Sequence[int],
    readers: Mapping[tuple[int, int], int],
    levels: int,
) -> dict[int, Multiplexer]:
    """Multiplexers by their signal.

    Args:
        network: the LUTs.
        made: segment in which each signal is made, -1 for inputs.
        readers: pins of each signal's net by segment, registers included.
        levels: that the part has.
    """
    found: dict[int, Multiplexer] = {}
    outputs = set(network.outputs)
    for number, lut in enumerate(network.luts, start=network.first_lut):
        if lut.carry or len(lut.inputs) != _INPUTS or lut.table not in _TABLES:
            continue
        place = _TABLES[lut.table]
        select = lut.inputs[place]
        first, second = lut.inputs[:place] + lut.inputs[place + 1 :]
        alone = all(
            source >= network.first_lut
            and not network.luts[source - network.first_lut].carry
            and made[source] == made[number]
            and readers.get((source, made[source])) == 1
            and source not in outputs
            for source in (first, second)
        )
        below = [found[s].level if s in found else -1 for s in (first, second)]
        if alone and first != second and below[0] == below[1] and below[0] + 1 < levels:
            found[number] = Multiplexer(below[0] + 1, select, (first, second))
    return found
