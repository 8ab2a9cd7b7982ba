"""How each node of a netlist is built: the fewest LUTs first, then faster where it matters.

All nodes start in the way that takes the fewest LUTs, and once more with sums on more chains. Then,
again and again, the slowest path of the whole network is found, and of all nodes on it the one is
changed that wins most time per LUT, as transistors are sized along critical paths (Fishburn and
Dunlop, TILOS, ICCAD 1985). Sums have adders of other shapes, tables have shallower networks. Every
step is a point, up to where no node on the slowest path gets any faster, and the best points of all
starts are a front of LUTs and latency. What is chosen is proven; all area and delay is that of the
networks themselves.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np

from logicjsc.core.errors import ConfigError, ToolFailedError
from logicjsc.core.progress import OnProgress, silent
from logicjsc.map.abc import find_abc
from logicjsc.map.adder_tree import JOINS, Addends, Shape
from logicjsc.map.bits import address_places, bit_offsets, tables_by_signal
from logicjsc.map.chain_plan import ChainPlan
from logicjsc.map.lut_network import CONSTANTS, Lut, LutNetwork
from logicjsc.map.shallow import shallow_networks
from logicjsc.map.sum_apart import SumApart
from logicjsc.map.sums import sum_nodes
from logicjsc.map.timing.arrival import LongestPath, longest_path_and_times
from logicjsc.map.timing.delays import Delays
from logicjsc.map.timing.settle import pins_of, settle_times
from logicjsc.map.tree_proof import prove_tree
from logicjsc.netlist import Layer, Netlist, SumLayer

_MORE_CHAINS = 3
"""By how many chains a sum may grow in a step, beside twice as many, half of all, and all."""

_LEAST_GAIN_PS = 1.0

_MOST_STEPS = 2000

_STARTS = (0, 6, 4)
"""Terms on a chain at the start, 0 for all of them."""


Way: TypeAlias = Shape | int


@dataclass(frozen=True)
class FrontPoint:
    """A choice for all nodes.

    Attributes:
        lut: LUTs of the network.
        latency_ps: of one answer without registers inside.
        ways: of nodes that are not built as at first, by signal: the shape of a sum, or the number
            of a table's network among its shallower ones.
        path: the slowest path, as a text.
    """

    lut: int
    latency_ps: float
    ways: Mapping[int, Way]
    path: str = ""


@dataclass(frozen=True)
class _Sum:
    """A sum that can be added in several ways."""

    addends: Addends
    apart: SumApart
    unbuilt: frozenset[int]
    built_before: int


class NodeChoice:
    """Chooses adders for the sums of a netlist, and networks for its tables.

    Args:
        netlist: the netlist without dead nodes.
        networks: LUTs of every node by signal, sums on chains included.
        plan: which sums are on chains.
        delays: of the part.
    """

    def __init__(
        self,
        netlist: Netlist,
        networks: Mapping[int, LutNetwork],
        plan: ChainPlan,
        delays: Delays,
    ) -> None:
        self._netlist, self._networks, self._delays = netlist, dict(networks), delays
        self._plan = plan
        self._offsets = bit_offsets(netlist.widths)
        self._sums = dict(self._find_sums())
        self._known: dict[tuple[int, Way], LutNetwork] = {}
        self._tables = tables_by_signal(netlist)
        self._shallow: dict[int, list[LutNetwork]] = {}

    def _find_sums(self) -> Iterator[tuple[int, _Sum]]:
        netlist, plan = self._netlist, self._plan
        for first, layer in zip(netlist.first_signals, netlist.layers, strict=True):
            if not isinstance(layer, SumLayer):
                continue
            for number, node in enumerate(sum_nodes(netlist, layer)):
                signal = first + number
                if signal not in plan.apart:
                    continue
                apart = plan.apart[signal]
                size = int(np.flatnonzero(plan.read[signal])[-1]) + 1
                addends = Addends.of(apart.node(node), apart.functions, apart.inputs, size)
                yield (
                    signal,
                    _Sum(addends, apart, plan.unread_bits(signal), self._offsets[first]),
                )

    def network(self, signal: int, way: Way) -> LutNetwork:
        """A node built in a way, without bits that nothing reads."""
        if isinstance(way, int):
            return self._shallow_networks(signal)[way]
        if (signal, way) not in self._known:
            one = self._sums[signal]
            whole = one.apart.joined(one.addends.tree(way).network)
            built = whole.without(one.unbuilt)
            self._known[signal, way] = replace(built, shapes=((0, way.text),))
        return self._known[signal, way]

    def _shallow_networks(self, signal: int) -> list[LutNetwork]:
        """Networks of a table, the shallowest first; each is compared with it when it is found."""
        if signal not in self._shallow:
            layer, node = self._tables[signal]
            width, unread = int(layer.widths[node]), self._plan.unread_bits(signal)
            kept = sum(1 << bit for bit in range(width) if bit not in unread)
            table = layer.tables[node] & layer.tables.dtype.type(kept)
            found = shallow_networks(table, width, find_abc())
            self._shallow[signal] = [network.without(unread) for network in found]
        return self._shallow[signal]

    def proven(self, point: FrontPoint) -> dict[int, LutNetwork]:
        """Networks of all nodes for a point of the front.

        Raises:
            ToolFailedError: a tree does not add up, which is a bug.
        """
        for signal, way in point.ways.items():
            if isinstance(way, int):
                continue
            addends = self._sums[signal].addends
            # What the terms are functions of was proven by the plan.
            if not prove_tree(addends.tree(way), addends.size):
                raise ToolFailedError("the tree of adders made for a sum does not add up to it")
        chosen = {signal: self.network(signal, way) for signal, way in point.ways.items()}
        return self._networks | chosen

    def front(
        self, latency_ps: float | None = None, on_progress: OnProgress = silent
    ) -> list[FrontPoint]:
        """Points from the fewest LUTs on, each faster than those before it.

        Changing one node after the other ends where no single change helps, as where a score adds
        hidden sums in the order in which they come: they need not be faster before it has more
        chains, nor it before they are. So there are several starts, and what is best in them.

        Args:
            latency_ps: where to stop; by default where nothing gets faster.
            on_progress: told of steps.
        """
        found: list[FrontPoint] = []
        known: list[dict[int, Way]] = []
        for terms in _STARTS:
            ways = self._start(terms)
            if ways not in known:
                known.append(ways)
                found += self._front_from(ways, latency_ps, on_progress)
        return best_points(found)

    def _start(self, terms: int) -> dict[int, Way]:
        """Sums on as few chains as have at most so many terms; 0: one chain each."""
        ways: dict[int, Way] = {}
        for signal, one in self._sums.items() if terms else ():
            chains = -(-one.addends.most_chains // terms)
            if chains > 1:
                ways[signal] = Shape(chains, JOINS[0], (), True)
        return ways

    def _front_from(
        self, start: Mapping[int, Way], latency_ps: float | None, on_progress: OnProgress
    ) -> list[FrontPoint]:
        """Points from a start on, each faster than those before it."""
        ways = dict(start)
        chosen = self._networks | {
            signal: self.network(signal, way) for signal, way in ways.items()
        }
        found: list[FrontPoint] = []
        for step in range(_MOST_STEPS):
            whole = Assembly(self._netlist, chosen, self._plan.sums)
            path, times = longest_path_and_times(whole.network, self._delays)
            text = self._path_text(whole, path)
            point = FrontPoint(whole.network.area, path.period_ps, dict(ways), text)
            if not found or point.latency_ps < found[-1].latency_ps:
                found.append(point)
            on_progress(step, 0, f"{point.lut} LUTs, {path.period_ps / 1000:.2f} ns")
            if latency_ps is not None and path.period_ps <= latency_ps:
                break
            move = self._best_move(whole, path, times, chosen, ways)
            if move is None:
                break
            signal, way = move
            ways[signal], chosen[signal] = way, self.network(signal, way)
        return found

    def _path_text(self, whole: Assembly, path: LongestPath) -> str:
        """The slowest path, cell by cell with the node that each belongs to."""
        names = self._netlist.node_name
        return ", ".join(
            f"{step.cell}"
            + (f" of {names(whole.owners[step.signal])}" if step.signal in whole.owners else "")
            + f" (net {step.net_ps:.0f} + cell {step.cell_ps:.0f} = {step.arrival_ps:.0f} ps)"
            for step in path.steps
        )

    def _best_move(
        self,
        whole: Assembly,
        path: LongestPath,
        times: Sequence[float],
        chosen: Mapping[int, LutNetwork],
        ways: Mapping[int, Way],
    ) -> tuple[int, Way] | None:
        """The change of a node on the slowest path that wins most time per LUT."""
        best: tuple[float, int, Way] | None = None
        for signal in dict.fromkeys(whole.owners.get(step.signal, -1) for step in path.steps):
            if signal not in self._sums and signal not in self._tables:
                continue
            now = self._settled(whole, signal, chosen[signal], times)
            for way in self._ways(whole, signal, ways.get(signal), times):
                network = self.network(signal, way)
                gain = now - self._settled(whole, signal, network, times)
                if gain < _LEAST_GAIN_PS:
                    continue
                price = max(network.area - chosen[signal].area, 0.0) + 0.1
                if best is None or gain / price > best[0]:
                    best = gain / price, signal, way
        return None if best is None else best[1:]

    def _ways(
        self, whole: Assembly, signal: int, current: Way | None, times: Sequence[float]
    ) -> Iterator[Way]:
        if signal in self._tables:
            yield from range(len(self._shallow_networks(signal)))
            return
        one = self._sums[signal]
        count = current.chains if isinstance(current, Shape) else 1
        late = self._late(whole, one, times)
        most = one.addends.most_chains
        counts = {*range(count, count + _MORE_CHAINS + 1), 2 * count, -(-most // 2), most}
        for chains in sorted(number for number in counts if count <= number <= most):
            for join in JOINS[: 1 if chains < 3 else None]:  # noqa: PLR2004 - two are joined alike
                for in_table in (True, False) if one.addends.constant else (True,):
                    yield Shape(chains, join, late, in_table)

    def _late(self, whole: Assembly, one: _Sum, times: Sequence[float]) -> tuple[int, ...]:
        """Terms in the order of their arrival, where they do not arrive together."""
        # Rests of tables that were taken apart are made inside the sum, and not looked up here.
        known = dict(enumerate(whole.signals[: one.built_before], start=CONSTANTS))
        arrivals = [
            max(
                (times[known[source]] for bit in bits for source in bit.inputs if source in known),
                default=0.0,
            )
            for bits in one.addends.functions
        ]
        order = sorted(range(len(arrivals)), key=lambda term: arrivals[term])
        spread = arrivals[order[-1]] - arrivals[order[0]]
        return tuple(order) if spread > self._delays.carry.select_to_carry_ps else ()

    def _settled(
        self, whole: Assembly, signal: int, network: LutNetwork, times: Sequence[float]
    ) -> float:
        """When the last bit of a node settles that a network makes."""
        reads, readers = whole.reads[signal], whole.readers
        own = pins_of(network)
        for place, source in enumerate(reads, start=CONSTANTS):
            own[place] = max(own[place], readers[source])
        first = self._offsets[signal]
        for bit, output in enumerate(network.outputs):
            if output >= network.first_lut:
                own[output] += readers[whole.signals[first + bit]]
        starts = [times[source] for source in reads]
        settled = settle_times(network, self._delays, whole.network.area, starts, own)
        return max((settled[output] for output in network.outputs), default=0.0)


class Assembly:
    """All nodes of a netlist as one network.

    Equal LUTs of a layer are one, but for those that select in carry chains.

    Args:
        netlist: the netlist without dead nodes.
        networks: LUTs of every node, by signal.
        chained: nodes whose networks read all bits before their layer, not just their own.

    Attributes:
        network: the LUTs and gates.
        signals: for every bit of every signal of the netlist the signal that carries it.
        owners: the node that each LUT or gate was made for.
        reads: for every node the signals that are the inputs of its network.
        readers: pins that each signal reaches outside the node that makes it.
    """

    def __init__(
        self,
        netlist: Netlist,
        networks: Mapping[int, LutNetwork],
        chained: Collection[int],
    ) -> None:
        self._netlist = netlist
        self._offsets = bit_offsets(netlist.widths)
        inputs = int(netlist.input_widths.sum())
        self._luts: list[Lut] = []
        self._base = CONSTANTS + inputs
        self.signals = list(range(CONSTANTS, CONSTANTS + inputs))
        self.owners: dict[int, int] = {}
        self.reads: dict[int, Sequence[int]] = {}
        for first, layer in zip(netlist.first_signals, netlist.layers, strict=True):
            shared: dict[Lut, int] = {}
            before = list(self.signals)
            for node in range(layer.nodes):
                read = before if first + node in chained else self._address(layer, node, before)
                self.reads[first + node] = read
                self._add(first + node, networks[first + node], [0, 1, *read], shared)
        outputs = tuple(
            self.signals[self._offsets[signal] + bit]
            for signal in netlist.outputs.tolist()
            for bit in range(int(netlist.widths[signal]))
        )
        self.network = LutNetwork(inputs, tuple(self._luts), outputs)
        self.readers = self._outside()

    def _address(self, layer: Layer, node: int, before: Sequence[int]) -> Sequence[int]:
        """The signals that a node reads, the lowest bit of its address first."""
        places = address_places(self._netlist, layer, node, self._offsets)
        return [before[place] for place in reversed(places)]

    def _add(
        self, signal: int, network: LutNetwork, renamed: list[int], shared: dict[Lut, int]
    ) -> None:
        beside = network.selecting
        for number, lut in enumerate(network.luts, start=network.first_lut):
            moved = lut.renamed(renamed)
            own = self._base + len(self._luts)
            place = own if lut.carry or number in beside else shared.setdefault(moved, own)
            if place == own:
                self._luts.append(moved)
                self.owners[own] = signal
            renamed.append(place)
        self.signals += [renamed[output] for output in network.outputs]

    def _outside(self) -> list[int]:
        """Pins by signal in nodes other than its own."""
        readers = [0] * (self._base + len(self._luts))
        for number, lut in enumerate(self._luts, start=self._base):
            pins = lut.inputs[:1] + lut.inputs[2:] if lut.carry else lut.inputs
            for source in dict.fromkeys(pins):
                if self.owners.get(source) != self.owners[number]:
                    readers[source] += 1
        for output in self.network.outputs:
            readers[output] += 1
        return readers


def best_points(points: Sequence[FrontPoint]) -> list[FrontPoint]:
    """Of points those that no other equals or beats in LUTs and latency, fewest LUTs first."""
    kept: list[FrontPoint] = []
    for point in sorted(points, key=lambda one: (one.lut, one.latency_ps)):
        if not kept or point.latency_ps < kept[-1].latency_ps:
            kept.append(point)
    return kept


def fastest_within(points: Sequence[FrontPoint], latency_ps: float) -> FrontPoint:
    """The point of fewest LUTs that is as fast as asked for.

    Raises:
        ConfigError: none is.
    """
    for point in points:
        if point.latency_ps <= latency_ps:
            return point
    best = points[-1]
    raise ConfigError(
        f"a latency of {latency_ps / 1000:g} ns is not reached; the best found is "
        f"{best.latency_ps / 1000:.3f} ns with {best.lut:,} LUTs. Its slowest path: {best.path}"
    )
