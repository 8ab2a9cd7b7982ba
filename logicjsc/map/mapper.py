"""A whole netlist as 6-input LUTs: one network per layer, equal LUTs shared."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from logicjsc.errors import NetlistError
from logicjsc.files import cache_directory, write_text
from logicjsc.map.abc import find_abc
from logicjsc.map.bits import bit_offsets, output_places
from logicjsc.map.lut_network import CONSTANTS, Lut, LutNetwork, pack_words, unpack_words
from logicjsc.map.tasks import Task, tasks_of
from logicjsc.netlist import Layer, Netlist
from logicjsc.netlist.passes import drop_dead_nodes
from logicjsc.tools import Tool

Array: TypeAlias = npt.NDArray[Any]
OnProgress: TypeAlias = Callable[[int, int], None]


@dataclass(frozen=True)
class MappedLayer:
    """One layer as LUTs.

    Attributes:
        name: the layer's name.
        stage: its stage.
        network: inputs are the bits of all signals before the layer, in order, the lowest bit of
            each signal first; outputs are the bits of the layer's nodes.
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
        """LUTs of one to six inputs, inverters included; constants and wires cost nothing."""
        return sum(len(layer.network.luts) for layer in self.layers)

    @cached_property
    def depth(self) -> int:
        """LUTs on the longest path from a network input to a network output."""
        levels: list[int] = [0] * int(self.netlist.input_widths.sum())
        for layer in self.layers:
            reached = layer.network.levels(levels)
            levels += [reached[output] for output in layer.network.outputs]
        return max(levels[place] for place in output_places(self.netlist))

    def evaluate(self, codes: Array) -> Array:
        """Output codes ``[jets, outputs]`` of input codes ``[jets, inputs]``, by the LUTs."""
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
    jobs: int | None = None,
    cache: Path | None = None,
    known: MutableMapping[str, LutNetwork] | None = None,
    on_progress: OnProgress | None = None,
) -> MappedNetlist:
    """Map every live node of a netlist, in parallel, and share equal LUTs within each layer.

    Args:
        netlist: the network.
        effort: ``low``, ``medium`` or ``high``.
        jobs: processes; by default one per core.
        cache: folder of networks found before, by table; by default in logicjsc's cache.
        known: networks found before, by the key of their task; like the cache's, they are proven
            again before they count. What this netlist took is added.
        on_progress: called with finished and total tables.

    Raises:
        ToolError: ABC is missing, failed, or gave a wrong network.
    """
    live = drop_dead_nodes(netlist)
    tasks = [list(tasks_of(live, layer)) for layer in live.layers]
    keys = [[task.key(effort) for task in row] for row in tasks]
    wanted = {
        key: task
        for key_row, task_row in zip(keys, tasks, strict=True)
        for key, task in zip(key_row, task_row, strict=True)
    }
    folder = (cache or cache_directory()) / "luts"
    hints = known if known is not None else {}
    networks = _map_all(
        wanted, effort, jobs or os.cpu_count() or 1, folder, hints=hints, on_progress=on_progress
    )
    hints.update(networks)
    layers = tuple(
        MappedLayer(layer.name, layer.stage, _assemble(live, layer, [networks[key] for key in row]))
        for layer, row in zip(live.layers, keys, strict=True)
    )
    return MappedNetlist(live, layers)


def _map_all(
    wanted: dict[str, Task],
    effort: str,
    jobs: int,
    folder: Path,
    *,
    hints: Mapping[str, LutNetwork],
    on_progress: OnProgress | None,
) -> dict[str, LutNetwork]:
    abc = find_abc()
    done: dict[str, LutNetwork] = {}
    for key, task in wanted.items():
        found = hints.get(key) or _load(folder, abc, key)
        # The cache is only a hint: what it holds is proven again, like everything else.
        if found is not None and task.holds(found, abc):
            done[key] = found
    missing = {key: task for key, task in wanted.items() if key not in done}
    if on_progress is not None:
        on_progress(len(done), len(wanted))
    # The largest take longest: they come first, so that no core idles at the end.
    ordered = sorted(missing, key=lambda key: -missing[key].size)
    for key, network in _search({key: missing[key] for key in ordered}, abc, effort, jobs):
        done[key] = network
        _save(folder, abc, key, network)
        if on_progress is not None:
            on_progress(len(done), len(wanted))
    return done


def _search(
    missing: dict[str, Task], abc: Tool, effort: str, jobs: int
) -> Iterator[tuple[str, LutNetwork]]:
    """Networks as they are found."""
    if jobs == 1 or not missing:
        # Without a pool, so that a process that may not have children can map as well.
        for key, task in missing.items():
            yield key, task.search(abc, effort)
        return
    with ProcessPoolExecutor(jobs) as pool:
        futures = {pool.submit(task.search, abc, effort): key for key, task in missing.items()}
        try:
            for future in as_completed(futures):
                yield futures[future], future.result()
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def _assemble(netlist: Netlist, layer: Layer, networks: list[LutNetwork]) -> LutNetwork:
    """The nodes' networks side by side; LUTs with equal inputs and tables become one."""
    first = netlist.first_signals[netlist.layers.index(layer)]
    offsets = bit_offsets(netlist.widths)
    inputs = offsets[first]
    luts: list[Lut] = []
    number_of: dict[Lut, int] = {}
    outputs: list[int] = []
    for node, network in enumerate(networks):
        # The first input is the most significant: bits from the lowest input upwards.
        renamed = [0, 1]
        for source in layer.inputs[node][::-1]:
            start = CONSTANTS + offsets[source]
            renamed += range(start, start + int(netlist.widths[source]))
        for lut in network.luts:
            moved = Lut(tuple(renamed[source] for source in lut.inputs), lut.table)
            if moved not in number_of:
                number_of[moved] = CONSTANTS + inputs + len(luts)
                luts.append(moved)
            renamed.append(number_of[moved])
        outputs += [renamed[output] for output in network.outputs]
    return LutNetwork(inputs, tuple(luts), tuple(outputs))


def _bits_of(codes: Array, widths: Array) -> Iterator[Array]:
    """Bit planes ``[width, jets]`` of each column."""
    for column, width in zip(codes.T, widths.tolist(), strict=True):
        yield (column.astype(np.uint32)[None, :] >> np.arange(width, dtype=np.uint32)[:, None]) & 1


def _path(folder: Path, abc: Tool, key: str) -> Path:
    program = hashlib.sha256(abc.identity.encode()).hexdigest()[:8]
    return folder / program / key[:2] / f"{key}.json"


def _save(folder: Path, abc: Tool, key: str, network: LutNetwork) -> None:
    luts = [[list(lut.inputs), lut.table] for lut in network.luts]
    entry = {"inputs": network.inputs, "luts": luts, "outputs": list(network.outputs)}
    write_text(_path(folder, abc, key), json.dumps(entry))


def _load(folder: Path, abc: Tool, key: str) -> LutNetwork | None:
    """A network found before; None if there is none that can be read."""
    try:
        entry = json.loads(_path(folder, abc, key).read_text(encoding="utf-8"))
        luts = tuple(Lut(tuple(inputs), table) for inputs, table in entry["luts"])
        return LutNetwork(entry["inputs"], luts, tuple(entry["outputs"]))
    except (OSError, ValueError, KeyError, TypeError, NetlistError):
        return None
