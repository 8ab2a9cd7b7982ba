"""Trees of adders: every shape adds up, by proof and by trial, and the proof can fail."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logicjsc.map.adder_steps import Chain, Rows
from logicjsc.map.adder_tree import JOINS, Addends, Shape
from logicjsc.map.bit_functions import from_values, wire
from logicjsc.map.lut_network import CONSTANTS, Lut, LutNetwork, pack_words, unpack_words
from logicjsc.map.sums import SumNode, Term
from logicjsc.map.tree_proof import prove_tree


def random_sum(rng, terms):
    """Terms that are tables of up to five signals or wires, and what the sum must be."""
    signals = 30
    found, functions = [], []
    for _ in range(terms):
        width = int(rng.integers(1, 6))
        if rng.integers(4):
            count = int(rng.integers(1, 6))
            inputs = (CONSTANTS + rng.choice(signals, count, replace=False)).tolist()
            bits = [from_values(inputs, rng.integers(0, 2, 1 << count)) for _ in range(width)]
        else:
            inputs = (CONSTANTS + rng.choice(signals, width, replace=False)).tolist()
            bits = [wire(signal) for signal in inputs]
        shift = int(rng.integers(-1, 3)) if width > 1 else int(rng.integers(0, 3))
        found.append(Term(width, bool(rng.integers(2)), shift, bool(rng.integers(3) == 0)))
        functions.append(bits)
    offset = int(rng.integers(-50, 50))
    width = int(rng.integers(3, 11))
    return SumNode(tuple(found), offset, width), functions, signals


def wanted(node, functions, planes, size):
    """The sum by plain arithmetic, int64 ``[samples]``."""
    total = np.full(planes.shape[1], node.offset)
    for term, bits in zip(node.terms, functions, strict=True):
        value = np.zeros(planes.shape[1], np.int64)
        for place, function in enumerate(bits):
            index = np.zeros(planes.shape[1], np.int64)
            for bit, source in enumerate(function.inputs):
                index |= planes[source - CONSTANTS] << bit
            column = np.array([function.table >> i & 1 for i in range(1 << len(function.inputs))])
            weight = -1 if term.signed and place == term.width - 1 else 1
            value += weight * (column[index] << place)
        value = value << term.shift if term.shift >= 0 else value >> -term.shift
        total += -value if term.negated else value
    return total % (1 << size)


def outputs_of(network, planes):
    found = unpack_words(network.evaluate(pack_words(planes)), planes.shape[1])
    return (found.astype(np.int64) << np.arange(len(found))[:, None]).sum(axis=0)


@given(st.integers(0, 10**6), st.integers(1, 14))
@settings(deadline=None, max_examples=15)
def test_every_shape_adds_up(seed, terms):
    rng = np.random.default_rng(seed)
    node, functions, signals = random_sum(rng, terms)
    size = int(rng.integers(1, node.width + 1))
    addends = Addends.of(node, functions, signals, size)
    planes = rng.integers(0, 2, (signals, 300))
    expected = wanted(node, functions, planes, size)
    for join in JOINS:
        chains = int(rng.integers(1, addends.most_chains + 1))
        late = tuple(rng.permutation(terms)[: int(rng.integers(0, 3))].tolist())
        shape = Shape(chains, join, late, bool(rng.integers(2)))
        treed = addends.tree(shape)
        assert prove_tree(treed, size), shape
        np.testing.assert_array_equal(outputs_of(treed.network, planes), expected)


def example():
    rng = np.random.default_rng(5)
    node, functions, signals = random_sum(rng, 12)
    size = node.width
    return Addends.of(node, functions, signals, size), size


@pytest.mark.parametrize("join", JOINS)
def test_more_chains_are_shallower_and_cost_their_joins(join):
    addends, _ = example()
    one, many = (addends.tree(Shape(count, join)).network for count in (1, 4))
    assert one.area <= many.area
    assert many.depth < one.depth
    assert addends.tree(Shape(1, join)).network == one


@pytest.mark.parametrize("join", JOINS)
def test_a_wrong_lut_or_gate_is_found(join):
    addends, size = example()
    treed = addends.tree(Shape(4, join))
    luts = treed.network.luts
    for number in range(0, len(luts), 3):
        lut = luts[number]
        if lut.carry:
            continue
        wrong = Lut(lut.inputs, lut.table ^ 1)
        network = LutNetwork(
            treed.network.inputs,
            (*luts[:number], wrong, *luts[number + 1 :]),
            treed.network.outputs,
        )
        assert not prove_tree(replace(treed, network=network), size)


def test_a_step_that_is_left_out_or_done_twice_is_found():
    addends, size = example()
    treed = addends.tree(Shape(4, "counters"))
    for number in range(len(treed.steps)):
        steps = treed.steps
        assert not prove_tree(replace(treed, steps=steps[:number] + steps[number + 1 :]), size)
        assert not prove_tree(replace(treed, steps=(*steps, steps[number])), size)
    assert not prove_tree(replace(treed, constant=treed.constant + 1), size)


def test_a_count_or_a_bound_that_is_wrong_is_found():
    addends, size = example()
    treed = addends.tree(Shape(6, "counters"))
    for number, step in enumerate(treed.steps):
        if isinstance(step, Rows):
            wrong = replace(step, counts=step.counts[1:])
        elif isinstance(step, Chain) and step.result.most > 1:
            wrong = replace(step, result=replace(step.result, most=1))
        else:
            continue
        steps = (*treed.steps[:number], wrong, *treed.steps[number + 1 :])
        assert not prove_tree(replace(treed, steps=steps), size)
