"""A trained network as a netlist: first tables, sums, second tables, sums."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np

from logicjsc import __version__
from logicjsc.compact.columns import CODES
from logicjsc.compact.definition import CODE_BITS
from logicjsc.compact.state import Edges, State
from logicjsc.data.fixed_point import FixedPoint
from logicjsc.data.jets import Array
from logicjsc.netlist import Decoder, Encoder, Layer, Netlist, SumLayer, TableLayer
from logicjsc.netlist.word_inputs import word_encoder


@dataclass(frozen=True)
class _Term:
    """A table on one signal, and its place in the sum of a target."""

    source: int
    target: int
    table: Array
    width: int
    shift: int


@dataclass(frozen=True)
class _Sum:
    target: int
    signals: tuple[int, ...]
    shifts: tuple[int, ...]
    offset: int
    width: int


def to_netlist(
    name: str,
    state: State,
    words: FixedPoint,
    feature_names: tuple[str, ...],
    class_names: tuple[str, ...],
    *,
    score_step: float,
) -> Netlist:
    """The network with codes as its inputs and scores as its outputs.

    Args:
        name: of the netlist.
        state: the network; every hidden neuron leads from a column to a score.
        words: formats of the features' words.
        feature_names: in the order of the words.
        class_names: in the order of the scores.
        score_step: value of one step of the scores.
    """
    columns, hidden = len(state.columns), len(state.offset)
    builder = _Builder(columns)
    first = [*_terms(state.first, range(hidden), per_target=True)]
    sums = builder.add("edges", "hidden", first, [0] * hidden)
    second = _behind(state, sums)
    contents = state.contents()
    unit = state.score_unit
    bias = np.rint((contents.bias - contents.bias.min()) / unit).astype(np.int64)
    second, rest = _with_bias(second, bias.tolist())
    scores = builder.add("score_edges", "scores", second, rest, equal_widths=True)
    width = max(entry.width for entry in scores.values())
    return Netlist(
        name=name,
        input_names=tuple(column.name for column in state.columns),
        input_widths=np.full(columns, CODE_BITS),
        input_signed=np.zeros(columns, np.bool_),
        layers=tuple(builder.layers),
        outputs=np.array([builder.signal_of[entry] for entry in _in_order(scores, class_names)]),
        encoder=_encoder(state, words, feature_names),
        decoder=Decoder(class_names, np.arange(1 << width) * (score_step * unit), signed=False),
        provenance={"logicjsc": __version__},
    )


def _in_order(scores: dict[int, _Sum], class_names: tuple[str, ...]) -> Iterator[_Sum]:
    return (scores[number] for number in range(len(class_names)))


def _terms(edges: Edges, targets: Iterable[int], *, per_target: bool) -> Iterator[_Term]:
    """The tables that are there, with shifts from the smallest step of each target, or of all."""
    contents = edges.rounded(edges.smooth()).astype(np.int64)
    there = edges.widths > 0
    lowest = edges.steps[there].min()
    for target in targets:
        sources = np.flatnonzero(there[:, target])
        base = edges.steps[sources, target].min() if per_target else lowest
        for source in sources:
            yield _Term(
                int(source),
                target,
                contents[source, :, target],
                int(edges.widths[source, target]),
                int(edges.steps[source, target] - base),
            )


def _behind(state: State, sums: dict[int, _Sum]) -> list[_Term]:
    """The second tables, by the bits of the sums in front of them."""
    terms = []
    offset = np.rint(state.offset).astype(np.int64)
    for term in _terms(state.second, range(state.second.widths.shape[1]), per_target=False):
        there = state.first.widths[:, term.source] > 0
        step = int(state.first.steps[there, term.source].min())
        totals = np.arange(1 << sums[term.source].width)
        whole = totals >> -step if step < 0 else totals << step
        codes = (whole + offset[term.source]) & (CODES - 1)
        terms.append(_Term(term.source, term.target, term.table[codes], term.width, term.shift))
    return terms


def _with_bias(terms: list[_Term], bias: list[int]) -> tuple[list[_Term], list[int]]:
    """Put the bias of each score into tables that have room for it, and say what is left.

    A constant that stays outside takes a LUT for each bit of the score.
    """
    rest, moved = list(bias), []
    for term in sorted(terms, key=lambda term: -term.shift):
        room = (1 << term.width) - 1 - int(term.table.max())
        steps = min(room, rest[term.target] >> term.shift)
        rest[term.target] -= steps << term.shift
        moved.append(_raised(term, steps, term.width))
    # One more bit on one table is a single LUT.
    for index, term in enumerate(moved):
        left = rest[term.target]
        width = (int(term.table.max()) + (left >> term.shift)).bit_length()
        if left and left % (1 << term.shift) == 0 and width == term.width + 1:
            moved[index] = _raised(term, left >> term.shift, width)
            rest[term.target] = 0
    return moved, rest


def _raised(term: _Term, steps: int, width: int) -> _Term:
    return _Term(term.source, term.target, term.table + steps, width, term.shift)


class _Builder:
    """Collects layers; nodes of one shape share one.

    Attributes:
        layers: so far.
        signal_of: signals of the sums.
    """

    def __init__(self, inputs: int) -> None:
        self.layers: list[Layer] = []
        self.signal_of: dict[_Sum, int] = {}
        self._next = inputs
        self._stage = 0
        self._sources = list(range(inputs))

    def add(
        self,
        tables: str,
        sums: str,
        terms: list[_Term],
        offsets: list[int],
        *,
        equal_widths: bool = False,
    ) -> dict[int, _Sum]:
        """A stage of tables on the signals before, and one of their sums by target."""
        placed = self._add_tables(tables, terms)
        found: dict[int, _Sum] = {}
        for target, offset in enumerate(offsets):
            mine = [(signal, term) for signal, term in placed if term.target == target]
            highest = offset + sum(((1 << term.width) - 1) << term.shift for _, term in mine)
            found[target] = _Sum(
                target,
                tuple(signal for signal, _ in mine),
                tuple(term.shift for _, term in mine),
                offset,
                max(1, highest.bit_length()),
            )
        if equal_widths:
            widest = max(entry.width for entry in found.values())
            found = {
                target: _Sum(target, entry.signals, entry.shifts, entry.offset, widest)
                for target, entry in found.items()
            }
        self._add_sums(sums, list(found.values()))
        self._sources = [self.signal_of[found[target]] for target in range(len(offsets))]
        return found

    def _add_tables(self, name: str, terms: list[_Term]) -> list[tuple[int, _Term]]:
        self._stage += 1
        placed = []
        for rows, group in _groups(terms, lambda term: len(term.table)):
            self.layers.append(
                TableLayer(
                    name=f"{name}_{rows}",
                    stage=self._stage,
                    inputs=np.array([[self._sources[term.source]] for term in group]),
                    tables=np.stack([term.table for term in group]),
                    widths=np.array([term.width for term in group]),
                    signed=np.zeros(len(group), np.bool_),
                )
            )
            placed += [(self._next + place, term) for place, term in enumerate(group)]
            self._next += len(group)
        return placed

    def _add_sums(self, name: str, sums: list[_Sum]) -> None:
        self._stage += 1
        for fan_in, group in _groups(sums, lambda entry: len(entry.signals)):
            self.layers.append(
                SumLayer(
                    name=f"{name}_of_{fan_in}",
                    stage=self._stage,
                    inputs=np.array([entry.signals for entry in group]).reshape(-1, fan_in),
                    shifts=np.array([entry.shifts for entry in group]).reshape(-1, fan_in),
                    negated=np.zeros((len(group), fan_in), np.bool_),
                    offsets=np.array([entry.offset for entry in group]),
                    widths=np.array([entry.width for entry in group]),
                    signed=np.zeros(len(group), np.bool_),
                )
            )
            for entry in group:
                self.signal_of[entry] = self._next
                self._next += 1


def _groups(entries: list[Any], key: Any) -> Iterator[tuple[int, list[Any]]]:  # noqa: ANN401 - of either kind
    """Entries with equal keys, from the smallest key."""
    for value, group in groupby(sorted(entries, key=key), key=key):
        yield value, list(group)


def _encoder(state: State, words: FixedPoint, names: tuple[str, ...]) -> Encoder:
    every = word_encoder(names, words)
    features = np.array([column.feature for column in state.columns])
    codes = np.stack([column.code_of[every.codes[column.feature]] for column in state.columns])
    return Encoder(names, features, every.thresholds[features], codes, words)
