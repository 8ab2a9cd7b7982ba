"""A trained network as a netlist: first tables, sums, second tables, sums, and their high bits."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from logicjsc import __version__
from logicjsc.dataset.fixed_point import FixedPoint
from logicjsc.dataset.samples import Array
from logicjsc.methods.prune.columns import CODES, Part, parts_of
from logicjsc.methods.prune.goal import Goal
from logicjsc.methods.prune.layers import Builder, Sum
from logicjsc.methods.prune.state import State
from logicjsc.methods.prune.terms import Term, highest, merged, with_constants
from logicjsc.netlist import Decoder, Encoder, Netlist
from logicjsc.netlist.word_inputs import word_encoder


def to_netlist(
    name: str,
    state: State,
    words: FixedPoint,
    feature_names: tuple[str, ...],
    goal: Goal,
    *,
    thresholds: tuple[float, ...] = (),
) -> Netlist:
    """The network with bits of codes as its inputs and scores as its outputs.

    Args:
        name: of the netlist.
        state: the network; every hidden neuron leads from a column to a score.
        words: formats of the features' words.
        feature_names: in the order of the words.
        goal: what the scores say.
        thresholds: of yes or no, one per output; none of other targets.
    """
    parts = parts_of(state.columns)
    signals = {part.name: number for number, part in enumerate(parts)}
    reads = [tuple(signals[part.name] for part in column.parts) for column in state.columns]
    builder = Builder(len(parts))
    several = np.flatnonzero(~state.alone)
    first = [term for hidden in several for term in _first_terms(state, int(hidden), reads)]
    sums = builder.add("edges", "hidden", first, dict.fromkeys(several.tolist(), 0))
    terms = merged([*_second_terms(state, builder, sums, reads), *_direct_terms(state, reads)])
    terms, rest, bases = _with_bases(state, terms, _reached(state, goal, thresholds))
    scores = builder.add("score_edges", "scores", terms, rest, equal_widths=True)
    unit, grain = state.score_unit, state.score_grain
    low = round(math.log2(grain / unit))
    width = max(1, max(highest(terms, rest).values()) >> low).bit_length()
    outputs = builder.cut("score_bits", [scores[key] for key in sorted(scores)], low, width)
    steps = np.arange(1 << width) * grain + bases[:, None] * unit
    found = goal.scores(steps.T).T
    alike = bool((bases == bases[0]).all()) and goal.target.kind != "value"
    return Netlist(
        name=name,
        input_names=tuple(part.name for part in parts),
        input_widths=np.array([part.width for part in parts]),
        input_signed=np.zeros(len(parts), np.bool_),
        layers=tuple(builder.layers),
        outputs=outputs,
        encoder=_encoder(parts, words, feature_names),
        decoder=Decoder(
            goal.target.names,
            found[0] if alike else found,
            signed=False,
            kind=goal.target.kind,
            thresholds=thresholds,
        ),
        provenance={"logicjsc": __version__},
    )


def _first_terms(state: State, hidden: int, reads: list[tuple[int, ...]]) -> Iterator[Term]:
    """The tables of a hidden neuron, with shifts from the smallest of its steps."""
    widths, steps = state.first.widths[:, hidden], state.first.steps[:, hidden]
    tables = state.first.rounded(state.first.smooth())[:, :, hidden].astype(np.int64)
    columns = np.flatnonzero(widths)
    for column in columns.tolist():
        shift = int(steps[column] - steps[columns].min())
        table = tables[column, : 1 << state.columns[column].width]
        yield Term(reads[column], hidden, table, int(widths[column]), shift)


def _second_terms(
    state: State, builder: Builder, sums: dict[int, Sum], reads: list[tuple[int, ...]]
) -> Iterator[Term]:
    """The second tables, by the bits of the sums in front of them.

    A hidden neuron that adds nothing needs no code: its tables read the column behind it.
    """
    edges = state.second
    tables = edges.rounded(edges.smooth()).astype(np.int64)
    lowest = _lowest(state)
    for hidden, target in np.argwhere(edges.widths > 0).tolist():
        columns = np.flatnonzero(state.first.widths[:, hidden])
        step = int(state.first.steps[columns, hidden].min())
        if hidden in sums:
            signals: tuple[int, ...] = (builder.signal_of[sums[hidden]],)
            totals: Array = np.arange(1 << sums[hidden].width)
        else:
            (only,) = _first_terms(state, hidden, reads)
            signals, totals = only.signals, only.table
        whole = totals >> -step if step < 0 else totals << step
        codes = (whole + int(np.rint(state.offset[hidden]))) & (CODES - 1)
        width, shift = int(edges.widths[hidden, target]), int(edges.steps[hidden, target] - lowest)
        yield Term(signals, target, tables[hidden, codes, target], width, shift)


def _direct_terms(state: State, reads: list[tuple[int, ...]]) -> Iterator[Term]:
    edges = state.direct
    tables = edges.rounded(edges.smooth()).astype(np.int64)
    lowest = _lowest(state)
    for column, target in np.argwhere(edges.widths > 0).tolist():
        table = tables[column, : 1 << state.columns[column].width, target]
        shift = int(edges.steps[column, target] - lowest)
        yield Term(reads[column], target, table, int(edges.widths[column, target]), shift)


def _lowest(state: State) -> int:
    """Base-2 logarithm of `State.score_unit`."""
    return round(math.log2(state.score_unit))


def _reached(state: State, goal: Goal, thresholds: tuple[float, ...]) -> Array | None:
    """Multiples of the grain that scores must reach for a yes, int64 ``[outputs]``."""
    if not thresholds:
        return None
    steps = np.array(thresholds, np.float64) / goal.step
    return np.ceil(steps / state.score_grain).astype(np.int64)


def _with_bases(
    state: State, terms: list[Term], reached: Array | None
) -> tuple[list[Term], dict[int, int], Array]:
    """Terms with the biases inside as far as there is room, what is left, and what is left out.

    What is left out of the sums is a multiple of the grain: of an argmax the same for all scores;
    of others as much as possible. A threshold at a power of two is a wire, so a little more stays
    inside for that if the tables have room for it.

    Args:
        state: the network.
        terms: tables of the scores.
        reached: see `_reached`.

    Returns:
        Terms, rest by output, and what the decoder adds in units, int64 ``[outputs]``.
    """
    unit = state.score_unit
    grain = round(state.score_grain / unit)
    bias = np.rint(state.contents().bias / unit).astype(np.int64)
    bases = bias // grain * grain
    if state.end == "argmax":
        bases = np.full_like(bases, bases.min())
    plain = (*with_constants(terms, dict(enumerate((bias - bases).tolist()))), bases)
    if reached is None:
        return plain
    places = np.maximum(reached - bias // grain, 1)
    powers = np.array([1 << int(place - 1).bit_length() for place in places.tolist()])
    moved = (reached - powers) * grain
    kept, rest = with_constants(terms, dict(enumerate((bias - moved).tolist())))
    return (kept, rest, moved) if not any(rest.values()) else plain


def _encoder(parts: list[Part], words: FixedPoint, names: tuple[str, ...]) -> Encoder:
    every = word_encoder(names, words)
    features = np.array([part.feature for part in parts])
    codes = np.stack([part.code_of[every.codes[part.feature]] for part in parts])
    return Encoder(names, features, every.thresholds[features], codes, words)
