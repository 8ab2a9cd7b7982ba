"""A trained network as a netlist: first tables, sums, second tables, sums."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np

from logicjsc import __version__
from logicjsc.dataset.fixed_point import FixedPoint
from logicjsc.dataset.samples import Array
from logicjsc.methods.prune.columns import CODES
from logicjsc.methods.prune.config import CODE_BITS
from logicjsc.methods.prune.state import State
from logicjsc.netlist import Decoder, Encoder, Layer, Netlist, SumLayer, TableLayer
from logicjsc.netlist.word_inputs import word_encoder


@dataclass(frozen=True)
class _Term:
    """A table on one signal, and how far its output is shifted left in the sum of a target."""

    signal: int
    target: int
    table: Array
    width: int
    shift: int


@dataclass(frozen=True)
class _Sum:
    """A sum of table outputs, each shifted left, and of an offset; no bit is lost."""

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
    columns = len(state.columns)
    builder = _Builder(columns)
    several = np.flatnonzero(~state.alone)
    first = [term for hidden in several for term in _first_terms(state, int(hidden))]
    sums = builder.add("edges", "hidden", first, dict.fromkeys(several.tolist(), 0))
    second = _merged(_second_terms(state, builder, sums))
    contents = state.contents()
    unit = state.score_unit
    bias = np.rint((contents.bias - contents.bias.min()) / unit).astype(np.int64)
    second, rest = _with_bias(second, dict(enumerate(bias.tolist())))
    scores = builder.add("score_edges", "scores", second, rest, equal_widths=True)
    width = max(entry.width for entry in scores.values())
    return Netlist(
        name=name,
        input_names=tuple(column.name for column in state.columns),
        input_widths=np.full(columns, CODE_BITS),
        input_signed=np.zeros(columns, np.bool_),
        layers=tuple(builder.layers),
        outputs=np.array([builder.signal_of[scores[number]] for number in sorted(scores)]),
        encoder=_encoder(state, words, feature_names),
        decoder=Decoder(class_names, np.arange(1 << width) * (score_step * unit), signed=False),
        provenance={"logicjsc": __version__},
    )


def _first_terms(state: State, hidden: int) -> Iterator[_Term]:
    """The tables of a hidden neuron, with shifts from the smallest of its steps."""
    widths, steps = state.first.widths[:, hidden], state.first.steps[:, hidden]
    tables = state.first.rounded(state.first.smooth())[:, :, hidden].astype(np.int64)
    columns = np.flatnonzero(widths)
    for column in columns.tolist():
        shift = int(steps[column] - steps[columns].min())
        yield _Term(column, hidden, tables[column], int(widths[column]), shift)


def _second_terms(state: State, builder: _Builder, sums: dict[int, _Sum]) -> Iterator[_Term]:
    """The second tables, by the bits of the sums in front of them.

    A hidden neuron that adds nothing needs no code: its tables read the column behind it.
    """
    edges = state.second
    tables = edges.rounded(edges.smooth()).astype(np.int64)
    lowest = int(edges.steps[edges.widths > 0].min())
    for hidden, target in np.argwhere(edges.widths > 0).tolist():
        columns = np.flatnonzero(state.first.widths[:, hidden])
        step = int(state.first.steps[columns, hidden].min())
        if hidden in sums:
            signal = builder.signal_of[sums[hidden]]
            totals = np.arange(1 << sums[hidden].width)
        else:
            signal = int(columns[0])
            (only,) = _first_terms(state, hidden)
            totals = only.table
        whole = totals >> -step if step < 0 else totals << step
        codes = (whole + int(np.rint(state.offset[hidden]))) & (CODES - 1)
        width, shift = int(edges.widths[hidden, target]), int(edges.steps[hidden, target] - lowest)
        yield _Term(signal, target, tables[hidden, codes, target], width, shift)


def _merged(terms: Iterable[_Term]) -> list[_Term]:
    """One table in the place of all that read one signal for one target."""
    found: dict[tuple[int, int], _Term] = {}
    for term in terms:
        place = (term.signal, term.target)
        if place in found:
            other = found[place]
            shift = min(term.shift, other.shift)
            table = (term.table << term.shift - shift) + (other.table << other.shift - shift)
            term = _Term(*place, table, max(1, int(table.max()).bit_length()), shift)  # noqa: PLW2901 - replaced on purpose
        found[place] = term
    return list(found.values())


def _with_bias(terms: list[_Term], bias: dict[int, int]) -> tuple[list[_Term], dict[int, int]]:
    """Put the bias of each score into tables that have room for it, and say what is left.

    A constant that stays outside takes a LUT for each bit of the score.
    """
    rest, moved = dict(bias), []
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
    return _Term(term.signal, term.target, term.table + steps, width, term.shift)


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

    def add(
        self,
        tables: str,
        sums: str,
        terms: list[_Term],
        offsets: dict[int, int],
        *,
        equal_widths: bool = False,
    ) -> dict[int, _Sum]:
        """A stage of tables on the signals before, and one of their sums by target."""
        placed = self._add_tables(tables, terms)
        found: dict[int, _Sum] = {}
        for target, offset in offsets.items():
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
        return found

    def _add_tables(self, name: str, terms: list[_Term]) -> list[tuple[int, _Term]]:
        self._stage += 1
        placed = []
        for rows, group in _groups(terms, lambda term: len(term.table)):
            self.layers.append(
                TableLayer(
                    name=f"{name}_{rows}",
                    stage=self._stage,
                    inputs=np.array([[term.signal] for term in group]),
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


def _groups(entries: list[Any], key: Any) -> Iterator[tuple[int, list[Any]]]:  # noqa: ANN401 - of either kind
    """Entries with equal keys, from the smallest key."""
    for value, group in groupby(sorted(entries, key=key), key=key):
        yield value, list(group)


def _encoder(state: State, words: FixedPoint, names: tuple[str, ...]) -> Encoder:
    every = word_encoder(names, words)
    features = np.array([column.feature for column in state.columns])
    codes = np.stack([column.code_of[every.codes[column.feature]] for column in state.columns])
    return Encoder(names, features, every.thresholds[features], codes, words)
