"""The decision as the last layers of a netlist: whatever maps, times and proves networks sees it.

Scores are compared slice by slice: a table tells of a few bits of two scores which is larger and
whether they are equal, and a further table puts slices together. Classes are found from all pairs
at once, which takes two to three levels of LUTs, or by a tree of comparisons, which takes fewer
comparators and is slower. The lowest class index wins a tie.

The index of the class then is a few bits, and the outputs of the netlist are wires of them: the
code of class *c* holds, for each bit of the index from the highest down, ``1 0`` if *c* has 0 there
and ``bit 1`` if it has 1. The largest code is that of the class whose index the bits spell, so
decoder, tests and circuits treat the netlist like any other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations
from typing import Final, Literal, TypeAlias

import numpy as np

from logicjsc.core.errors import NetlistError
from logicjsc.netlist.bit_fields import slice_bits
from logicjsc.netlist.builder import NetlistBuilder
from logicjsc.netlist.codec import Decoder
from logicjsc.netlist.ir import Netlist
from logicjsc.netlist.layers import Array, Layer
from logicjsc.netlist.score_bits import ScoreBits, score_bits

Comparison: TypeAlias = Literal["pairs", "tree"]

_SLICE: Final = 3
"""Bits of each score that one LUT compares."""

_JOINED: Final = 3
"""Slices that one LUT puts together: two flags of each but the lowest, which has one."""

_ONE_TABLE: Final = 8
"""Flags from which a bit of the index is looked up at once."""

_LUT: Final = 6

_MOST_PAIRED: Final = 6
"""Classes of which all pairs are compared, if nothing else is asked for."""

_THRESHOLD_SLICE: Final = 6


def with_decision(netlist: Netlist, comparison: Comparison | None = None) -> Netlist:
    """A netlist whose outputs spell what the netlist given decides; see the head of this module.

    Of classes the outputs are wires of the index's bits. Of a binary target and of labels they are
    one bit each. Netlists whose outputs are values have nothing to decide and come back unchanged.

    Args:
        netlist: the network; its decoder says what is decided.
        comparison: ``pairs``, ``tree``, or by default pairs of up to `_MOST_PAIRED` classes.

    Raises:
        NetlistError: there is no decoder, or one class only.
    """
    decoder = netlist.decoder
    if decoder is None:
        raise NetlistError(f"netlist {netlist.name!r} does not say what its outputs decide")
    if decoder.kind == "value":
        return netlist
    if decoder.kind == "classes" and decoder.outputs == 1:
        raise NetlistError(f"netlist {netlist.name!r} has one class only: there is no decision")
    builder = NetlistBuilder("decision")
    widths = netlist.widths[netlist.outputs].tolist()
    scores = [
        builder.input(f"score{number}", width, signed=decoder.signed)
        for number, width in enumerate(widths)
    ]
    if decoder.kind != "classes":
        outputs = [
            _reaches(builder, score, threshold)
            for score, threshold in zip(scores, decoder.code_thresholds, strict=True)
        ]
        decided = replace(
            decoder,
            scores=np.array([0, 1]),
            signed=False,
            thresholds=(0.5,) * len(outputs),
        )
        return _appended(netlist, builder.build(outputs), decided)
    shared = score_bits(netlist)
    if shared is not None:
        index = _looked_up(builder, scores, shared, decoder)
    else:
        ways = {"pairs": _by_pairs, "tree": _by_tree}
        default = "pairs" if len(scores) <= _MOST_PAIRED else "tree"
        index = ways[comparison or default](builder, scores)
    outputs = [_spelled(builder, index, number) for number in range(len(scores))]
    codes = np.arange(1 << 2 * len(index))
    decided = replace(decoder, scores=codes, signed=False)
    return _appended(netlist, builder.build(outputs), decided)


def _appended(netlist: Netlist, decision: Netlist, decoder: Decoder) -> Netlist:
    """A netlist with another one behind its outputs."""
    moved = np.concatenate(
        [
            netlist.outputs,
            np.arange(decision.inputs, decision.signals) + netlist.signals - decision.inputs,
        ]
    )
    taken = {layer.name for layer in netlist.layers}
    layers: list[Layer] = []
    for layer in decision.layers:
        name = f"decision_{layer.name}"
        while name in taken:
            name += "_"
        stage = netlist.depth + layer.stage
        layers.append(replace(layer, name=name, stage=stage, inputs=moved[layer.inputs]))
    return replace(
        netlist,
        layers=(*netlist.layers, *layers),
        outputs=moved[decision.outputs],
        decoder=decoder,
    )


def _spelled(builder: NetlistBuilder, index: Sequence[int], number: int) -> int:
    """The code of a class, as wires of the index's bits, the highest first."""

    def code(bits: Array) -> Array:
        total = np.zeros(len(bits), np.int64)
        for place in range(len(index)):
            own = number >> (len(index) - 1 - place) & 1
            total = total * 4 + (2 * bits[:, place] + 1 if own else 2)
        return total

    return builder.tabulate(index, code, 2 * len(index))


