"""Table rows that no reachable input leads to.

Three sources, the cheap ones first. Simulation shows rows that are reachable. Windows and, for
small cones, enumeration show rows that are not. A SAT solver decides between the two as long as its
time lasts; what it leaves open counts as reachable.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from logicjsc.netlist.evaluate import evaluate
from logicjsc.netlist.ir import Netlist
from logicjsc.netlist.layers import Array, TableLayer
from logicjsc.netlist.passes.dead import drop_dead_nodes, live_signals
from logicjsc.netlist.passes.dont_cares import DontCares
from logicjsc.netlist.passes.graph import Graph, TableNode
from logicjsc.netlist.passes.possible import input_variables, restrict
from logicjsc.netlist.passes.sat import Oracle
from logicjsc.netlist.passes.simulate import address_counts, all_codes, draw_codes, neighbours
from logicjsc.netlist.passes.windows import Windows

_SEED: Final = 0


@dataclass(frozen=True)
class Limits:
    """How hard to look.

    Attributes:
        vectors: random vectors simulated.
        window_cells: largest relation built for a window.
        enumerated: most combinations of inputs enumerated for one node.
        sat_seconds: wall time for all questions to the SAT solver; 0 for none.
        sat_conflicts: effort per question.
    """

    vectors: int = 1 << 16
    window_cells: int = 1 << 22
    enumerated: int = 1 << 16
    sat_seconds: float = 0.0
    sat_conflicts: int = 2000


def unreachable_rows(netlist: Netlist, limits: Limits | None = None) -> DontCares:
    """Table rows that cannot be read, whatever reachable input the network gets.

    Raises:
        ToolNotFoundError: ``limits`` ask for a SAT solver and none is installed.
    """
    limits = limits or Limits()
    search = _Search(netlist, limits)
    search.bound()
    if limits.sat_seconds > 0:
        search.decide()
    return search.result()


class _Search:
    """Bounds, from below and from above, on the rows that each table can see."""

    def __init__(self, netlist: Netlist, limits: Limits) -> None:
        self._netlist = netlist
        self._limits = limits
        self._graph = Graph(netlist)
        self._codes = restrict(self._graph)
        self._variables = input_variables(netlist)
        rng = np.random.default_rng(_SEED)
        drawn = draw_codes(netlist, self._variables, limits.vectors, rng)
        self._seen = {
            signal: np.zeros(node.table.size, np.bool_) for signal, node in self._graph.tables()
        }
        self._see(drawn)
        # Nodes whose bounds may still differ. Care masks are the upper bounds.
        self._open: list[int] = []

    def bound(self) -> None:
        """Shrink the care masks by windows and enumeration."""
        windows = Windows(self._graph, self._codes, self._variables, self._limits.window_cells)
        for signal, node in self._graph.tables():
            if self._undecided(signal, node).any():
                node.care, exact = windows.reachable(node)
                if not exact and self._undecided(signal, node).any():
                    exact = self._enumerate(node)
                if not exact:
                    self._open.append(signal)

    def decide(self) -> None:
        """Ask the SAT solver about the rows between the bounds."""
        deadline = time.monotonic() + self._limits.sat_seconds
        tables = dict(self._graph.tables())
        if not self._open:
            return
        with Oracle(
            self._graph, self._codes, self._variables, self._limits.sat_conflicts
        ) as oracle:
            for signal in self._open:
                node = tables[signal]
                for row in np.flatnonzero(self._undecided(signal, node)):
                    if time.monotonic() > deadline:
                        return
                    address = np.unravel_index(int(row), node.table.shape)
                    self._ask(oracle, signal, node, tuple(int(code) for code in address))

    def result(self) -> DontCares:
        """Everything outside the upper bounds."""
        layers: list[Array | None] = []
        for first, layer in zip(self._netlist.first_signals, self._netlist.layers, strict=True):
            nodes = [self._graph.nodes[first + index] for index in range(layer.nodes)]
            masks = [~node.care.reshape(-1) for node in nodes if isinstance(node, TableNode)]
            layers.append(np.stack(masks) if isinstance(layer, TableLayer) else None)
        return DontCares(tuple(layers))

    def _undecided(self, signal: int, node: TableNode) -> Array:
        return node.care.reshape(-1) & ~self._seen[signal]

    def _see(self, codes: Array) -> None:
        counts = address_counts(self._netlist, codes)
        for first, count in zip(self._netlist.first_signals, counts, strict=True):
            for index, row in enumerate(count if count is not None else ()):
                self._seen[first + index] |= row > 0

    def _ask(self, oracle: Oracle, signal: int, node: TableNode, address: tuple[int, ...]) -> None:
        if not node.care[address] or self._seen[signal].reshape(node.table.shape)[address]:
            return  # an earlier answer settled it
        answer = oracle.ask(node, address)
        if answer.core is not None:
            care = node.care.copy()
            care[
                tuple(
                    address[axis] if axis in answer.core else slice(None)
                    for axis in range(len(address))
                )
            ] = False
            node.care = care
        elif answer.witness is not None:
            self._see(neighbours(self._variables, answer.witness))

    def _enumerate(self, node: TableNode) -> bool:
        """Try all inputs that reach a node, if they are few; whether they were."""
        outputs = np.array(node.inputs, np.int32)
        cone = drop_dead_nodes(replace(self._netlist, outputs=outputs, decoder=None))
        live = set(np.flatnonzero(live_signals(cone)[: cone.inputs]).tolist())
        chosen = [
            index
            for index, variable in enumerate(self._variables)
            if not live.isdisjoint(variable.inputs)
        ]
        combinations = 1
        for index in chosen:
            codes = self._variables[index].codes
            combinations *= self._limits.enumerated + 1 if codes is None else len(codes)
        if combinations > self._limits.enumerated:
            return False
        addresses = evaluate(cone, all_codes(cone, self._variables, chosen))
        seen = np.zeros(node.table.shape, np.bool_)
        seen[tuple(addresses.T.astype(np.intp))] = True
        node.care = node.care & seen
        return True
