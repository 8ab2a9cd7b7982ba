"""A search for fewer LUTs of a whole network, for as long as it may take.

Round by round, random scripts (`logicjsc.map.random_scripts`) meet the network, or windows of it if
it is large. What is not larger is kept, also where it is merely another network of as many LUTs:
from there other scripts find other ways on. After many rounds without gain one more LUT is accepted
for a while. Whatever is kept was proven equal to the network that the search began with, by ABC.

A round depends on the seed, its number and the network it begins with, and on nothing else, as long
as no script takes more than a minute. The state is kept in the cache, so a search with the same
seed goes on where the last one stopped.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt

from logicjsc.core.cache import entry, read_entry, write_entry
from logicjsc.core.errors import NetlistError, ToolFailedError, ToolTimeoutError
from logicjsc.core.executor import Executor, Jobs, executor_of, run_tasks
from logicjsc.core.programs import Tool
from logicjsc.core.progress import OnProgress, silent
from logicjsc.core.temporary import temporary_folder
from logicjsc.map.abc import find_abc, run_script
from logicjsc.map.blif import network_blif, parse_network
from logicjsc.map.equivalence import are_equal
from logicjsc.map.lut_graph import LutGraph
from logicjsc.map.lut_network import CONSTANTS, Lut, LutNetwork
from logicjsc.map.random_scripts import random_script, shuffled_blif

Array: TypeAlias = npt.NDArray[Any]

_FORMAT: Final = 1
_BATCHES: Final = 2
"""Calls of ABC in a round, which may run side by side."""

_SCRIPTS: Final = 8
"""Scripts of one call."""

_BATCH_SECONDS: Final = 60.0
"""Time of one call; what it wrote until then counts."""

_SMALL: Final = 60
"""LUTs of networks that scripts meet as a whole, more often than not."""

_WINDOWS: Final = (10, 45)
"""Sizes of windows, the last one excluded."""

_WHOLE_SMALL: Final = 0.6
_WHOLE_LARGE: Final = 0.1
"""Share of scripts that meet the whole network, small or large."""

_STALLED: Final = 30
"""Rounds without gain after which a network with one more LUT is accepted."""

_BACK: Final = 60
"""Rounds without gain after which the search goes on from the best network again."""

_WORDS: Final = 16
"""Words of 64 random vectors on which a result is compared before ABC proves it."""


@dataclass(frozen=True)
class State:
    """Where a search is.

    Attributes:
        rounds: rounds that are done.
        stalled: rounds since the last gain.
        current: the network that the next round begins with.
        best: the smallest network.
    """

    rounds: int
    stalled: int
    current: LutNetwork
    best: LutNetwork


def search_across(
    network: LutNetwork,
    *,
    seconds: float = math.inf,
    rounds: int | None = None,
    seed: int = 0,
    jobs: Jobs | None = 1,
    on_progress: OnProgress = silent,
) -> LutNetwork:
    """The smallest network found that equals one given, which is returned if there is none.

    Args:
        network: LUTs without carry chains.
        seconds: how long, about.
        rounds: how many rounds, those of earlier searches with this seed included; by default no
            limit.
        seed: other seeds find other networks.
        jobs: processes, None for one per core, or an executor.
        on_progress: told of rounds, and of the fewest LUTs.

    Raises:
        NetlistError: the network has carry chains.
        ToolError: ABC is missing.
    """
    if network.has_chains:
        raise NetlistError("carry chains cannot be rewritten across nodes")
    deadline = time.monotonic() + seconds
    start, kept = compacted(network)
    if len(start.luts) <= 1:
        return network
    abc = find_abc()
    path = entry("across", [_FORMAT, _saved(start), seed, abc.identity])
    state = _resumed(path, start, abc)
    most = math.inf if rounds is None else rounds
    search = _Search(start, abc, seed, executor_of(jobs), deadline)
    while state.rounds < most and time.monotonic() < deadline:
        state = _next_state(state, search)
        if time.monotonic() < deadline:  # a round that was cut short is done again
            write_entry(path, _saved_state(state))
        done, total = (0, 0) if rounds is None else (state.rounds, rounds)
        on_progress(done, total, f"round {state.rounds}, {len(state.best.luts):,} LUTs")
    return expanded(state.best, kept, network.inputs)


@dataclass(frozen=True)
class _Search:
    """What stays the same in all rounds."""

    start: LutNetwork
    abc: Tool
    seed: int
    jobs: Executor
    deadline: float


def _next_state(state: State, search: _Search) -> State:
    number, seed = state.rounds + 1, search.seed
    calls = {
        batch: (state.current, search.abc, (seed, number, batch), search.deadline)
        for batch in range(_BATCHES)
    }
    found = dict(run_tasks(_batch, calls, search.jobs))
    results = [result for batch in range(_BATCHES) for result in found[batch]]
    rng = np.random.default_rng((seed, number))
    moved = _chosen(state.current, results, rng)
    room = 1 if state.stalled >= _STALLED and not state.stalled % _STALLED else 0
    gained = moved is not None and _size(moved) < _size(state.best)
    if moved is None or len(moved.luts) > len(state.current.luts) + room:
        current = state.current
    elif not _proven(search.start, moved, search.abc):
        current, gained = state.current, False
    else:
        current = moved
    best = current if gained else state.best
    stalled = 0 if gained else state.stalled + 1
    if stalled and not stalled % _BACK:
        current = best
    return State(number, stalled, current, best)


@dataclass(frozen=True)
class _Result:
    """What a script made of a window; of the whole network if ``window`` is None."""

    network: LutNetwork
    window: frozenset[int] | None = None
    reads: tuple[int, ...] = ()
    written: tuple[int, ...] = ()


def _batch(network: LutNetwork, abc: Tool, seed: tuple[int, ...], deadline: float) -> list[_Result]:
    """What a few random scripts make of a network and of windows of it."""
    rng = np.random.default_rng(seed)
    graph = LutGraph(network)
    small = len(network.luts) <= _SMALL
    pieces: list[_Result] = []
    commands, names = [], []
    with temporary_folder("across") as folder:
        for index in range(_SCRIPTS):
            whole = rng.random() < (_WHOLE_SMALL if small else _WHOLE_LARGE)
            piece = _Result(network) if whole else _cut(graph, rng)
            pieces.append(piece)
            text = shuffled_blif(piece.network, rng)
            (folder / f"start{index}.blif").write_text(text, encoding="ascii")
            names.append(f"result{index}.blif")
            commands += [f"read_blif start{index}.blif", random_script(rng)]
            commands.append(f"write_blif {names[-1]}")
        left = min(_BATCH_SECONDS, max(deadline - time.monotonic(), 1.0))
        # Where ABC gives up over a script, those before it have written what they found.
        with suppress(ToolTimeoutError, ToolFailedError):
            run_script(abc, commands, folder, [], left)
        return list(_read(folder, names, pieces, rng))


def _cut(graph: LutGraph, rng: np.random.Generator) -> _Result:
    window = graph.random_window(rng, int(rng.integers(*_WINDOWS)))
    network, reads, written = graph.cut_out(window)
    return _Result(network, window, tuple(reads), tuple(written))


def _read(
    folder: Path, names: Sequence[str], pieces: Sequence[_Result], rng: np.random.Generator
) -> Iterator[_Result]:
    """Results that were written, are not much larger, and agree on random vectors."""
    for name, piece in zip(names, pieces, strict=True):
        given = piece.network
        try:
            text = (folder / name).read_text(encoding="ascii")
            network = parse_network(text, given.inputs, len(given.outputs))
        except (OSError, ToolFailedError, NetlistError):
            continue
        network = network.cone(network.outputs)
        words = rng.integers(0, 1 << 64, (given.inputs, _WORDS), np.uint64)
        if len(network.luts) <= len(given.luts) + 1 and np.array_equal(
            network.evaluate(words), given.evaluate(words)
        ):
            yield replace(piece, network=network)


def _chosen(
    current: LutNetwork, results: Sequence[_Result], rng: np.random.Generator
) -> LutNetwork | None:
    """The smallest network that the results lead to, a random one of several."""
    found = [result.network for result in results if result.window is None]
    windows = [result for result in results if result.window is not None]
    if windows:
        graph = LutGraph(current)
        order = rng.permutation(len(windows)).tolist()
        for place in sorted(order, key=lambda place: _growth(windows[place])):
            _put_back(graph, windows[place])
        found.append(graph.network())
    if not found:
        return None
    fewest = min(len(network.luts) for network in found)
    smallest = [network for network in found if len(network.luts) == fewest]
    return smallest[int(rng.integers(len(smallest)))]


def _size(network: LutNetwork) -> tuple[int, int]:
    """What is to become small: LUTs, then their levels."""
    return len(network.luts), network.depth


def _growth(result: _Result) -> int:
    return len(result.network.luts) - len(result.window or ())


def _put_back(graph: LutGraph, result: _Result) -> None:
    """Put a window's result in its place, unless it is larger or the place has changed."""
    window = result.window or frozenset()
    if _growth(result) > 0 or not graph.holds(window):
        return
    try:
        graph.put_back(window, result.network, result.reads, list(result.written))
    except NetlistError:
        return  # together with what was put back before, LUTs would form a cycle


