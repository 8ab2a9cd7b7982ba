"""A whole netlist as 6-input LUTs: one network per layer, equal LUTs shared.

Sums become LUTs, or carry chains with the tables they add inside the adders' LUTs; see
`logicjsc.map.chain_plan`.
"""

from __future__ import annotations

import hashlib
import math
import time
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from logicjsc.core.cache import read_entry, write_entry
from logicjsc.core.errors import NetlistError
from logicjsc.core.executor import Executor, Jobs, executor_of, run_tasks
from logicjsc.core.files import cache_directory
from logicjsc.core.programs import Tool
from logicjsc.core.progress import OnProgress, silent
from logicjsc.map.abc import find_abc, same_abc
from logicjsc.map.bits import address_places, bit_offsets, output_places
from logicjsc.map.chain_plan import ChainPlan, no_chains, plan_chains
from logicjsc.map.chain_splits import candidates, rest_task, split_tables
from logicjsc.map.lut_network import CONSTANTS, Lut, LutNetwork, pack_words, unpack_words
from logicjsc.map.sums import Adders
from logicjsc.map.tasks import Task, tasks_of
from logicjsc.netlist import Layer, Netlist, SumLayer
from logicjsc.netlist.passes import drop_dead_nodes

Array: TypeAlias = npt.NDArray[Any]

Choose: TypeAlias = Callable[
    [Netlist, Mapping[int, LutNetwork], ChainPlan], Mapping[int, LutNetwork]
]
"""Given a netlist without dead nodes, networks of all nodes and the plan of its chains, networks of
all nodes with the same functions."""


@dataclass(frozen=True)
class MappedLayer:
    """One layer as LUTs.

    Attributes:
        name: the layer's name.
        stage: its stage.
        network: inputs are the bits of all signals before the layer, in order, the lowest bit of
            each signal first; outputs are the bits of the layer's nodes. With carry chains, bits
            that nothing reads are not built.
    """

    name: str
    stage: int
    network: LutNetwork


@dataclass(frozen=True)
class MappedNetlist:
    """A netlist without dead nodes, and the LUTs that realise it.

    Attributes:
        netlist: the netlist, its dead nodes dropped.
        layers: its layers as LUTs.
    """

    netlist: Netlist
    layers: tuple[MappedLayer, ...]

    @property
    def luts(self) -> int:
        """LUTs of one to six inputs, inverters included; constants and wires cost nothing.

        Carry chains are not counted, only the LUTs in front of them.
        """
        return sum(layer.network.area for layer in self.layers)

    @cached_property
    def depth(self) -> int:
        """LUTs on the longest path from a network input to a network output."""
        levels: list[int] = [0] * int(self.netlist.input_widths.sum())
        for layer in self.layers:
            reached = layer.network.levels(levels)
            levels += [reached[output] for output in layer.network.outputs]
        return max(levels[place] for place in output_places(self.netlist))

    def evaluate(self, codes: Array) -> Array:
        """Output codes ``[samples, outputs]`` of input codes ``[samples, inputs]``, by the LUTs."""
        netlist = self.netlist
        words = pack_words(np.concatenate(list(_bits_of(codes, netlist.input_widths))))
        for layer in self.layers:
            words = np.concatenate([words, layer.network.evaluate(words)])
        bits = unpack_words(words, len(codes))
        offsets = bit_offsets(netlist.widths)
        outputs = np.zeros((len(codes), len(netlist.outputs)), netlist.code_dtype)
        for index, signal in enumerate(netlist.outputs):
            for bit in range(int(netlist.widths[signal])):
                plane = bits[offsets[signal] + bit].astype(netlist.code_dtype)
                outputs[:, index] |= plane << netlist.code_dtype.type(bit)
        return outputs


