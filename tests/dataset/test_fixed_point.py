import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from logicjsc.core.errors import DataError
from logicjsc.dataset import Samples, Scaler
from logicjsc.dataset.fixed_point import FixedPoint
from logicjsc.methods.gradient.network.layers import RoundToWords


def _samples(features: np.ndarray) -> Samples:
    return Samples(features, np.zeros(len(features), np.uint8), source="made up")


def _naive_word(feature: float, exponent: int, low: int, bits: int) -> int:
    word = math.floor(feature / 2.0**exponent + 0.5)
    return max(low, min(low + 2**bits - 1, word))


@settings(deadline=None, max_examples=50)
@given(
    seed=st.integers(0, 2**32 - 1),
    bits=st.integers(2, 16),
    scale=st.floats(-20, 20),
    signed=st.booleans(),
)
def test_words_equal_a_naive_rounding_and_the_network_rounds_alike(seed, bits, scale, signed):
    rng = np.random.default_rng(seed)
    features = rng.exponential(2.0**scale, (200, 16)).astype(np.float32)
    if signed:
        features *= rng.choice(np.array([-1, 1], np.float32), features.shape)
    words = FixedPoint.fit(_samples(features), bits)
    expected = [
        [
            _naive_word(float(np.float32(x)), e, low, bits)
            for x, e, low in zip(row, words.exponents, words.lows, strict=True)
        ]
        for row in features
    ]
    np.testing.assert_array_equal(words.words(features), expected)
    values = words.values(features)
    np.testing.assert_array_equal(RoundToWords(words)(torch.from_numpy(features)), values)
    np.testing.assert_array_equal(words.values(values), values)  # rounding twice changes nothing


def test_steps_are_the_finest_powers_of_two_that_cover_the_range():
    rng = np.random.default_rng(0)
    features = rng.uniform(0, 1, (20_000, 16)).astype(np.float32) * np.arange(1, 17)
    words = FixedPoint.fit(_samples(features.astype(np.float32)), 8)
    assert words.lows == (0,) * 16
    for exponent, top in zip(words.exponents, range(1, 17), strict=True):
        assert 255 * 2.0**exponent >= 0.99 * top
        assert 255 * 2.0 ** (exponent - 1) < top
    assert words.saturated(features).max() < 3e-4


def test_negative_features_get_signed_words_and_outliers_saturate():
    features = np.linspace(-4, 0, 30_000, dtype=np.float32)[:, None] * np.ones(16, np.float32)
    features[0] = -1e6
    words = FixedPoint.fit(_samples(features), 6)
    assert words.lows == (-32,) * 16
    assert words.exponents == (-3,) * 16
    assert words.values(features)[0, 0] == -4.0
    assert words.saturated(features)[0] == pytest.approx(1 / 30_000)


def test_a_constant_feature_has_a_step():
    words = FixedPoint.fit(_samples(np.zeros((10, 16), np.float32)), 8)
    np.testing.assert_array_equal(words.words(np.zeros((2, 16))), 0)


def test_patterns_are_twos_complement_and_stand_for_their_words():
    words = FixedPoint(3, (-1, 1), (-4, 0))
    numbers = np.stack([np.arange(-4, 4), np.arange(8)], axis=1)
    patterns = words.patterns(numbers)
    assert patterns.T.tolist() == [[4, 5, 6, 7, 0, 1, 2, 3], list(range(8))]
    np.testing.assert_array_equal(words.numbers(patterns), numbers)


@settings(deadline=None, max_examples=50)
@given(
    bits=st.integers(2, 10),
    exponent=st.integers(-20, 20),
    signed=st.booleans(),
)
def test_borders_are_the_smallest_features_that_reach_their_words(bits, exponent, signed):
    low = -(1 << bits - 1) if signed else 0
    other = FixedPoint(bits, (0, exponent), (0, low))
    words = other.of_feature(1)
    assert words == FixedPoint(bits, (exponent,), (low,))
    numbers = np.arange(low + 1, low + (1 << bits))
    (borders,) = words.borders(numbers[None])
    assert borders.dtype == np.float32
    below = np.nextafter(borders, np.float32(-np.inf))
    np.testing.assert_array_equal(words.words(borders[:, None])[:, 0], numbers)
    np.testing.assert_array_equal(words.words(below[:, None])[:, 0], numbers - 1)


@pytest.mark.parametrize("bits", [-1, 1, 25])
def test_impossible_widths_are_refused(bits):
    with pytest.raises(DataError, match=f"words of {bits} bits are not possible; use 2 to 24"):
        FixedPoint.fit(_samples(np.zeros((10, 16), np.float32)), bits)


def test_the_scaler_is_fitted_on_rounded_features_and_survives_saving():
    from dataclasses import asdict

    features = np.random.default_rng(0).normal(3, 2, (1000, 16)).astype(np.float32)
    scaler = Scaler.fit(_samples(features), 4)
    assert scaler.words is not None
    rounded = scaler.words.values(features).astype(np.float64)
    np.testing.assert_allclose(scaler.mean, rounded.mean(axis=0), rtol=1e-6)
    np.testing.assert_allclose(scaler.deviation, rounded.std(axis=0), rtol=1e-6)
    assert Scaler.from_dict(asdict(scaler)) == scaler
    plain = Scaler.fit(_samples(features))
    saved = asdict(plain)
    del saved["words"]  # as saved by an older version
    assert Scaler.from_dict(saved) == plain
