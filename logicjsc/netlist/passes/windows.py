"""Which input codes a node can see together, exactly where that is small, else from above.

The relation between a node's inputs is a join: every table behind them relates its output to its
inputs, every signal in between is a hidden variable. Hidden variables are eliminated one by one,
the cheapest first. If the whole network behind a node is too large, only the nearest tables are
joined and the signals before them count as independent, which may only add combinations.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from logicjsc.netlist.layers import Array
from logicjsc.netlist.passes.graph import Graph, TableNode
from logicjsc.netlist.passes.possible import Variable

_MOST_AXES: Final = 60
"""numpy's arrays have at most 64 axes."""


@dataclass(frozen=True)
class _Factor:
    """A relation: which codes of these signals (or values of features, below 0) go together."""

    axes: tuple[int, ...]
    allowed: Array


class Windows:
    """Answers for the nodes of one graph.

    Args:
        graph: a graph whose care masks are restricted to possible codes.
        codes: possible codes of each signal; see `restrict`.
        variables: the choices behind the inputs.
        most_cells: largest relation to build while eliminating.
    """

    def __init__(
        self,
        graph: Graph,
        codes: dict[int, Array | None],
        variables: tuple[Variable, ...],
        most_cells: int,
    ) -> None:
        self._graph = graph
        self._codes = codes
        self._most_cells = most_cells
        # An input that is a choice of its own needs no relation, only its possible codes.
        self._feature = {
            signal: (-1 - index, variable.codes[:, position])
            for index, variable in enumerate(variables)
            if variable.codes is not None and len(variable.inputs) > 1
            for position, signal in enumerate(variable.inputs)
            if len(variable.codes) << graph.width(signal) <= most_cells
        }
        self._free = {variable.inputs[0] for variable in variables if len(variable.inputs) == 1}

    def reachable(self, node: TableNode) -> tuple[Array, bool]:
        """Addresses that a node can see, of its table's shape, and whether this is exact."""
        depth, best = 1, None
        while True:
            factors, exact = self._factors(node, depth)
            plan = self._plan(factors, node.inputs)
            if plan is None:
                break
            best = (factors, plan, exact)
            if exact or not self._deeper(node, depth):
                break
            depth += 1
        if best is None:
            return node.care, False
        factors, plan, exact = best
        return self._join(factors, plan, node) & node.care, exact

    def _deeper(self, node: TableNode, depth: int) -> bool:
        """Whether one more level has tables to join."""
        level = set(node.inputs)
        for _ in range(depth):
            level = {
                source
                for signal in level
                if isinstance(table := self._graph.nodes.get(signal), TableNode)
                for source in table.inputs
            }
        return any(isinstance(self._graph.nodes.get(signal), TableNode) for signal in level)

    def _factors(self, node: TableNode, depth: int) -> tuple[list[_Factor], bool]:
        """Relations of ``depth`` levels of tables, and whether nothing was cut off."""
        factors: list[_Factor] = []
        seen: set[int] = set()
        level, exact = set(node.inputs), True
        for remaining in range(depth, -1, -1):
            after: set[int] = set()
            for signal in sorted(level - seen):
                seen.add(signal)
                table = self._graph.nodes.get(signal)
                factors.append(self._free_factor(signal))
                if signal in self._feature:
                    factors.append(self._input_factor(signal))
                elif isinstance(table, TableNode) and remaining and self._fits(table):
                    factors.append(self._table_factor(signal, table))
                    after.update(table.inputs)
                elif signal not in self._free:
                    exact = False
            level = after
        return factors, exact

    def _fits(self, table: TableNode) -> bool:
        return table.table.size << table.width <= self._most_cells

    def _input_factor(self, signal: int) -> _Factor:
        feature, codes = self._feature[signal]
        allowed = np.zeros((codes.size, 1 << self._graph.width(signal)), np.bool_)
        allowed[np.arange(codes.size), codes] = True
        return _Factor((feature, signal), allowed)

    def _free_factor(self, signal: int) -> _Factor:
        codes = self._codes[signal]
        allowed = np.full(1 << self._graph.width(signal), codes is None)
        if codes is not None:
            allowed[codes] = True
        return _Factor((signal,), allowed)

    def _table_factor(self, signal: int, table: TableNode) -> _Factor:
        axes = tuple(dict.fromkeys(table.inputs))
        letters = [axes.index(source) for source in table.inputs]
        rows = np.einsum(table.table, letters, list(range(len(axes))))
        care = np.einsum(table.care, letters, list(range(len(axes))))
        codes = np.arange(1 << table.width, dtype=rows.dtype).reshape(-1, *(1,) * rows.ndim)
        return _Factor((signal, *axes), np.asarray((rows == codes) & care))

    def _plan(self, factors: list[_Factor], kept: list[int]) -> list[int] | None:
        """Order in which to eliminate hidden variables; None if a relation would be too large."""
        sizes = {
            axis: size
            for factor in factors
            for axis, size in zip(factor.axes, factor.allowed.shape, strict=True)
        }
        groups = [set(factor.axes) for factor in factors]
        hidden = set(sizes) - set(kept)
        order: list[int] = []
        while hidden:
            unions = {axis: set().union(*(g for g in groups if axis in g)) for axis in hidden}
            costs = {axis: _cells(union, sizes) for axis, union in unions.items()}
            axis = min(sorted(hidden), key=costs.__getitem__)
            if costs[axis] > self._most_cells or len(unions[axis]) > _MOST_AXES:
                return None
            groups = [group for group in groups if axis not in group] + [unions[axis] - {axis}]
            hidden.remove(axis)
            order.append(axis)
        return order

    def _join(self, factors: list[_Factor], order: list[int], node: TableNode) -> Array:
        for axis in order:
            touching = [factor for factor in factors if axis in factor.axes]
            joined = _conjunction(touching)
            place = joined.axes.index(axis)
            rest = joined.axes[:place] + joined.axes[place + 1 :]
            factors = [factor for factor in factors if axis not in factor.axes]
            factors.append(_Factor(rest, np.asarray(joined.allowed.any(axis=place))))
        distinct = tuple(dict.fromkeys(node.inputs))
        ones = np.ones([1 << self._graph.width(source) for source in distinct], np.bool_)
        joined = _conjunction([_Factor(distinct, ones), *factors])
        # Inputs given twice agree.
        together = np.zeros(node.table.shape, np.bool_)
        where = np.nonzero(joined.allowed)
        together[tuple(where[distinct.index(source)] for source in node.inputs)] = True
        return together


def _cells(axes: set[int], sizes: dict[int, int]) -> int:
    cells = 1
    for axis in axes:
        cells *= sizes[axis]
    return cells


def _conjunction(factors: list[_Factor]) -> _Factor:
    """Both this and that, over the union of their axes."""
    axes = tuple(dict.fromkeys(axis for factor in factors for axis in factor.axes))
    allowed: Array = np.ones((), np.bool_)
    for factor in sorted(factors, key=lambda factor: factor.allowed.size):
        order = sorted(range(len(factor.axes)), key=lambda place: axes.index(factor.axes[place]))
        sizes = dict(zip(factor.axes, factor.allowed.shape, strict=True))
        shape = [sizes.get(axis, 1) for axis in axes]
        allowed = allowed & np.transpose(factor.allowed, order).reshape(shape)
    return _Factor(axes, allowed)