def map_netlist(
    netlist: Netlist,
    *,
    effort: str = "medium",
    adders: Adders = "lut",
    jobs: Jobs | None = None,
    cache: Path | None = None,
    known: MutableMapping[str, LutNetwork] | None = None,
    on_progress: OnProgress = silent,
    seconds: float | None = None,
    choose: Choose | None = None,
) -> MappedNetlist:
    """Map every live node of a netlist, in parallel, and share equal LUTs within each layer.

    Args:
        netlist: the network.
        effort: ``low``, ``medium`` or ``high``.
        adders: sums as LUTs, on carry chains with their tables absorbed, or each in the way that
            takes fewer LUTs.
        jobs: processes, by default one per core, or an executor.
        cache: folder of networks found before, by table; by default in logicjsc's cache.
        known: networks found before, by the key of their task; like the cache's, they are proven
            again before they count. What this netlist took is added.
        on_progress: told of finished tables.
        seconds: of all searches together, about; the best found until then counts, and a bound
            where nothing was. Without, each of them may take minutes.
        choose: replaces networks of nodes by others that it proves.

    Raises:
        ToolError: ABC is missing, failed, or gave a wrong network.
        ToolFailedError: the carry chains made for a sum do not add up.
    """
    live = drop_dead_nodes(netlist)
    tasks = dict(zip(range(live.inputs, live.signals), _tasks(live), strict=True))
    folder = (cache or cache_directory()) / "luts"
    workers = executor_of(jobs)
    hints = known if known is not None else {}
    deadline = math.inf if seconds is None else time.time() + seconds

    def search(wanted: dict[int, Task]) -> dict[int, LutNetwork]:
        return _map_all(
            wanted, effort, workers, folder, deadline, hints=hints, on_progress=on_progress
        )

    plan = no_chains(live)
    chains: Mapping[int, LutNetwork] = {}
    found: dict[int, LutNetwork] = {}
    unread: dict[int, frozenset[int]] = {}
    if adders != "lut":
        if adders == "best":
            sums = _signals_of_sums(live)
            found = search({signal: tasks[signal] for signal in sums})
        others = {signal: network.area for signal, network in found.items()}
        splits = candidates(live)
        whole = search({signal: tasks[signal] for signal in splits})
        rests = search({signal: rest_task(split) for signal, split in splits.items()})
        areas = {signal: network.area for signal, network in whole.items()}
        apart = split_tables(live, splits, rests, areas)
        found |= whole
        plan = plan_chains(live, others if adders == "best" else None, apart)
        chains = plan.sums
        unread = {signal: plan.unread_bits(signal) for signal in tasks}
        tasks = {signal: task.without(unread[signal]) for signal, task in tasks.items()}
    left = {s: task for s, task in tasks.items() if s not in chains and s not in found}
    found |= search(left)
    for signal, bits in unread.items():
        if signal in found:
            found[signal] = found[signal].without(bits)
    if choose is not None:
        replaced = choose(live, {**found, **chains}, plan)
        chains = {signal: replaced[signal] for signal in chains}
        found = {signal: replaced[signal] for signal in found}
    layers = tuple(
        MappedLayer(layer.name, layer.stage, _assemble(live, layer, first, found, chains))
        for first, layer in zip(live.first_signals, live.layers, strict=True)
    )
    return MappedNetlist(live, layers)


def _tasks(netlist: Netlist) -> Iterator[Task]:
    for layer in netlist.layers:
        yield from tasks_of(netlist, layer)


def _signals_of_sums(netlist: Netlist) -> list[int]:
    return [
        signal
        for first, layer in zip(netlist.first_signals, netlist.layers, strict=True)
        if isinstance(layer, SumLayer)
        for signal in range(first, first + layer.nodes)
    ]


def _map_all(
    wanted: dict[int, Task],
    effort: str,
    jobs: Executor,
    folder: Path,
    deadline: float,
    *,
    hints: MutableMapping[str, LutNetwork],
    on_progress: OnProgress,
) -> dict[int, LutNetwork]:
    """Networks of tasks, whatever they are numbered by; equal tasks are searched for once."""
    keys = {number: task.key(effort) for number, task in wanted.items()}
    unique = {keys[number]: task for number, task in wanted.items()}
    networks = _map_unique(
        unique, effort, jobs, folder, deadline, hints=hints, on_progress=on_progress
    )
    hints.update(networks)
    return {number: networks[key] for number, key in keys.items()}


