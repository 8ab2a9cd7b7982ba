"""How fast a mapped network is by our own timing model, pipelined and without inner registers."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from logicjsc.emit.hdl.options import CircuitOptions
from logicjsc.emit.verilog.flatten import flatten
from logicjsc.emit.verilog.lut_view import LutView, PathStep, lut_view, path_steps
from logicjsc.emit.verilog.plan import plan_network, with_voters
from logicjsc.emit.verilog.timed_placement import place_registers_by_time, shortest_clock_ps
from logicjsc.map.mapper import MappedNetlist
from logicjsc.map.timing.arrival import LongestPath, longest_path
from logicjsc.map.timing.delays import Delays

_NEAR_PS = 10.0
"""How near to the shortest clock a search for it ends."""


@dataclass(frozen=True)
class Timing:
    """What a way of placing registers gives.

    Attributes:
        cycles: clock periods from the edge that takes an input to the one that stores its output.
        fmax_mhz: highest clock frequency.
        latency_ns: so many of the shortest periods.
        area_delay: LUTs times latency in ns.
        path: the slowest path, from register to register.
        slack_ps: by how much the slowest path is faster than what was asked for; None if nothing
            was.
    """

    cycles: int
    fmax_mhz: float
    latency_ns: float
    area_delay: float
    path: tuple[PathStep, ...]
    slack_ps: float | None = None


@dataclass(frozen=True)
class TimingReport:
    """Estimates for a network.

    Attributes:
        name: the netlist's name.
        part: whose delays were taken.
        lut: LUTs of one to six inputs.
        ff: flip-flops of the register ranks, without valid bits.
        pipelined: with the registers that the circuit has.
        single: with registers at both ends only.
        note: what these figures are, and how far they have been off elsewhere.
        whole: the same with encoder and decision, words in and decision out; None without.
        whole_note: why there is no ``whole``; else empty.
    """

    name: str
    part: str
    lut: int
    ff: int
    pipelined: Timing
    single: Timing
    note: str
    whole: TimingReport | None = None
    whole_note: str = ""

    def to_dict(self) -> dict[str, Any]:
        """For ``--json``."""
        return asdict(self)


@dataclass(frozen=True)
class TimedNetwork:
    """A network with its registers, as timing sees it.

    Attributes:
        view: LUTs and gates of carry chains, with the ranks of registers in front of each.
        ranks: ranks of registers, those at the ends included.
        ff: bits they hold.
    """

    view: LutView
    ranks: int
    ff: int


def timing_of(
    mapped: MappedNetlist,
    delays: Delays,
    options: CircuitOptions | None = None,
    *,
    wide: bool = False,
) -> TimingReport:
    """Estimate Fmax and latency of a mapped network without its ends.

    Args:
        mapped: the LUTs.
        delays: of the part.
        options: where there are registers; by default behind every layer.
        wide: whether LUTs that could be wide multiplexers are some.

    Raises:
        NetlistError: a carry chain starts from what is no chain's.
    """
    options = options or CircuitOptions()
    timed = timed_network(mapped, options)
    view = timed.view
    # Nets grow with the LUTs that are built, as they do where registers are placed by time.
    # Voters are part of the registers' delay.
    built = view.network.area * options.logic_copies
    delays = with_voters(delays, options, view.network.area)
    pipelined = longest_path(view.network, delays, view.segments, built, wide=wide)
    single = longest_path(view.network, delays, None, built, wide=wide)
    # With a clock as well, the latency that is asked for is one of whole cycles.
    asked_ps = 0.0 if options.clock_ps else options.latency_ps
    # Without registers at its end, a circuit's last segment ends in those of its surroundings.
    cycles = timed.ranks + (not options.register_outputs)
    return TimingReport(
        mapped.netlist.name,
        delays.name,
        mapped.luts,
        timed.ff,
        _timing(pipelined, cycles, mapped.luts, view.names, options.clock_ps),
        _timing(single, 1, mapped.luts, view.names, asked_ps),
        delays.note,
    )


def clock_for_cycles(mapped: MappedNetlist, delays: Delays, cycles: int) -> float:
    """The shortest clock found, in ps, for which registers placed by time take so many cycles.

    A clock that one cell alone does not reach is never given, so there may be fewer cycles.

    Args:
        mapped: the LUTs.
        delays: of the part.
        cycles: clock periods from the edge that takes an input to the one that stores its output.

    Raises:
        CircuitError: a sum is left to adders of others, whose delay is not known.
    """
    flat = flatten(mapped.netlist, [layer.network for layer in mapped.layers])
    view = timed_network(mapped, CircuitOptions(0)).view
    high = longest_path(view.network, delays, None, view.network.area).period_ps
    low = max(shortest_clock_ps(flat, delays)[0], high / cycles)
    while high - low > _NEAR_PS:
        middle = (low + high) / 2
        if max(place_registers_by_time(flat, delays, middle), default=0) < cycles:
            high = middle
        else:
            low = middle
    return high


def _timing(
    path: LongestPath, cycles: int, luts: int, names: tuple[str, ...], asked_ps: float = 0.0
) -> Timing:
    steps = tuple(path_steps(path, names))
    latency = cycles * path.period_ps / 1000
    slack = round(asked_ps - path.period_ps, 1) if asked_ps else None
    return Timing(cycles, 1e6 / path.period_ps, latency, luts * latency, steps, slack)


def timed_network(mapped: MappedNetlist, options: CircuitOptions) -> TimedNetwork:
    """One network of a mapped netlist's LUTs, in the order of its segments.

    Raises:
        UnreachableClockError: no cut reaches the clock of the options.
    """
    flat = flatten(mapped.netlist, [layer.network for layer in mapped.layers])
    plan = plan_network(mapped.netlist, flat, options)
    cells = [(cell, part.segment) for part in plan.parts for cell in part.cells]
    held = sum(len(rank.nets) for rank in plan.ranks)
    return TimedNetwork(lut_view(flat, cells), len(plan.ranks), held)


def depth_between_ranks(view: LutView) -> int:
    """LUTs on the longest path that no rank of registers cuts."""
    network = view.network
    segments = [-1] * network.first_lut + list(view.segments)
    levels = [0] * network.first_lut
    for number, lut in enumerate(network.luts, start=network.first_lut):
        same = [levels[net] for net in lut.inputs if segments[net] == segments[number]]
        levels.append(max(same, default=0) + (not lut.carry))
    return max(levels, default=0)