def _proven(start: LutNetwork, network: LutNetwork, abc: Tool) -> bool:
    pair = (network_blif(start), network_blif(network))
    with temporary_folder("across") as folder:
        try:
            return are_equal(abc, [pair], folder) == [True]
        except ToolFailedError:
            return False


def compacted(network: LutNetwork) -> tuple[LutNetwork, list[int]]:
    """A network without the inputs that nothing reads, and places of those that are left."""
    read = {source for lut in network.luts for source in lut.inputs} | set(network.outputs)
    kept = [place for place in range(network.inputs) if CONSTANTS + place in read]
    return _renumbered(network, {old: new for new, old in enumerate(kept)}, len(kept)), kept


def expanded(network: LutNetwork, kept: Sequence[int], inputs: int) -> LutNetwork:
    """Undo `compacted`."""
    return _renumbered(network, dict(enumerate(kept)), inputs)


def _renumbered(network: LutNetwork, places: dict[int, int], inputs: int) -> LutNetwork:
    """A network whose inputs have other places."""
    number_of = {0: 0, 1: 1}
    number_of |= {CONSTANTS + old: CONSTANTS + new for old, new in places.items()}
    first = CONSTANTS + inputs
    number_of |= {network.first_lut + place: first + place for place in range(len(network.luts))}
    luts = tuple(lut.renamed(number_of) for lut in network.luts)
    return LutNetwork(inputs, luts, tuple(number_of[output] for output in network.outputs))


def _saved(network: LutNetwork) -> list[Any]:
    luts = [[list(lut.inputs), lut.table] for lut in network.luts]
    return [network.inputs, luts, list(network.outputs)]


def _loaded(saved: Any) -> LutNetwork:  # noqa: ANN401 - whatever JSON holds
    inputs, luts, outputs = saved
    return LutNetwork(inputs, tuple(Lut(tuple(s), table) for s, table in luts), tuple(outputs))


def _saved_state(state: State) -> dict[str, Any]:
    return {
        "rounds": state.rounds,
        "stalled": state.stalled,
        "current": _saved(state.current),
        "best": _saved(state.best),
    }


def _resumed(path: Path, start: LutNetwork, abc: Tool) -> State:
    """The state that an earlier search left, if it can be read and both its networks are right."""
    saved = read_entry(path)
    try:
        state = State(
            int(saved["rounds"]),
            int(saved["stalled"]),
            _loaded(saved["current"]),
            _loaded(saved["best"]),
        )
    except (ValueError, KeyError, TypeError, NetlistError):
        return State(0, 0, start, start)
    for network in (state.current, state.best):
        if network.inputs != start.inputs or not _proven(start, network, abc):
            return State(0, 0, start, start)
    return state
