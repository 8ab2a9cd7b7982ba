"""What a circuit has to compute, as BLIF, from its netlist alone.

Words become codes by the encoder, codes become codes by tables and sums, and those become decisions
by the decoder. Nothing here looks at how a circuit is written.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, pairwise
from typing import Final

import numpy as np

from logicjsc.check.formal.logic import ONE, ZERO, Logic
from logicjsc.core.errors import CircuitError
from logicjsc.emit.ends.decision import ARGMAX, decision_of
from logicjsc.emit.ends.encoder_plan import word_encoder
from logicjsc.emit.verilog.circuit import Circuit
from logicjsc.map.adder_tree import Addends, Shape
from logicjsc.map.chain_plan import ChainPlan, plan_chains
from logicjsc.map.chain_splits import candidates, split_tables
from logicjsc.map.lut_network import LutNetwork
from logicjsc.map.shannon import shannon_network
from logicjsc.map.sums import SumNode, sum_nodes
from logicjsc.map.tasks import proven_counters
from logicjsc.map.tree_proof import prove_tree
from logicjsc.netlist import Netlist, SumLayer, TableLayer
from logicjsc.netlist.passes import drop_dead_nodes

_DEAR: Final = 1 << 30


@dataclass(frozen=True)
class Shapes:
    """How a circuit adds up its sums.

    Attributes:
        adders: one adder after another, in the order of the terms; otherwise by counters.
        chained: signals that are sums on carry chains, whatever the others are.
        apart: signals that are tables which those chains add in parts.
        trees: shapes of sums on chains that are not added one operand after the other.
    """

    adders: bool
    chained: frozenset[int] = frozenset()
    apart: frozenset[int] = frozenset()
    trees: Mapping[int, Shape] = field(default_factory=dict)


def reference_blif(
    circuit: Circuit, inputs: Sequence[str], shapes: Shapes
) -> tuple[Logic, list[str]]:
    """Logic of what comes out of a circuit, and the wires of it, the lowest bit first.

    Args:
        circuit: the circuit.
        inputs: wires of the data that goes in, the lowest bit first.
        shapes: how sums are written; all shapes are proven to be the same sum, but to find two of
            them equal is beyond SAT, so they should be the circuit's.
    """
    netlist = drop_dead_nodes(circuit.netlist)
    words = words_of(circuit, inputs)
    logic = Logic("r", words)
    encoded = circuit.manifest.data_in == "in_features"
    codes = _encode(logic, circuit, words) if encoded else words
    outputs = _network(logic, netlist, list(codes), shapes)
    if circuit.manifest.data_out != "out_class":
        return logic, [wire for word in outputs for wire in word]
    decide = _argmax if decision_of(netlist) == ARGMAX else _thresholds
    return logic, decide(logic, netlist, outputs)


def words_of(circuit: Circuit, inputs: Sequence[str]) -> list[list[str]]:
    """Words or codes that go into a circuit, as wires, the lowest bit first."""
    if circuit.manifest.data_in != "in_features":
        return _split(inputs, circuit.netlist.input_widths.tolist())
    return _split(inputs, word_encoder(circuit.netlist, circuit.manifest.options)[1].widths)


def _encode(logic: Logic, circuit: Circuit, patterns: list[list[str]]) -> list[list[str]]:
    """Codes of the words that go in."""
    encoder, words = word_encoder(circuit.netlist, circuit.manifest.options)
    codes = []
    for signal, width in enumerate(circuit.netlist.input_widths.tolist()):
        feature = int(encoder.features[signal])
        low, exponent = words.lows[feature], words.exponents[feature]
        word = patterns[feature]
        if low:
            # The order of two's complement words is that of unsigned ones with the sign inverted.
            word = [*word[:-1], logic.invert(word[-1])]
        thresholds = encoder.thresholds[signal]
        starts = [
            bisect_left(
                range(1 << len(word)),
                True,
                key=lambda place: bool(np.float32(math.ldexp(place + low, exponent)) >= threshold),
            )
            for threshold in thresholds[np.isfinite(thresholds) | (thresholds < 0)]
        ]
        values = [int(code) for code in encoder.codes[signal][: len(starts) + 1]]
        codes.append(
            [
                _steps(logic, word, starts, [value >> bit & 1 for value in values])
                for bit in range(width)
            ]
        )
    return codes


def _steps(logic: Logic, word: Sequence[str], starts: Sequence[int], values: Sequence[int]) -> str:
    """A function of an unsigned word that changes at some of its values.

    Args:
        logic: where to write.
        word: wires, the lowest bit first.
        starts: words from which on each value but the first holds, ascending.
        values: 0 or 1, one more than there are starts.
    """

    def made(first: int, bits: int) -> str:
        begin = bisect_right(starts, first)
        end = bisect_left(starts, first + (1 << bits), begin)
        if len(set(values[begin : end + 1])) == 1:
            return (ZERO, ONE)[values[begin]]
        high = made(first + (1 << bits - 1), bits - 1)
        return logic.multiplexer(word[bits - 1], made(first, bits - 1), high)

    return made(0, len(word))


def _network(
    logic: Logic, netlist: Netlist, signals: list[list[str]], shapes: Shapes
) -> list[list[str]]:
    """Codes of the netlist's outputs, of those of its inputs, which are changed."""
    chained = _chained(netlist, shapes)
    for layer in netlist.layers:
        sums = list(sum_nodes(netlist, layer)) if isinstance(layer, SumLayer) else []
        before = [ZERO, ONE, *(wire for word in signals for wire in word)] if sums else []
        for node, sources in enumerate(layer.inputs.tolist()):
            words = [signals[source] for source in sources]
            if isinstance(layer, TableLayer):
                signals.append(_looked_up(logic, layer, node, words))
            elif len(signals) in chained:
                signals.append(_luts(logic, chained[len(signals)], before))
            elif shapes.adders:
                signals.append(_added(logic, sums[node], words))
            else:
                wires = [ZERO, ONE, *(wire for word in reversed(words) for wire in word)]
                signals.append(_luts(logic, proven_counters(sums[node]), wires))
    return [signals[output] for output in netlist.outputs.tolist()]


