"""Estimated latency of a network, alone and with its ends, kept by what it depends on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Final

from logicjsc.check.timing import clock_for_cycles, timing_of
from logicjsc.core.cache import entry, read_entry, write_entry
from logicjsc.emit.hdl.options import CircuitOptions
from logicjsc.explore.zoo.mapping import Found
from logicjsc.map.mapper import MappedNetlist
from logicjsc.map.timing.delays import Delays

_FORMAT = 2

CYCLES: Final = 2
"""Clock periods of whole circuits with registers inside, as many published designs have them."""


@dataclass(frozen=True)
class WholeLatency:
    """What the timing model says of a whole circuit, words in and decision out.

    Attributes:
        lut: its LUTs, encoder and decision mapped with the network.
        cycles: clock periods with registers inside, `CYCLES` or fewer where none takes so many.
        pipelined_ns: so many of the shortest clock found, registers placed by time.
        single_ns: one answer without registers inside.
        pipelined_area_delay: LUTs times ns with registers.
        single_area_delay: LUTs times ns without.
    """

    lut: int
    cycles: int
    pipelined_ns: float
    single_ns: float
    pipelined_area_delay: float
    single_area_delay: float


@dataclass(frozen=True)
class Latency:
    """What the timing model says of a network; see `logicjsc.check.timing`.

    Attributes:
        part: whose delays were taken.
        pipelined_ns: of the network alone, with registers behind every stage.
        single_ns: one answer without registers inside.
        pipelined_area_delay: LUTs times ns with registers.
        single_area_delay: LUTs times ns without.
        note: how far such estimates have been off.
        whole: the whole circuit; None where the network takes no words.
    """

    part: str
    pipelined_ns: float
    single_ns: float
    pipelined_area_delay: float
    single_area_delay: float
    note: str
    whole: WholeLatency | None = None


def latency_of(found: Found, delays: Delays, whole: MappedNetlist | None = None) -> Latency:
    """Estimate the latency of the circuit that LUTs become.

    Args:
        found: LUTs of the network alone.
        delays: of the part.
        whole: LUTs of the whole circuit, if there is one.
    """
    report = timing_of(found.mapped, delays, found.options().network)
    pipelined, single = report.pipelined, report.single
    latency = Latency(
        report.part,
        pipelined.latency_ns,
        single.latency_ns,
        pipelined.area_delay,
        single.area_delay,
        report.note,
    )
    return latency if whole is None else replace(latency, whole=_whole(whole, delays))


def _whole(whole: MappedNetlist, delays: Delays) -> WholeLatency:
    clock = clock_for_cycles(whole, delays, CYCLES)
    report = timing_of(whole, delays, CircuitOptions(0, clock_ps=clock, part=delays.name))
    pipelined, single = report.pipelined, report.single
    return WholeLatency(
        report.lut,
        pipelined.cycles,
        pipelined.latency_ns,
        single.latency_ns,
        pipelined.area_delay,
        single.area_delay,
    )


def cached_latency(
    facts: list[Any],
    delays: Delays,
    find: Callable[[], tuple[Found, MappedNetlist | None]],
) -> Latency:
    """Like `latency_of`, remembered.

    Args:
        facts: all that the LUTs depend on.
        delays: of the part.
        find: gives the LUTs of the network and of the whole circuit.

    Raises:
        LogicjscError: the LUTs cannot be had.
    """
    path = entry("latency", [_FORMAT, *facts, asdict(delays)])
    kept = read_entry(path)
    if isinstance(kept, dict) and kept.keys() == {known.name for known in fields(Latency)}:
        whole = kept["whole"]
        return Latency(**{**kept, "whole": WholeLatency(**whole) if whole else None})
    found, luts = find()
    latency = latency_of(found, delays, luts)
    write_entry(path, asdict(latency))
    return latency
