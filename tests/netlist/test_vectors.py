"""Vectors of verification: they reach what they are meant to reach."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference.random_encoders import with_encoder
from reference.random_netlists import netlists, random_netlist

from logicjsc.dataset.fixed_point import FixedPoint
from logicjsc.netlist import Encoder, Netlist, vectors
from logicjsc.netlist.vectors import (
    CORNER,
    RANDOM,
    RANDOM_FEATURES,
    corners,
    random_features,
    verification_vectors,
)

INF = np.float32(np.inf)


@pytest.fixture
def encoder():
    """Features with several thresholds, one, none, and none that is finite."""
    thresholds = np.array([[-2.0, 0.1, 5.0], [0.1, 1e-3, 7.5], [3.0, INF, INF], [INF, INF, INF]])
    return Encoder(
        ("several", "one", "none", "infinite"),
        np.array([0, 0, 1, 3]),
        np.sort(thresholds.astype(np.float32), axis=1),
        np.tile(np.arange(4), (4, 1)),
    )


class TestCodes:
    @given(netlist=netlists())
    @settings(max_examples=30, deadline=None)
    def test_random_codes_fit_their_inputs_and_are_always_the_same(self, netlist):
        first, again = (
            verification_vectors(netlist, np.zeros((1, 0)), "no features") for _ in range(2)
        )
        assert list(first) == [RANDOM, CORNER]
        codes = first[RANDOM]
        np.testing.assert_array_equal(codes, again[RANDOM])
        assert codes.shape == (100_000, netlist.inputs)
        limits = np.int64(1) << netlist.input_widths.astype(np.int64)
        assert (codes >= 0).all()
        assert (codes < limits).all()
        # Of so many codes, narrow inputs take all.
        for column, limit in zip(codes.T, limits.tolist(), strict=True):
            assert len(np.unique(column)) == limit or limit > 1000

    def test_corners_are_zeros_ones_and_the_ends_of_the_values(self):
        netlist = Netlist(
            "n", ("a", "b", "c"), np.array([3, 1, 4]), np.array([True, True, False]), (),
            np.array([0]),
        )  # fmt: skip
        assert corners(netlist).tolist() == [[0, 0, 0], [7, 1, 15], [4, 1, 0], [3, 0, 15]]

    def test_features_come_first_as_codes_under_their_title(self):
        netlist = with_encoder(random_netlist(5), 5)
        features = random_features(netlist.encoder, rows=50)
        found = verification_vectors(netlist, features, "some features")
        assert list(found) == ["some features", RANDOM, CORNER]
        np.testing.assert_array_equal(found["some features"], netlist.encoder.encode(features))
        assert next(iter(verification_vectors(netlist, features))) == "test samples"

    def test_their_number_is_looked_up_when_they_are_drawn(self, monkeypatch):
        monkeypatch.setattr(vectors, "RANDOM_VECTORS", 7)
        netlist = random_netlist(5)
        assert len(verification_vectors(netlist, np.zeros((1, 0)))[RANDOM]) == 7


class TestFeatures:
    def test_they_are_finite_and_always_the_same(self, encoder):
        features = random_features(encoder)
        assert features.shape == (RANDOM_FEATURES, 4)
        assert features.dtype == np.float32
        assert np.isfinite(features).all()
        np.testing.assert_array_equal(features, random_features(encoder))
        assert len(random_features(encoder, rows=17)) == 17

    def test_every_threshold_is_met_exactly_and_missed_by_the_least(self, encoder):
        features = random_features(encoder)
        for signal, feature in enumerate(encoder.features.tolist()):
            for threshold in encoder.thresholds[signal]:
                if np.isfinite(threshold):
                    column = features[:, feature]
                    assert (column == threshold).sum() > 100
                    assert (column == np.nextafter(threshold, -INF)).sum() > 100

    def test_every_code_is_reached(self, encoder):
        codes = encoder.encode(random_features(encoder))
        for signal in range(4):
            reachable = 1 + int(np.isfinite(encoder.thresholds[signal]).sum())
            assert len(np.unique(codes[:, signal])) == reachable

    def test_some_lie_far_away_on_either_side(self, encoder):
        features = random_features(encoder)[:, :2]
        assert (features.max(axis=0) > 1e12).all()
        assert (features.min(axis=0) < -1e12).all()
        tiny = np.abs(features)[(features != 0)].min()
        assert 0 < tiny < 1e-12

    def test_features_that_no_input_compares_vary_too(self, encoder):
        features = random_features(encoder)[:, 2:]
        assert (features.std(axis=0) > 0.5).all()

    def test_of_one_threshold_both_sides_are_met(self):
        for threshold in (0.0, -3.0, 1e-30, 2e10):
            encoder = Encoder(("x",), np.array([0]), np.array([[threshold]]), np.array([[0, 1]]))
            ratio = encoder.encode(random_features(encoder)).mean()
            assert 0.3 < ratio < 0.8

    def test_without_borders_none_lies_on_a_threshold_or_right_below(self, encoder):
        features = random_features(encoder, borders=False)
        for signal, feature in enumerate(encoder.features.tolist()):
            column = features[:, feature]
            for threshold in encoder.thresholds[signal]:
                assert not (column == threshold).any()
                assert not (column == np.nextafter(threshold, -INF)).any()
        codes = encoder.encode(features)
        assert [len(np.unique(column)) for column in codes.T] == [4, 4, 2, 1]

    @given(
        widths=st.lists(st.integers(1, 9), min_size=4, max_size=4),
        signs=st.lists(st.booleans(), min_size=4, max_size=4),
        exponents=st.lists(st.integers(-6, 3), min_size=4, max_size=4),
    )
    @settings(max_examples=40, deadline=None)
    def test_with_words_they_are_values_of_words(self, widths, signs, exponents):
        lows = tuple(
            -(1 << (width - 1)) if sign else 0 for width, sign in zip(widths, signs, strict=True)
        )
        words = FixedPoint(tuple(widths), tuple(exponents), lows)
        thresholds = np.array([[-2.0, 0.1, 5.0]] * 4, np.float32)
        encoder = Encoder(
            ("a", "b", "c", "d"), np.arange(4), thresholds, np.tile(np.arange(4), (4, 1))
        )
        features = random_features(encoder, words, rows=400)
        np.testing.assert_array_equal(features, words.values(features))
        numbers = features / words.steps()
        np.testing.assert_array_equal(numbers, np.round(numbers))
        assert (numbers >= np.array(words.lows)).all()
        assert (numbers <= np.array(words.highs)).all()

    def test_of_no_inputs_they_vary_all_the_same(self, encoder):
        empty = replace(
            encoder,
            features=np.zeros(0, int),
            thresholds=np.zeros((0, 3)),
            codes=np.zeros((0, 4), int),
        )
        assert (random_features(empty).std(axis=0) > 0.5).all()
