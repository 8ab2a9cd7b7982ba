"""Mapping for a latency: the fewest LUTs that answer in time without registers inside."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from logicjsc.core.executor import Jobs
from logicjsc.core.progress import OnProgress, silent
from logicjsc.map.chain_plan import ChainPlan
from logicjsc.map.lut_network import LutNetwork
from logicjsc.map.mapper import Choose, MappedNetlist, map_netlist
from logicjsc.map.sums import Adders
from logicjsc.map.timing.delays import Delays
from logicjsc.map.timing.node_choice import FrontPoint, NodeChoice, fastest_within
from logicjsc.netlist import Netlist


@dataclass(frozen=True)
class Search:
    """How LUTs are searched for; see `map_netlist`."""

    effort: str = "medium"
    adders: Adders = "carry"
    jobs: Jobs | None = None
    cache: Path | None = None


class TimedMapping:
    """A netlist's front of LUTs and latency, and the mapped netlist of any of its points.

    Args:
        netlist: the network.
        delays: of the part.
        search: how LUTs are searched for.
        latency_ps: where the front ends; by default where nothing gets faster.
        on_progress: told of steps.

    Raises:
        ToolError: ABC is missing, failed, or gave a wrong network.
    """

    def __init__(
        self,
        netlist: Netlist,
        delays: Delays,
        search: Search,
        *,
        latency_ps: float | None = None,
        on_progress: OnProgress = silent,
    ) -> None:
        self._netlist, self._delays, self._search = netlist, delays, search
        self._known: MutableMapping[str, LutNetwork] = {}
        self._choice: NodeChoice | None = None
        self.points: Sequence[FrontPoint] = ()

        def choose(
            live: Netlist, networks: Mapping[int, LutNetwork], plan: ChainPlan
        ) -> Mapping[int, LutNetwork]:
            self._choice = NodeChoice(live, networks, plan, delays)
            self.points = self._choice.front(latency_ps, on_progress)
            return networks

        self._map(choose, on_progress)

    def _map(self, choose: Choose, on_progress: OnProgress = silent) -> MappedNetlist:
        search = self._search
        return map_netlist(
            self._netlist,
            effort=search.effort,
            adders=search.adders,
            jobs=search.jobs,
            cache=search.cache,
            known=self._known,
            on_progress=on_progress,
            choose=choose,
        )

    def mapped(self, point: FrontPoint) -> MappedNetlist:
        """The LUTs of a point, proven.

        Raises:
            ToolFailedError: a proof failed.
        """

        def choose(
            live: Netlist, networks: Mapping[int, LutNetwork], plan: ChainPlan
        ) -> Mapping[int, LutNetwork]:
            choice = self._choice or NodeChoice(live, networks, plan, self._delays)
            return choice.proven(point)

        return self._map(choose)


def map_within(
    netlist: Netlist,
    delays: Delays,
    search: Search,
    latency_ps: float,
    on_progress: OnProgress = silent,
) -> MappedNetlist:
    """The fewest LUTs found that answer within a latency.

    Raises:
        ConfigError: none do.
        ToolError: ABC is missing, failed, or gave a wrong network.
    """
    timed = TimedMapping(netlist, delays, search, latency_ps=latency_ps, on_progress=on_progress)
    return timed.mapped(fastest_within(timed.points, latency_ps))
