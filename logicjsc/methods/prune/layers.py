"""Layers of a netlist from terms and sums; nodes of one shape share a layer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

import numpy as np

from logicjsc.dataset.samples import Array
from logicjsc.methods.prune.terms import Term
from logicjsc.netlist import Layer, SumLayer, TableLayer


@dataclass(frozen=True)
class Sum:
    """A sum of table outputs, each shifted left, and of an offset; no bit is lost."""

    target: int
    signals: tuple[int, ...]
    shifts: tuple[int, ...]
    offset: int
    width: int


class Builder:
    """Collects layers.

    Attributes:
        layers: so far.
        signal_of: signals of the sums.
    """

    def __init__(self, inputs: int) -> None:
        self.layers: list[Layer] = []
        self.signal_of: dict[Sum, int] = {}
        self._next = inputs
        self._stage = 0

    def add(
        self,
        tables: str,
        sums: str,
        terms: list[Term],
        offsets: Mapping[int, int],
        *,
        equal_widths: bool = False,
    ) -> dict[int, Sum]:
        """A stage of tables on the signals before, and one of their sums by target."""
        placed = self._add_tables(tables, terms)
        found: dict[int, Sum] = {}
        for target, offset in offsets.items():
            mine = [(signal, term) for signal, term in placed if term.target == target]
            highest = offset + sum(((1 << term.width) - 1) << term.shift for _, term in mine)
            found[target] = Sum(
                target,
                tuple(signal for signal, _ in mine),
                tuple(term.shift for _, term in mine),
                offset,
                max(1, highest.bit_length()),
            )
        if equal_widths:
            widest = max(entry.width for entry in found.values())
            found = {target: replace(entry, width=widest) for target, entry in found.items()}
        self._add_sums(sums, list(found.values()))
        return found

    def cut(self, name: str, sums: list[Sum], low: int, width: int) -> Array:
        """Some neighbouring bits of sums of equal width, from bit ``low`` up: wires.

        Returns:
            Their signals; those of the sums themselves if these have no other bits.
        """
        signals = np.array([self.signal_of[entry] for entry in sums])
        whole = sums[0].width
        if low == 0 and width >= whole:
            return signals
        self._stage += 1
        table = np.arange(1 << whole) >> low & ((1 << width) - 1)
        self.layers.append(
            TableLayer(
                name=name,
                stage=self._stage,
                inputs=signals[:, None],
                tables=np.tile(table, (len(sums), 1)),
                widths=np.full(len(sums), width),
                signed=np.zeros(len(sums), np.bool_),
            )
        )
        self._next += len(sums)
        return np.arange(self._next - len(sums), self._next)

    def _add_tables(self, name: str, terms: list[Term]) -> list[tuple[int, Term]]:
        self._stage += 1
        placed = []
        shapes: set[int] = set()
        for (rows, _), group in _groups(terms, lambda term: (len(term.table), len(term.signals))):
            # Of equally large tables those that read one signal come first.
            label = f"{name}_{rows}"
            if rows in shapes:
                label += f"_of_{len(group[0].signals)}"
            shapes.add(rows)
            self.layers.append(
                TableLayer(
                    name=label,
                    stage=self._stage,
                    inputs=np.array([term.signals for term in group]),
                    tables=np.stack([term.table for term in group]),
                    widths=np.array([term.width for term in group]),
                    signed=np.zeros(len(group), np.bool_),
                )
            )
            placed += [(self._next + place, term) for place, term in enumerate(group)]
            self._next += len(group)
        return placed

    def _add_sums(self, name: str, sums: list[Sum]) -> None:
        self._stage += 1
        for fan_in, group in _groups(sums, lambda entry: len(entry.signals)):
            widths = np.array([entry.width for entry in group])
            signed = np.zeros(len(group), np.bool_)
            offsets = np.array([entry.offset for entry in group])
            inputs = np.array([entry.signals for entry in group]).reshape(len(group), fan_in)
            self.layers.append(
                SumLayer(
                    name=f"{name}_of_{fan_in}",
                    stage=self._stage,
                    inputs=inputs,
                    shifts=np.array([entry.shifts for entry in group]),
                    negated=np.zeros((len(group), fan_in), np.bool_),
                    offsets=offsets,
                    widths=widths,
                    signed=signed,
                )
                if fan_in
                else TableLayer(  # a sum of nothing
                    f"{name}_of_nothing",
                    self._stage,
                    inputs.astype(np.int32),
                    offsets[:, None],
                    widths,
                    signed,
                )
            )
            for entry in group:
                self.signal_of[entry] = self._next
                self._next += 1


def _groups(entries: list[Any], key: Any) -> Iterator[tuple[Any, list[Any]]]:  # noqa: ANN401 - of either kind
    """Entries with equal keys, from the smallest key."""
    for value, group in groupby(sorted(entries, key=key), key=key):
        yield value, list(group)
