"""Compiled moves against networks evaluated sample by sample."""

from itertools import product

import numpy as np
import pytest
from reference.naive_logic import (
    best_with_all_thresholds,
    naive_bits,
    naive_correct,
    naive_right,
)

from logicjsc.methods.anneal.config import LogicConfig
from logicjsc.methods.anneal.native.library import NativeAnnealing
from logicjsc.methods.anneal.network import LEVELS, LogicNetwork, _live, _trimmed
from logicjsc.methods.anneal.scores import ScoreWires


@pytest.fixture(autouse=True)
def _cached(cache, monkeypatch):
    monkeypatch.setenv("LOGICJSC_CACHE", str(cache))


def problem(samples, features, most, classes, seed=0):
    """Levels, labels that depend on them, and costs: thresholds at levels 1 to ``most``."""
    rng = np.random.default_rng(seed)
    levels = rng.integers(0, most + 1, (features, samples)).astype(np.uint8)
    weights = rng.normal(size=(classes, features))
    scores = weights @ levels + rng.normal(size=(classes, samples))
    labels = scores.argmax(axis=0).astype(np.uint8)
    costs = np.full((features, LEVELS), np.inf)
    costs[:, 1 : most + 1] = 1.0
    return levels, labels, costs


def start(levels, costs, layers=(), *, classes=2, kind="index", seed=0):
    """A random network and the classes that its outputs stand for."""
    wires = ScoreWires.make(kind, classes)
    config = LogicConfig(layers=layers)
    network = LogicNetwork.random(config, levels, np.isfinite(costs), wires.outputs, seed)
    return network, wires.decision()


def opened(network, *judged, **options):
    """The network with levels, labels, costs and decision."""
    defaults = {"skips": True, "cross_fit": False, "seed": 0}
    return NativeAnnealing(network, *judged, **(defaults | options))


# 512 samples make a block: less than one, one with some left over, and exactly two.
@pytest.mark.parametrize("samples", [3, 700, 1024])
@pytest.mark.parametrize(("layers", "kind"), [((), "index"), ((4, 3), "flags"), ((9,), "index")])
def test_right_samples_are_counted_as_one_by_one_after_any_sweeps(samples, layers, kind):
    levels, labels, costs = problem(samples, 4, 6, 5)
    network, decision = start(levels, costs, layers, classes=5, kind=kind, seed=samples)
    cross_fit = kind == "flags"
    with opened(network, levels, labels, costs, decision, cross_fit=cross_fit) as native:
        assert native.right() == naive_right(network, levels, labels, decision)
        for share, temperature in ((0.5, 9.0), (1.0, 1.0), (1.0, 0.0)):
            native.sweep(share, temperature, 0.3)
            assert native.right() == naive_right(network, levels, labels, decision)


def test_one_lut_that_can_read_everything_becomes_as_good_as_can_be():
    levels, labels, costs = problem(300, 2, 2, 2)
    network, decision = start(levels, costs)
    with opened(network, levels, labels, costs, decision) as native:
        for _ in range(20):
            native.sweep(1.0, 5.0, 0.0)
        for _ in range(5):
            native.sweep(1.0, 0.0, 0.0)
        assert native.right() == best_with_all_thresholds(levels, labels)


def test_sweeps_at_temperature_zero_end_where_no_exchange_of_an_input_gains():
    levels, labels, costs = problem(60, 3, 2, 3, seed=4)
    network, decision = start(levels, costs, (3,), classes=3, seed=4)
    with opened(network, levels, labels, costs, decision, seed=4) as native:
        right = [native.right()]
        while len(right) == 1 or right[-1] > right[-2]:
            native.sweep(1.0, 0.0, 0.0)
            right.append(native.right())
    assert right == sorted(right)
    assert right[-1] > right[0]
    for lut, slot in product(range(len(network.stages)), range(6)):
        sources = [f * LEVELS + level for f, level in product(range(3), range(1, 3))]
        sources += [3 * LEVELS + other for other in range(3) if network.stages[lut] > 1]
        for source in sources:
            most = best_contents(network, (lut, slot, source), (levels, labels, decision))
            assert most <= right[-1]


def best_contents(network, change, judged):
    """Most right samples with another source, contents chosen address by address."""
    lut, slot, source = change
    inputs, tables = network.inputs.copy(), network.tables.copy()
    inputs[lut, slot] = source
    changed = LogicNetwork(network.features, network.stages, inputs, tables)
    right = []
    for whole in (0, (1 << 64) - 1):
        tables[lut] = whole
        right.append(naive_correct(changed, *judged))
    # Which address a sample reads does not depend on the contents.
    addresses = addresses_of(changed, lut, judged[0])
    total = 0
    for address in range(64):
        mine = addresses == address
        total += max(right[0][mine].sum(), right[1][mine].sum())
    return total


def addresses_of(network, lut, levels):
    """Addresses that samples read, from what tables of single ones would say."""
    cut = LogicNetwork(
        network.features,
        network.stages[: lut + 1],
        network.inputs[: lut + 1],
        network.tables[: lut + 1].copy(),
    )
    addresses = np.zeros(levels.shape[1], np.int64)
    for bit in range(6):
        cut.tables[lut] = sum(1 << row for row in range(64) if row >> bit & 1)
        addresses |= naive_bits(cut, levels, 1)[:, 0] << bit
    return addresses


