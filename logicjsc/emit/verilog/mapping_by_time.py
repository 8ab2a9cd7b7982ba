"""LUTs of a circuit that is to answer in time: few LUTs, then few registers, then few cycles.

With a latency alone there are no registers inside, and the answer has to come within it. With a
clock as well, the answer has to come within as many whole clock cycles as the latency holds.
"""

from __future__ import annotations

from pathlib import Path

from logicjsc.core.errors import CircuitError, ConfigError
from logicjsc.core.executor import Jobs
from logicjsc.core.progress import OnProgress, silent
from logicjsc.emit.hdl.options import CircuitOptions
from logicjsc.emit.verilog.flatten import flatten
from logicjsc.emit.verilog.plan import with_voters
from logicjsc.emit.verilog.timed_placement import place_registers_by_time
from logicjsc.map.mapper import MappedNetlist, map_netlist
from logicjsc.map.timing.delays import load_delays
from logicjsc.map.timing.node_choice import fastest_within
from logicjsc.map.timing.timed_mapping import Search, TimedMapping
from logicjsc.netlist import Netlist


def map_for_options(
    netlist: Netlist,
    options: CircuitOptions,
    *,
    effort: str,
    jobs: Jobs | None = None,
    cache: Path | None = None,
    on_progress: OnProgress = silent,
) -> MappedNetlist:
    """The LUTs of a circuit with these options, each proven.

    Args:
        netlist: the network.
        options: how its sums are added, and its latency and clock, if any.
        effort: how hard LUTs are searched for.
        jobs: processes; by default one per core.
        cache: folder of networks found before; by default in logicjsc's cache.
        on_progress: told of finished tables, and of steps to less latency.

    Raises:
        ConfigError: the latency is not reached.
        CircuitError: no cut reaches the clock.
        ToolError: ABC is missing, failed, or gave a wrong network.
    """
    search = Search(effort, options.adders, jobs, cache)
    if not options.latency_ps:
        return map_netlist(
            netlist,
            effort=effort,
            adders=options.adders,
            jobs=jobs,
            cache=cache,
            on_progress=on_progress,
        )
    delays, clock_ps = load_delays(options.part), options.clock_ps
    stop = None if clock_ps else options.latency_ps
    timed = TimedMapping(netlist, delays, search, latency_ps=stop, on_progress=on_progress)
    if not clock_ps:
        return timed.mapped(fastest_within(timed.points, options.latency_ps))
    cycles = int(options.latency_ps // clock_ps) - options.register_inputs
    if cycles < 1:
        raise ConfigError(
            f"a latency of {options.latency_ps / 1000:g} ns holds no clock of "
            f"{clock_ps / 1000:g} ns; ask for a longer latency or a shorter clock"
        )
    # The faster the network, the fewer cycles: the first point that is fast enough has fewest LUTs.
    slow, fast = -1, len(timed.points) - 1
    best = timed.mapped(timed.points[fast])
    if (found := _segments(best, options, clock_ps)) > cycles:
        raise CircuitError(
            f"no mapping found answers within {cycles} cycles of {clock_ps / 1000:g} ns; the "
            f"fewest are {found}, {found * clock_ps / 1000:g} ns, with {best.luts:,} LUTs. Without "
            f"registers its slowest path is: {timed.points[fast].path}"
        )
    while fast - slow > 1:
        middle = (slow + fast) // 2
        tried = timed.mapped(timed.points[middle])
        if _segments(tried, options, clock_ps) <= cycles:
            fast, best = middle, tried
        else:
            slow = middle
    return best


def _segments(mapped: MappedNetlist, options: CircuitOptions, clock_ps: float) -> int:
    flat = flatten(mapped.netlist, [layer.network for layer in mapped.layers])
    delays = with_voters(load_delays(options.part), options, mapped.luts)
    return max(place_registers_by_time(flat, delays, clock_ps), default=0) + 1
