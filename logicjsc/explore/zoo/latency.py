"""Estimated latency of a network, kept by what it depends on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, fields
from typing import Any

from logicjsc.check.timing import timing_of
from logicjsc.core.cache import entry, read_entry, write_entry
from logicjsc.explore.zoo.mapping import Found
from logicjsc.map.timing.delays import Delays

_FORMAT = 1


@dataclass(frozen=True)
class Latency:
    """What the timing model says of a network alone; see `logicjsc.check.timing`.

    Attributes:
        part: whose delays were taken.
        pipelined_ns: with registers behind every stage.
        single_ns: one answer without registers inside.
        pipelined_area_delay: LUTs times ns with registers.
        single_area_delay: LUTs times ns without.
        note: how far such estimates have been off.
    """

    part: str
    pipelined_ns: float
    single_ns: float
    pipelined_area_delay: float
    single_area_delay: float
    note: str


def latency_of(found: Found, delays: Delays) -> Latency:
    """Estimate the latency of the circuit that LUTs become."""
    report = timing_of(found.mapped, delays, found.options().network)
    pipelined, single = report.pipelined, report.single
    return Latency(
        report.part,
        pipelined.latency_ns,
        single.latency_ns,
        pipelined.area_delay,
        single.area_delay,
        report.note,
    )


def cached_latency(facts: list[Any], delays: Delays, find: Callable[[], Found]) -> Latency:
    """Like `latency_of`, remembered.

    Args:
        facts: all that the LUTs depend on.
        delays: of the part.
        find: gives the LUTs.

    Raises:
        LogicjscError: the LUTs cannot be had.
    """
    path = entry("latency", [_FORMAT, *facts, asdict(delays)])
    kept = read_entry(path)
    if isinstance(kept, dict) and kept.keys() == {known.name for known in fields(Latency)}:
        return Latency(**kept)
    latency = latency_of(find(), delays)
    write_entry(path, asdict(latency))
    return latency
