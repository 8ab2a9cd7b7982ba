"""The tables of one tree.

A tree that uses few thresholds is a table of them that holds its leaves. A larger one first finds
the number of its leaf, bit by bit: a table decides the splits next to the root and hands on what
tables of the parts below it found. A last table turns the number into the leaf.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from logicjsc.frontend.trees.ensemble import LEAF, Array, Tree
from logicjsc.netlist import NetlistBuilder


@dataclass(frozen=True)
class _Part:
    """What is known of the part of a tree below a node.

    Attributes:
        thresholds: set of thresholds that it compares, a bit for each.
        ones: bits that are 1 in the number of some leaf.
        zeros: bits that are 0 in that of some leaf.
    """

    thresholds: int
    ones: int
    zeros: int


class TreeTables:
    """The nodes of one tree."""

    def __init__(
        self,
        builder: NetlistBuilder,
        tree: Tree,
        leaves: Array,
        inputs: Mapping[tuple[int, float], int],
        table_bits: int,
    ) -> None:
        self._builder, self._tree, self._most = builder, tree, table_bits
        rows, numbers = np.unique(leaves[tree.is_leaf], axis=0, return_inverse=True)
        self._rows = rows
        """Different leaves, ``[leaves, columns]``."""
        self._number = np.zeros(len(leaves), np.int64)
        self._number[tree.is_leaf] = self._in_order(numbers.reshape(-1))
        pairs = [
            None if feature == LEAF else (int(feature), float(threshold))
            for feature, threshold in zip(tree.features, tree.thresholds, strict=True)
        ]
        used = sorted({pair for pair in pairs if pair is not None})
        place = {pair: bit for bit, pair in enumerate(used)}
        self._place = [-1 if pair is None else place[pair] for pair in pairs]
        self._signals = [inputs[pair] for pair in used]
        self._bits = max(int(len(rows) - 1).bit_length(), 1)
        self._parts = self._parts_of()
        self._known: dict[tuple[int, int], int] = {}

    def build(self) -> dict[int, int]:
        """Signal of each column that is not the same everywhere."""
        columns = {
            column: int(values.max()).bit_length()
            for column, values in enumerate(self._rows.T)
            if values.max() > 0
        }
        if not columns:
            return {}
        if len(self._signals) <= self._most:
            reached = self._walk(0, list(range(len(self._signals))), {})
            made = self._signals
        else:
            found = [self._bit(0, bit) for bit in reversed(range(self._bits))]
            made = [signal for signal in found if signal >= 0]
            weights = [self._bits - 1 - at for at, signal in enumerate(found) if signal >= 0]
            fixed = self._parts[0].ones & ~self._parts[0].zeros
            address = self._builder.addresses(made)
            reached = fixed + (address << np.array(weights, np.int64)).sum(axis=1)
            # Numbers beyond the last leaf never occur.
            reached = np.minimum(reached, len(self._rows) - 1)
        return {
            column: self._builder.table(made, self._rows[reached, column], width)
            for column, width in columns.items()
        }

    def _in_order(self, numbers: Array) -> Array:
        """Number different leaves from left to right: neighbours share most of their bits.

        Changes the order of ``_rows`` with them.
        """
        tree = self._tree
        row_of = np.full(len(tree.features), -1)
        row_of[tree.is_leaf] = numbers
        order: dict[int, int] = {}
        waiting, seen = [0], set()
        while waiting:
            node = waiting.pop()
            if node in seen:
                continue
            seen.add(node)
            if tree.features[node] == LEAF:
                order.setdefault(int(row_of[node]), len(order))
            else:
                waiting += [int(tree.right[node]), int(tree.left[node])]
        for row in range(len(self._rows)):
            order.setdefault(row, len(order))
        self._rows = self._rows[np.argsort([order[row] for row in range(len(self._rows))])]
        renamed = np.array([order[row] for row in range(len(order))])
        return np.asarray(renamed[numbers])

    def _parts_of(self) -> list[_Part]:
        """Facts of the part below each node, children before parents."""
        tree, parts = self._tree, [_Part(0, 0, 0)] * len(self._tree.features)
        everything = (1 << self._bits) - 1
        waiting, done = [0], set()
        while waiting:
            node = waiting[-1]
            if node in done:
                waiting.pop()
                continue
            if tree.features[node] == LEAF:
                number = int(self._number[node])
                parts[node] = _Part(0, number, everything & ~number)
            else:
                children = int(tree.left[node]), int(tree.right[node])
                open_ones = [child for child in children if child not in done]
                if open_ones:
                    waiting += open_ones
                    continue
                left, right = (parts[child] for child in children)
                parts[node] = _Part(
                    left.thresholds | right.thresholds | 1 << self._place[node],
                    left.ones | right.ones,
                    left.zeros | right.zeros,
                )
            done.add(node)
            waiting.pop()
        return parts

    def _is_fixed(self, node: int, bit: int) -> bool:
        part = self._parts[node]
        return not (part.ones & part.zeros) >> bit & 1

    def _bit(self, node: int, bit: int) -> int:
        """Signal of a bit of the number of the leaf below a node; -1 if it is always the same."""
        if self._is_fixed(node, bit):
            return -1
        if (node, bit) in self._known:
            return self._known[node, bit]
        mask, below = self._cut(node, bit)
        thresholds = [place for place in range(len(self._signals)) if mask >> place & 1]
        signals = [self._signals[place] for place in thresholds]
        signals += [self._bit(part, bit) for part in below]
        columns = {part: len(thresholds) + at for at, part in enumerate(below)}
        reached = self._walk(node, thresholds, columns, len(signals))
        values = self._builder.addresses([*signals])
        codes = self._number[np.maximum(reached, 0)] >> bit & 1
        for part, column in columns.items():
            codes = np.where(reached == -1 - part, values[:, column], codes)
        made = self._builder.table(signals, codes, 1)
        self._known[node, bit] = made
        return made

    def _cut(self, root: int, bit: int) -> tuple[int, list[int]]:
        """Splits next to a node that one table decides, and the parts that it leaves to others."""
        mask, below = 0, [root]
        while True:
            below.sort(key=lambda node: -self._parts[node].thresholds.bit_count())
            for node in below:
                children = {int(self._tree.left[node]), int(self._tree.right[node])}
                wider = mask | 1 << self._place[node]
                rest = [part for part in below if part != node]
                rest += [
                    child
                    for child in sorted(children)
                    if child not in rest and not self._is_fixed(child, bit)
                ]
                if wider.bit_count() + len(rest) <= self._most:
                    mask, below = wider, rest
                    break
            else:
                return mask, below

    def _walk(
        self,
        root: int,
        thresholds: Sequence[int],
        stops: Mapping[int, int],
        columns: int | None = None,
    ) -> Array:
        """Where each address of a table of thresholds leads.

        Returns:
            Number of the leaf by address if there are no stops; else the node where it ends, or
            ``-1 - part`` of the part that it enters.
        """
        tree = self._tree
        bits = len(thresholds) if columns is None else columns
        address = np.arange(1 << bits, dtype=np.int64)
        shift = np.zeros(len(self._signals), np.int64)
        shift[list(thresholds)] = bits - 1 - np.arange(len(thresholds))
        places = np.array(self._place)
        at = np.full(len(address), root, np.int64)
        stopped = np.zeros(len(tree.features), np.bool_)
        stopped[list(stops)] = True
        moving = np.arange(len(address))
        while moving.size:
            node = at[moving]
            going = (tree.features[node] != LEAF) & ~stopped[node]
            moving, node = moving[going], node[going]
            reached = address[moving] >> shift[places[node]] & 1
            at[moving] = np.where(reached == 1, tree.right[node], tree.left[node])
        if columns is None:
            return np.asarray(self._number[at])
        return np.where(stopped[at], -1 - at, at)