def _chained(netlist: Netlist, shapes: Shapes) -> Mapping[int, LutNetwork]:
    """Sums on carry chains, each proven, with the tables that they look up inside."""
    signals = shapes.chained
    if not signals:
        return {}
    sums = {
        first + node
        for first, layer in zip(netlist.first_signals, netlist.layers, strict=True)
        if isinstance(layer, SumLayer)
        for node in range(layer.nodes)
    }
    # Chains are planned where they are cheaper: nothing is cheaper than 0, and all than these.
    others = {signal: _DEAR * (signal in signals) for signal in sums}
    possible = candidates(netlist) if shapes.apart else {}
    apart = {signal: split for signal, split in possible.items() if signal in shapes.apart}
    rests = {
        signal: shannon_network(split.rest.astype(np.uint32), split.rest_width)
        for signal, split in apart.items()
    }
    whole = dict.fromkeys(apart, _DEAR)
    splits = split_tables(netlist, apart, rests, whole)
    plan = plan_chains(netlist, others, splits, all_splits=True)
    return {**plan.sums, **dict(_trees(netlist, plan, shapes))}


def _trees(netlist: Netlist, plan: ChainPlan, shapes: Shapes) -> Iterator[tuple[int, LutNetwork]]:
    """Sums as trees of adders, each proven; a shape that does not add up is not believed."""
    for first, layer in zip(netlist.first_signals, netlist.layers, strict=True):
        if not isinstance(layer, SumLayer):
            continue
        for signal, node in enumerate(sum_nodes(netlist, layer), start=first):
            if signal not in plan.apart or signal not in shapes.trees:
                continue
            apart = plan.apart[signal]
            size = int(np.flatnonzero(plan.read[signal])[-1]) + 1
            addends = Addends.of(apart.node(node), apart.functions, apart.inputs, size)
            treed = addends.tree(shapes.trees[signal])
            if prove_tree(treed, size):
                yield signal, apart.joined(treed.network)


def _looked_up(logic: Logic, layer: TableLayer, node: int, words: Sequence[list[str]]) -> list[str]:
    table = layer.tables[node]
    shifts = np.arange(int(layer.widths[node]), dtype=table.dtype)[:, None]
    # The first input is the most significant part of the address.
    address = [wire for word in words for wire in reversed(word)]
    return logic.table(address, (table >> shifts & 1).astype(np.uint8))


def _luts(logic: Logic, network: LutNetwork, wires: list[str]) -> list[str]:
    """Outputs of a network of LUTs, of the constants and its inputs, which are left as they are."""
    known = list(wires)
    for lut in network.luts:
        rows = range(1 << len(lut.inputs))
        column = np.array([[lut.table >> row & 1 for row in rows]], np.uint8)
        known += logic.table([known[source] for source in reversed(lut.inputs)], column)
    return [known[output] for output in network.outputs]


def _added(logic: Logic, node: SumNode, words: Sequence[list[str]]) -> list[str]:
    """A sum by one adder after another, in the order of its terms."""
    total = [ONE if node.offset >> bit & 1 else ZERO for bit in range(node.width)]
    for term, word in zip(node.terms, words, strict=True):
        sign = word[-1] if term.signed else ZERO
        shifted = [ZERO] * term.shift + word[term.dropped :] + [sign] * node.width
        total = logic.add(total, shifted[: node.width], subtract=term.negated)
    return total


def _argmax(logic: Logic, netlist: Netlist, words: list[list[str]]) -> list[str]:
    """Index of the largest score, the lowest of equal ones: winners of pairs, level by level."""
    signed = netlist.decoder is not None and netlist.decoder.signed
    candidates: list[tuple[list[str], list[str]]] = [(word, []) for word in words]
    level = 0
    while len(candidates) > 1:
        winners = []
        for (left, low), (right, high) in zip(candidates[::2], candidates[1::2], strict=False):
            chosen = logic.larger(right, left, signed=signed)
            indices = [index + [ZERO] * (level - len(index)) for index in (low, high)]
            pairs = ((left, right), tuple(indices))
            code, index = (
                [logic.multiplexer(chosen, a, b) for a, b in zip(*pair, strict=True)]
                for pair in pairs
            )
            winners.append((code, [*index, chosen]))
        if len(candidates) % 2:
            winners.append(candidates[-1])
        candidates = winners
        level += 1
    return candidates[0][1]


def _thresholds(logic: Logic, netlist: Netlist, words: list[list[str]]) -> list[str]:
    """Whether each score reaches its threshold, by the decoder's answer to every code."""
    decoder = netlist.decoder
    if decoder is None:
        return []
    codes = np.arange(decoder.scores.shape[-1])
    decided = decoder.classify(np.repeat(codes[:, None], decoder.outputs, axis=1))
    columns = decided.reshape(len(codes), -1).T.astype(np.uint8)
    return [
        logic.table(word[::-1], column[None, : 1 << len(word)])[0]
        for word, column in zip(words, columns, strict=True)
    ]


def _split(wires: Sequence[str], widths: Sequence[int]) -> list[list[str]]:
    """Wires side by side as words."""
    ends = list(accumulate(widths, initial=0))
    if ends[-1] != len(wires):
        raise CircuitError(f"the circuit takes {len(wires)} bits, its netlist {ends[-1]}")
    return [list(wires[start:end]) for start, end in pairwise(ends)]
