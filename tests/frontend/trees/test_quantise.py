"""Leaves are the nearest steps, sums fit, and ties stay ties."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logicjsc.frontend.trees.ensemble import LEAF, Ensemble, Tree
from logicjsc.frontend.trees.network import netlist_of_trees
from logicjsc.frontend.trees.quantise import (
    MOST_OUTPUT_BITS,
    affordable_bits,
    quantise,
    sum_range,
    width_of,
)
from logicjsc.netlist import evaluate


def stump(low, high, feature=0, output=0):
    return Tree(
        np.array([feature, LEAF, LEAF], np.int32),
        np.array([0.5, np.inf, np.inf], np.float32),
        np.array([1, 0, 0], np.int32),
        np.array([2, 0, 0], np.int32),
        np.array([[0.0], [low], [high]]),
        (output,),
    )


def of(*trees, kind="value", outputs=1, **given):
    return Ensemble("test", kind, trees, np.zeros(outputs), 4, **given)


numbers = st.floats(-1e6, 1e6).filter(lambda number: number == 0 or abs(number) > 1e-6)


@given(st.lists(st.tuples(numbers, numbers), min_size=1, max_size=5), st.integers(1, 12))
def test_leaves_are_the_nearest_steps_and_no_wider_than_asked(leaves, bits):
    ensemble = of(*(stump(*pair) for pair in leaves))
    if affordable_bits(ensemble, bits) < bits:
        return
    quantised = quantise(ensemble, bits)
    assert max(int(whole.max()) for whole in quantised.leaves) < 1 << bits
    for row in (0, 1):
        features = np.full((1, 4), row, np.float32)
        places = np.array([[1 + row]] * len(leaves))
        raw = quantised.raw(quantised.sums(places))
        slack = 1e-9 * (1 + sum(map(abs, np.ravel(leaves))))
        assert abs(raw - ensemble.raw(features)).max() <= quantised.bound + slack


def test_leaves_on_a_coarse_grid_take_few_bits_and_are_exact():
    quantised = quantise(of(stump(-0.5, 0.25), stump(0.0, 0.5)), 8)
    assert quantised.exact
    assert quantised.step == 0.25
    assert [whole.max() for whole in quantised.leaves] == [3, 2]
    assert quantised.bound == 0


@pytest.mark.parametrize("from_zero", [False, True])
@pytest.mark.parametrize("base", [-2.0, -1.0, -0.5, 0.0, 0.3])
def test_the_sign_of_a_binary_sum_is_the_decision_also_on_a_tie(base, from_zero):
    ensemble = of(stump(0.0, 1.0), stump(0.0, 1.0, feature=1), kind="binary", from_zero=from_zero)
    ensemble = replace(ensemble, base=np.array([base]))
    netlist = netlist_of_trees(quantise(ensemble, 4), "ties", 10)
    rows = np.float32([[a, b, 0, 0] for a in (0, 1) for b in (0, 1)])
    codes = evaluate(netlist, netlist.encoder.encode(rows))
    wanted = ensemble.decide(ensemble.raw(rows))
    assert netlist.decoder.classify(codes).tolist() == wanted.tolist()
    total = base + rows.sum(axis=1)
    assert wanted.tolist() == ((total >= 0) if from_zero else (total > 0)).tolist()


def test_votes_of_equal_shares_stay_ties():
    third = 1 / 3
    trees = [stump(third, 2 * third), stump(2 * third, third, feature=1)]
    ensemble = of(*trees, kind="binary", unit=1.0)
    ensemble = replace(ensemble, base=np.array([-1.0]), scale=0.5, shift=0.5)
    for bits in (2, 5, 8):
        netlist = netlist_of_trees(quantise(ensemble, bits), "votes", 10)
        rows = np.float32([[0, 0, 0, 0], [1, 1, 0, 0], [1, 0, 0, 0]])
        decided = netlist.decoder.classify(evaluate(netlist, netlist.encoder.encode(rows)))
        assert decided.tolist() == [0, 0, 1]


def test_a_tie_of_classes_goes_to_the_lowest():
    trees = [stump(0.1, 0.7, output=output) for output in (1, 2)]
    netlist = netlist_of_trees(quantise(of(*trees, kind="classes", outputs=3), 5), "tie", 10)
    rows = np.float32([[0] * 4, [1] * 4])
    assert netlist.decoder.classify(evaluate(netlist, netlist.encoder.encode(rows))).tolist() == [
        1,
        1,
    ]


@pytest.mark.parametrize("trees", [16, 17, 300])
def test_bits_are_lowered_until_sums_fit(trees):
    ensemble = of(*(stump(0.0, 1 + 0.001 * index) for index in range(trees)))
    bits = affordable_bits(ensemble, 24)
    assert width_of(*sum_range(quantise(ensemble, bits))) <= MOST_OUTPUT_BITS
    assert width_of(*sum_range(quantise(ensemble, bits + 1))) > MOST_OUTPUT_BITS
    netlist = netlist_of_trees(quantise(ensemble, 8), "sums", 10)
    assert netlist.widths[netlist.outputs[0]] == width_of(*sum_range(quantise(ensemble, 8)))


@pytest.mark.parametrize(("low", "high", "width"), [(0, 0, 1), (0, 7, 3), (-1, 0, 1), (-8, 8, 5)])
def test_widths_of_ranges(low, high, width):
    assert width_of(low, high) == width


def test_a_base_far_beyond_the_leaves_is_not_affordable():
    ensemble = replace(of(stump(0.0, 1.0), kind="binary"), base=np.array([1e300]))
    assert affordable_bits(ensemble, 12) == 0