def _map_unique(
    wanted: dict[str, Task],
    effort: str,
    jobs: Executor,
    folder: Path,
    deadline: float,
    *,
    hints: Mapping[str, LutNetwork],
    on_progress: OnProgress,
) -> dict[str, LutNetwork]:
    abc = find_abc()
    done: dict[str, LutNetwork] = {}
    for key, task in wanted.items():
        found = hints.get(key) or _load(folder, abc, key)
        # The cache is only a hint: what it holds is proven again, like everything else.
        if found is not None and task.holds(found, abc):
            done[key] = found
    missing = {key: task for key, task in wanted.items() if key not in done}
    on_progress(len(done), len(wanted), "tables")
    # The largest take longest: they come first, so that no core idles at the end. If time may run
    # out they come last, so that most are found.
    largest_first = -1 if math.isinf(deadline) else 1
    ordered = sorted(missing, key=lambda key: largest_first * missing[key].size)
    calls = {key: (missing[key], effort) for key in ordered}
    for key, network in run_tasks(_search, calls, jobs, (abc, deadline)):
        done[key] = network
        if time.time() < deadline:  # a search that was cut short is none to be remembered
            _save(folder, abc, key, network)
        on_progress(len(done), len(wanted), "tables")
    return done


def _search(abc: Tool, deadline: float, task: Task, effort: str) -> LutNetwork:
    # Each machine's monotonic clock begins somewhere else.
    left = deadline - time.time()
    return task.search(same_abc(abc), effort, time.monotonic() + left)


def _assemble(
    netlist: Netlist,
    layer: Layer,
    first: int,
    networks: Mapping[int, LutNetwork],
    chains: Mapping[int, LutNetwork],
) -> LutNetwork:
    """The nodes' networks side by side; LUTs with equal inputs and tables become one.

    LUTs that select in a carry chain have their place beside it, and are not shared.
    """
    offsets = bit_offsets(netlist.widths)
    inputs = offsets[first]
    luts: list[Lut] = []
    number_of: dict[Lut, int] = {}
    outputs: list[int] = []
    unbuilt: set[int] = set()
    shapes: list[tuple[int, str]] = []
    for node in range(layer.nodes):
        chained = chains.get(first + node)
        network = networks[first + node] if chained is None else chained
        if chained is not None:
            renamed = list(range(CONSTANTS + inputs))
        else:
            # The first input is the most significant: bits from the lowest input upwards.
            places = address_places(netlist, layer, node, offsets)
            renamed = [0, 1, *(CONSTANTS + place for place in reversed(places))]
        shapes += [(node, text) for _, text in network.shapes]
        beside = network.selecting
        for number, lut in enumerate(network.luts, start=network.first_lut):
            moved = lut.renamed(renamed)
            own = CONSTANTS + inputs + len(luts)
            fixed = lut.carry or number in beside
            place = own if fixed else number_of.setdefault(moved, own)
            if place == own:
                luts.append(moved)
            renamed.append(place)
        unbuilt |= {len(outputs) + bit for bit in network.unbuilt}
        outputs += [renamed[output] for output in network.outputs]
    return LutNetwork(inputs, tuple(luts), tuple(outputs), frozenset(unbuilt), tuple(shapes))


def _bits_of(codes: Array, widths: Array) -> Iterator[Array]:
    """Bit planes ``[width, samples]`` of each column."""
    for column, width in zip(codes.T, widths.tolist(), strict=True):
        yield (column.astype(np.uint32)[None, :] >> np.arange(width, dtype=np.uint32)[:, None]) & 1


def _path(folder: Path, abc: Tool, key: str) -> Path:
    program = hashlib.sha256(abc.identity.encode()).hexdigest()[:8]
    return folder / program / key[:2] / f"{key}.json"


def _save(folder: Path, abc: Tool, key: str, network: LutNetwork) -> None:
    luts = [[list(lut.inputs), lut.table] for lut in network.luts]
    entry = {"inputs": network.inputs, "luts": luts, "outputs": list(network.outputs)}
    write_entry(_path(folder, abc, key), entry)


def _load(folder: Path, abc: Tool, key: str) -> LutNetwork | None:
    """A network found before; None if there is none that can be read."""
    entry = read_entry(_path(folder, abc, key))
    try:
        luts = tuple(Lut(tuple(inputs), table) for inputs, table in entry["luts"])
        return LutNetwork(entry["inputs"], luts, tuple(entry["outputs"]))
    except (ValueError, KeyError, TypeError, NetlistError):
        return None
