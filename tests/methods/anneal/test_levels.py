"""Levels against counting thresholds, thresholds against words, costs against tables."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference.small_jets import separable_jets

from logicjsc.core.errors import ConfigError
from logicjsc.methods.anneal.annealer import priced
from logicjsc.methods.anneal.config import ScheduleConfig
from logicjsc.methods.anneal.levels import Levels, _between, _comparator

JETS = separable_jets(500)


@pytest.mark.parametrize("bits", [0, 3, 8, 12])
def test_a_level_counts_the_thresholds_that_a_feature_reaches(bits):
    levels = Levels.fit(JETS, bits)
    made = levels.of(JETS)
    assert made.dtype == np.uint8
    for feature, thresholds in enumerate(levels.thresholds):
        assert (np.diff(thresholds) > 0).all()
        counted = (JETS.features[:, [feature]] >= thresholds).sum(axis=1)
        assert made[feature].tolist() == counted.tolist()
        # Every threshold divides the samples.
        assert set(made[feature]) == set(range(len(thresholds) + 1))


def test_words_of_a_byte_are_told_apart_by_their_levels():
    levels = Levels.fit(JETS, 8)
    words = levels.words.words(JETS.features)
    for feature, column in enumerate(levels.of(JETS)):
        assert column.tolist() == np.unique(words[:, feature], return_inverse=True)[1].tolist()


def test_of_more_values_than_a_byte_holds_quantiles_are_kept():
    column = np.concatenate([np.zeros(5000), np.arange(5000)])
    features = np.tile(column[:, None], (1, 16)).astype(np.float32)
    samples = replace(JETS, features=features, targets=np.arange(10_000) % 5)
    levels = Levels.fit(samples).of(samples)[0]
    counts = np.bincount(levels)
    assert counts[0] == 5001 or counts[0] <= 5000 + 10_000 // 256
    assert 100 < len(counts) <= 256
    assert counts[1:].max() <= 2 * 10_000 // 256


def test_a_repeated_feature_has_no_thresholds_of_its_own():
    features = JETS.features.copy()
    features[:, 8] = features[:, 6]
    levels = Levels.fit(replace(JETS, features=features))
    assert len(levels.thresholds[6]) > 100
    assert len(levels.thresholds[8]) == 0
    assert np.isinf(levels.cost_table()[8]).all()


@given(st.floats(-3, 3), st.floats(0.1, 5), st.sampled_from([4, 8]), st.integers(0, 99))
@settings(max_examples=25, deadline=None)
def test_numbers_reach_a_threshold_exactly_if_their_word_does(center, spread, bits, seed):
    rng = np.random.default_rng(seed)
    features = rng.normal(center, spread, JETS.features.shape).astype(np.float32)
    levels = Levels.fit(replace(JETS, features=features), bits)
    for feature in range(2):
        thresholds = levels.thresholds[feature]
        numbers = np.repeat(thresholds[:, None], 16, axis=1)
        at = levels.words.words(numbers)[:, feature]
        below = levels.words.words(np.nextafter(numbers, np.float32(-np.inf)))[:, feature]
        assert (at == below + 1).all()


@pytest.mark.parametrize(
    ("word", "bits", "luts"),
    [
        (128, 8, 0),
        (64, 8, 1),
        (1, 8, 2),
        (4, 8, 1),
        (2, 8, 2),
        (-4, 8, 1),
        (-3, 8, 2),
        (0, 8, 0),
        (5, 6, 1),
    ],
)
def test_a_comparator_needs_no_bits_below_the_lowest_one_of_its_constant(word, bits, luts):
    assert _comparator(word, bits) == luts


def test_costs_stand_at_the_levels_that_thresholds_make():
    table = Levels.fit(JETS, 3).cost_table()
    assert np.isinf(table[:, 0]).all()
    assert set(table[:, 1].tolist()) == {0.0, 1.0}
    assert np.isinf(table[:, 8:]).all()


@given(st.lists(st.integers(-300, 300), min_size=2, max_size=40))
def test_thresholds_between_words_end_in_as_many_zeros_as_they_can(words):
    column = np.array(words)
    values = np.unique(column)
    made = _between(column, rounded=True).tolist()
    assert len(made) == len(values) - 1
    for low, high, chosen in zip(values[:-1], values[1:], made, strict=True):
        zeros = [word & -word if word else 1 << 20 for word in range(low + 1, high + 1)]
        assert low < chosen <= high
        assert (chosen & -chosen if chosen else 1 << 20) == max(zeros)


def test_rounded_thresholds_of_many_words_are_near_quantiles():
    column = np.random.default_rng(0).integers(0, 1 << 16, 20_000)
    exact, rounded = _between(column), _between(column, rounded=True)
    assert len(rounded) == len(exact) == 255
    assert (np.diff(rounded) > 0).all()
    assert np.abs(rounded - exact).max() < 1 << 9
    cost = [sum(_comparator(int(word), 16) for word in words) for words in (exact, rounded)]
    assert cost[1] < 0.7 * cost[0]


def test_thresholds_may_be_kept_to_small_comparators():
    every = Levels.fit(JETS, 8)
    for most in (0, 1):
        kept = Levels.fit(JETS, 8, most)
        for feature, cost in enumerate(every.costs):
            small = cost <= most
            assert np.array_equal(kept.thresholds[feature], every.thresholds[feature][small])
            assert np.array_equal(kept.costs[feature], cost[small])
    assert sum(map(len, Levels.fit(JETS, 8, 0).thresholds)) <= 16


def test_without_words_no_threshold_is_a_wire():
    with pytest.raises(ConfigError, match=r"most_threshold_luts = 0 leaves no threshold"):
        Levels.fit(JETS, 0, 0)


@pytest.mark.parametrize(("signed", "count"), [(False, 3), (True, 3), (True, 9)])
def test_bits_of_words_are_levels_of_their_own(signed, count):
    features = JETS.features if signed else np.abs(JETS.features)
    samples = replace(JETS, features=features)
    levels = Levels.fit(samples, 6, wires=count)
    made, costs = levels.of(samples), levels.cost_table()
    rows = len(levels.thresholds)
    assert len(made) == len(costs) == rows + len(levels.wires)
    assert {place for _, place in levels.wires} == set(range(max(5 - count, 0), 5))
    patterns = levels.words.patterns(levels.words.words(features))
    for row, (feature, place) in enumerate(levels.wires, rows):
        assert levels.feature_of(row) == feature
        assert made[row].tolist() == (patterns[:, feature] >> place & 1).tolist()
        assert np.isfinite(costs[row]).tolist() == [level == 1 for level in range(256)]
        assert costs[row, 1] == 0
        # The bit changes at each of its borders, and nowhere else.
        borders = levels.borders(row, 1)
        reached = (features[:, [feature]] >= borders).sum(axis=1)
        assert made[row].tolist() == (reached % 2).tolist()


def test_features_that_are_no_words_have_no_bits():
    with pytest.raises(ConfigError, match=r"network.word_bits = 2 needs features that are words"):
        Levels.fit(JETS, wires=2)


def test_levels_of_comparators_have_a_price_of_their_own():
    costs = np.array([[np.inf, 0.0, 1.0, 2.0, 3.0]])
    plain = ScheduleConfig(threshold_price=1e-4)
    units, price = priced(costs, plain, 1000)
    assert units is costs
    assert price == pytest.approx(0.1)
    units, price = priced(costs, replace(plain, level_price=5e-4), 1000)
    assert units[0, 0] == np.inf
    np.testing.assert_allclose(units[0, 1:] * price, [0.0, 0.6, 1.2, 1.3])