def test_luts_that_nobody_reads_are_put_to_use_at_no_loss():
    levels, labels, costs = problem(2000, 6, 20, 5)
    network, decision = start(levels, costs, (12,), classes=5)
    network.inputs[12:] = 0 * LEVELS + 10
    with opened(network, levels, labels, costs, decision) as native:
        right = [native.right()]
        for _ in range(6):
            native.sweep(1.0, 0.0, 0.0)
            right.append(native.right())
    assert right == sorted(right)
    assert len(_live(_trimmed(network), network.features, 3)) >= 8


def test_a_threshold_that_is_not_worth_its_price_is_not_read():
    levels, labels, costs = problem(400, 3, 5, 2, seed=2)
    found = {}
    for price in (0.0, 3.0, 1000.0):
        network, decision = start(levels, costs, seed=2)
        with opened(network, levels, labels, costs, decision) as native:
            for _ in range(6):
                native.sweep(1.0, 0.0, price)
        found[price] = len(network.thresholds)
    assert found[0.0] > found[3.0] >= found[1000.0] == 1


def test_cross_fitting_does_not_buy_what_chance_pleases():
    levels, _, costs = problem(3000, 4, 8, 2)
    bought = {False: 0, True: 0}
    for seed, cross_fit in product((1, 2, 3), bought):
        labels = np.random.default_rng(seed).integers(0, 2, 3000).astype(np.uint8)
        network, decision = start(levels, costs, seed=seed)
        with opened(network, levels, labels, costs, decision, cross_fit=cross_fit) as native:
            for _ in range(6):
                native.sweep(1.0, 0.0, 10.0)
        bought[cross_fit] += len(network.thresholds)
    assert bought[False] == 18
    assert bought[True] < 14


def test_cross_fitting_finds_what_is_there():
    levels, labels, costs = problem(3000, 2, 2, 2)
    network, decision = start(levels, costs)
    with opened(network, levels, labels, costs, decision, cross_fit=True) as native:
        for _ in range(10):
            native.sweep(1.0, 5.0, 0.0)
        for _ in range(5):
            native.sweep(1.0, 0.0, 0.0)
        assert native.right() == best_with_all_thresholds(levels, labels)


def test_thresholds_without_a_cost_are_never_chosen():
    levels, labels, costs = problem(400, 3, 5, 2)
    costs[1] = np.inf
    costs[:, 4:] = np.inf
    network, decision = start(levels, costs, (2,))
    with opened(network, levels, labels, costs, decision) as native:
        for _ in range(4):
            native.sweep(1.0, 50.0, 0.0)
    features, thresholds = network.thresholds // LEVELS, network.thresholds % LEVELS
    assert set(features) <= {0, 2}
    assert thresholds.max() <= 3


def test_without_skips_later_luts_read_luts_only():
    levels, labels, costs = problem(400, 3, 5, 2)
    network, decision = start(levels, costs, (8,))
    with opened(network, levels, labels, costs, decision, skips=False) as native:
        native.sweep(1.0, 50.0, 0.0)
    assert (network.inputs[8:] >= 3 * LEVELS).all()
    assert (network.inputs[:8] < 3 * LEVELS).all()


def test_equal_seeds_draw_equal_networks():
    levels, labels, costs = problem(700, 4, 6, 5)
    found = []
    for seed in (1, 1, 2):
        network, decision = start(levels, costs, (4,), classes=5)
        with opened(network, levels, labels, costs, decision, seed=seed) as native:
            for _ in range(2):
                native.sweep(0.7, 3.0, 0.1)
        found.append((network.inputs.tolist(), network.tables.tolist()))
    assert found[0] == found[1] != found[2]


def test_features_of_one_threshold_are_judged_as_those_of_several():
    """Bits are counted side by side, levels one by one: both find the same network."""
    levels, labels, _ = problem(1500, 5, 1, 4, seed=3)
    found = []
    for most in (1, 2):
        costs = np.full((5, LEVELS), np.inf)
        # A level that no sample reaches, which costs too much to be chosen.
        costs[:, 1 : most + 1] = [0.0, 1e9][:most]
        network, decision = start(levels, costs[:, :], (6, 3), classes=4, seed=1)
        with opened(network, levels, labels, costs, decision, cross_fit=True) as native:
            for _ in range(3):
                native.sweep(1.0, 0.0, 1.0)
            found.append((native.right(), network.inputs.tolist(), network.tables.tolist()))
    assert found[0] == found[1]


def test_some_candidates_are_looked_at_above_temperature_zero_and_all_at_it():
    levels, labels, costs = problem(900, 40, 1, 2, seed=5)
    rights = {}
    for candidates in (0, 1):
        network, decision = start(levels, costs, (3,), classes=2, seed=2)
        before = network.inputs.copy()
        with opened(network, levels, labels, costs, decision, candidates=candidates) as native:
            native.sweep(1.0, 1e-9, 0.0)
            moved = native.right()
            native.sweep(1.0, 0.0, 0.0)
            rights[candidates] = (moved, native.right())
        assert (network.inputs != before).any()
    # One random feature a move is worth less than the best of forty.
    assert rights[1][0] < rights[0][0]
    assert rights[1][1] > rights[1][0]