def _looked_up(
    builder: NetlistBuilder, scores: Sequence[int], shared: ScoreBits, decoder: Decoder
) -> list[int]:
    """Bits of the index, the highest first, as tables of the bits that all scores are made of."""
    classes = decoder.classify(shared.codes)
    bits = [slice_bits(builder, scores[output], bit, 1) for output, bit in shared.places]
    # The first shared bit is the lowest of a row, the first input the highest of an address.
    return [
        builder.table(bits[::-1], classes >> place & 1, 1)
        for place in reversed(range((len(scores) - 1).bit_length()))
    ]


def _by_pairs(builder: NetlistBuilder, scores: Sequence[int]) -> list[int]:
    """Bits of the index, the highest first, from the comparisons of all pairs."""
    slices = [_slices(builder, score, _SLICE) for score in scores]
    later = {
        (low, high): _greater(builder, slices[high], slices[low])
        for low, high in combinations(range(len(scores)), 2)
    }
    pairs_of = [[pair for pair in later if number in pair] for number in range(len(scores))]
    bits = []
    for place in reversed(range((len(scores) - 1).bit_length())):
        chosen = [number for number in range(len(scores)) if number >> place & 1]
        needed = list(dict.fromkeys(pair for number in chosen for pair in pairs_of[number]))
        flags = [later[pair] for pair in needed]
        if len(flags) <= _ONE_TABLE:

            def any_wins(
                values: Array,
                chosen: list[int] = chosen,
                needed: list[tuple[int, int]] = needed,
            ) -> Array:
                wins = [
                    np.all(
                        [
                            values[:, needed.index(pair)] == (pair[1] == number)
                            for pair in pairs_of[number]
                        ],
                        axis=0,
                    )
                    for number in chosen
                ]
                return np.asarray(np.any(wins, axis=0))

            bits.append(builder.tabulate(flags, any_wins, 1))
            continue
        wins = [
            _all_of(
                builder,
                [later[pair] for pair in pairs_of[number]],
                [pair[1] == number for pair in pairs_of[number]],
            )
            for number in chosen
        ]
        none = _all_of(builder, wins, [False] * len(wins))
        bits.append(builder.tabulate([none], lambda values: values[:, 0] == 0, 1))
    return bits


def _all_of(builder: NetlistBuilder, signals: Sequence[int], wanted: Sequence[bool]) -> int:
    """Whether bits are all as wanted: a tree of LUTs."""
    found, values = list(signals), list(wanted)
    while len(found) > 1:
        groups = range(0, len(found), _LUT)
        found = [
            builder.tabulate(
                found[start : start + _LUT],
                lambda rows, start=start, values=values: np.all(  # type: ignore[misc]
                    rows == np.array(values[start : start + _LUT]), axis=1
                ),
                1,
            )
            for start in groups
        ]
        values = [True] * len(found)
    return found[0]


def _by_tree(builder: NetlistBuilder, scores: Sequence[int]) -> list[int]:
    """Bits of the index, the highest first, by a tree of comparisons."""
    places = (len(scores) - 1).bit_length()
    candidates: list[tuple[list[int], list[int]]] = [
        (_slices(builder, score, _SLICE), []) for score in scores
    ]
    level = 0
    while len(candidates) > 1:
        better = []
        for left in range(0, len(candidates) - 1, 2):
            (codes, low), (others, high) = candidates[left : left + 2]
            right = _greater(builder, others, codes)
            won = (
                [
                    _choice(builder, right, other, code)
                    for code, other in zip(codes, others, strict=True)
                ]
                if len(candidates) > 2  # noqa: PLR2004 - the last winner's code is not needed
                else []
            )
            index = [right]
            for place in range(level):
                pair = (_bit(builder, high, place, level), _bit(builder, low, place, level))
                index.append(_choice(builder, right, *pair))
            better.append((won, index))
        if len(candidates) % 2:
            better.append(candidates[-1])
        candidates, level = better, level + 1
    index = candidates[0][1]
    return [_bit(builder, index, place, places) for place in range(places)]


