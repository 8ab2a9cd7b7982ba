"""Signals with fewer bits: codes that never occur, and codes that no reader tells apart."""

from __future__ import annotations

from itertools import combinations
from typing import Final

import numpy as np

from logicjsc.netlist.ir import Netlist
from logicjsc.netlist.layers import Array, code_dtype
from logicjsc.netlist.passes.graph import Graph, TableNode
from logicjsc.netlist.passes.possible import restrict

_MOST_CODES: Final = 1 << 10
"""Signals that take more codes are left alone: comparing them in pairs would take long."""


def narrow_signals(netlist: Netlist) -> Netlist:
    """Re-encode table outputs that need fewer bits, and rewrite the tables that read them.

    Bits that every reader ignores go in the same way. Network inputs and outputs and signals that
    are added keep their codes.
    """
    graph = Graph(netlist)
    restrict(graph)
    narrow_in(graph)
    return graph.build()


def narrow_in(graph: Graph) -> None:
    """See `narrow_signals`; codes that differ in rows that do not matter are joined."""
    for signal, node in graph.tables():
        readers = graph.table_readers(signal)
        codes = node.codes()
        if not readers or node.width == 1 or codes.size > _MOST_CODES:
            continue
        if any(reader.inputs.count(signal) > 1 for reader in readers):
            continue  # joined by `drop_ignored_inputs` first
        uses = [(reader, reader.inputs.index(signal)) for reader in readers]
        classes = _classes(codes, uses, enough=1 << (node.width - 1))
        if classes is None:
            continue
        width = max(1, (len(classes) - 1).bit_length())
        _re_encode(node, classes, _labels(classes, node.width, width), width)
        for (reader, axis), merged in zip(uses, _merged(classes, uses), strict=True):
            _re_read(reader, axis, merged, classes, width)
        graph.changed = True


class _Class:
    """Codes that get one new code, with what their readers do with them."""

    def __init__(self, code: int, slices: list[tuple[Array, Array]]) -> None:
        self.codes = [code]
        self.label = 0
        self.slices = slices

    def accepts(self, slices: list[tuple[Array, Array]]) -> bool:
        """Whether no reader has a row that matters to both and differs."""
        return not any(
            (care & other_care & (table != other)).any()
            for (table, care), (other, other_care) in zip(self.slices, slices, strict=True)
        )

    def join(self, code: int, slices: list[tuple[Array, Array]]) -> None:
        """Add a code."""
        self.codes.append(code)
        self.slices = [
            (np.where(care, table, other), care | other_care)
            for (table, care), (other, other_care) in zip(self.slices, slices, strict=True)
        ]


def _classes(codes: Array, uses: list[tuple[TableNode, int]], enough: int) -> list[_Class] | None:
    """Greedily few classes of codes that no reader tells apart; None if more than ``enough``."""
    classes: list[_Class] = []
    for code in codes:
        slices = [
            (np.take(reader.table, code, axis), np.take(reader.care, code, axis))
            for reader, axis in uses
        ]
        home = next((entry for entry in classes if entry.accepts(slices)), None)
        if home is not None:
            home.join(int(code), slices)
        elif len(classes) == enough:
            return None
        else:
            classes.append(_Class(int(code), slices))
    return classes


def _labels(classes: list[_Class], old_width: int, width: int) -> list[int]:
    """New codes: some of the old bits where those suffice, which keeps the logic as it is."""
    firsts = np.array([entry.codes[0] for entry in classes])
    for bits in combinations(range(old_width), width):
        labels = sum(((firsts >> bit) & 1) << place for place, bit in enumerate(bits))
        labels = np.asarray(labels)
        if np.unique(labels).size == len(classes):
            return [int(label) for label in labels]
    return list(range(len(classes)))


def _re_encode(node: TableNode, classes: list[_Class], labels: list[int], width: int) -> None:
    for entry, label in zip(classes, labels, strict=True):
        entry.label = label
    translation = np.full(1 << node.width, classes[0].label, code_dtype(width))
    for entry in classes:
        translation[entry.codes] = entry.label
    node.table, node.width, node.signed = translation[node.table], width, False


def _merged(
    classes: list[_Class], uses: list[tuple[TableNode, int]]
) -> list[list[tuple[Array, Array]]]:
    return [[entry.slices[index] for entry in classes] for index in range(len(uses))]


def _re_read(
    reader: TableNode,
    axis: int,
    merged: list[tuple[Array, Array]],
    classes: list[_Class],
    width: int,
) -> None:
    tables = [merged[0][0]] * (1 << width)
    cares = [np.zeros_like(merged[0][1])] * (1 << width)
    for entry, (table, care) in zip(classes, merged, strict=True):
        tables[entry.label], cares[entry.label] = table, care
    reader.table, reader.care = np.stack(tables, axis), np.stack(cares, axis)