def _bit(builder: NetlistBuilder, index: Sequence[int], place: int, places: int) -> int:
    """A bit of an index of ``places`` bits, the highest first; a class that met none has none."""
    missing = places - len(index)
    return index[place - missing] if place >= missing else builder.constant(0, 1)


def _choice(builder: NetlistBuilder, right: int, when_one: int, when_zero: int) -> int:
    known = builder.signal(when_one)
    return builder.tabulate(
        [right, when_one, when_zero],
        lambda values: np.where(values[:, 0] == 1, values[:, 1], values[:, 2]),
        known.width,
        signed=known.signed,
    )


def _slices(builder: NetlistBuilder, score: int, size: int) -> list[int]:
    """A score cut into numbers of a few bits, the highest first; its sign is in the first."""
    known = builder.signal(score)
    starts = range(0, known.width, size)
    return [
        slice_bits(
            builder,
            score,
            start,
            min(size, known.width - start),
            signed=known.signed and start == starts[-1],
        )
        for start in reversed(starts)
    ]


_GREATER: Final = 2
_EQUAL: Final = 1


def _greater(builder: NetlistBuilder, ones: Sequence[int], others: Sequence[int]) -> int:
    """Whether one score, cut into slices, is greater than another."""
    last = len(ones) - 1
    found = [
        builder.tabulate([one, other], lambda values: values[:, 0] > values[:, 1], 1)
        if place == last
        else builder.tabulate(
            [one, other],
            lambda values: (
                _GREATER * (values[:, 0] > values[:, 1]) + _EQUAL * (values[:, 0] == values[:, 1])
            ),
            2,
        )
        for place, (one, other) in enumerate(zip(ones, others, strict=True))
    ]
    return _joined(builder, found)


def _joined(builder: NetlistBuilder, found: list[int]) -> int:
    """One flag of the flags of slices, the highest first; the lowest has no flag for equality."""
    while len(found) > 1:
        joined = []
        for start in range(0, len(found), _JOINED):
            group = found[start : start + _JOINED]
            ends = start + len(group) == len(found)
            joined.append(group[0] if len(group) == 1 else _join(builder, group, ends=ends))
        found = joined
    return found[0]


def _join(builder: NetlistBuilder, group: Sequence[int], *, ends: bool) -> int:
    def flags(values: Array) -> Array:
        greater = np.zeros(len(values), np.int64)
        equal = np.ones(len(values), np.int64)
        for place in range(len(group)):
            flag = values[:, place]
            lowest = ends and place == len(group) - 1
            greater |= equal & (flag if lowest else flag // _GREATER)
            equal &= 0 if lowest else flag % _GREATER
        return greater if ends else _GREATER * greater + _EQUAL * equal

    return builder.tabulate(group, flags, 1 if ends else 2)


def _reaches(builder: NetlistBuilder, score: int, threshold: int) -> int:
    """Whether a score reaches a threshold."""
    known = builder.signal(score)
    low = -(1 << (known.width - 1)) if known.signed else 0
    if not low < threshold < low + (1 << known.width):
        return builder.constant(int(threshold <= low), 1)
    slices = _slices(builder, score, _THRESHOLD_SLICE)
    found = []
    place = known.width
    for number, one in enumerate(slices):
        entry = builder.signal(one)
        place -= entry.width
        part = threshold >> place
        if number:
            part &= (1 << entry.width) - 1
        lowest = number == len(slices) - 1

        def compare(values: Array, part: int = part, *, lowest: bool = lowest) -> Array:
            if lowest:
                return np.asarray(values[:, 0] >= part)
            return np.asarray(_GREATER * (values[:, 0] > part) + _EQUAL * (values[:, 0] == part))

        found.append(builder.tabulate([one], compare, 1 if lowest else 2))
    return _joined(builder, found)
