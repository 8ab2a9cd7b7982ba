import json
import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from logicjsc.core.errors import DataError
from logicjsc.dataset import Samples, Scaler
from logicjsc.dataset.fixed_point import FixedPoint
from logicjsc.dataset.schema import Column, Schema, Target
from logicjsc.methods.gradient.network.scaling import RoundToWords

SCHEMA = Schema.numbers(tuple(f"x{place}" for place in range(16)), Target("classes", ("a", "b")))


def _samples(features: np.ndarray) -> Samples:
    return Samples(features, np.zeros(len(features), np.uint8), SCHEMA, source="made up")


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
    words = FixedPoint.uniform(3, (-1, 1), (-4, 0))
    numbers = np.stack([np.arange(-4, 4), np.arange(8)], axis=1)
    patterns = words.patterns(numbers)
    assert patterns.T.tolist() == [[4, 5, 6, 7, 0, 1, 2, 3], list(range(8))]
    np.testing.assert_array_equal(words.numbers(patterns), numbers)


@settings(deadline=None, max_examples=50)
@given(
    bits=st.integers(2, 10),
    exponent=st.integers(-20, 20),
    signed=st.booleans(),
    floors=st.booleans(),
)
def test_borders_are_the_smallest_features_that_reach_their_words(bits, exponent, signed, floors):
    low = -(1 << bits - 1) if signed else 0
    other = FixedPoint((bits,) * 2, (0, exponent), (0, low), floors)
    words = other.of_feature(1)
    assert words == FixedPoint((bits,), (exponent,), (low,), floors)
    numbers = np.arange(low + 1, low + (1 << bits))
    (borders,) = words.borders(numbers[None])
    assert borders.dtype == np.float32
    below = np.nextafter(borders, np.float32(-np.inf))
    np.testing.assert_array_equal(words.words(borders[:, None])[:, 0], numbers)
    np.testing.assert_array_equal(words.words(below[:, None])[:, 0], numbers - 1)


def test_words_that_are_rounded_downwards_are_exact_below_zero():
    words = FixedPoint((4,), (1,), (-8,), floors=True)
    least = np.nextafter(np.float32(0), np.float32(-1))
    features = np.array([[3.9], [-0.1], [least], [0], [-40], [40]], np.float32)
    assert words.words(features)[:, 0].tolist() == [1, -1, -1, 0, -8, 7]
    assert FixedPoint.from_dict(words.to_dict()) == words
    half_up = FixedPoint((4,), (1,), (-8,))
    assert "floors" not in half_up.to_dict()
    assert FixedPoint.from_dict(half_up.to_dict()) == half_up
    with pytest.raises(TypeError, match="floors must be true or false"):
        FixedPoint.from_dict({**words.to_dict(), "floors": 1})


@pytest.mark.parametrize("bits", [-1, 1, 25])
def test_impossible_widths_are_refused(bits):
    with pytest.raises(DataError, match=f"words of {bits} bits are not possible; use 2 to 24"):
        FixedPoint.fit(_samples(np.zeros((10, 16), np.float32)), bits)


def test_the_scaler_is_fitted_on_rounded_features_and_survives_saving():
    features = np.random.default_rng(0).normal(3, 2, (1000, 16)).astype(np.float32)
    scaler = Scaler.fit(_samples(features), 4)
    assert scaler.words is not None
    rounded = scaler.words.values(features).astype(np.float64)
    np.testing.assert_allclose(scaler.mean, rounded.mean(axis=0), rtol=1e-6)
    np.testing.assert_allclose(scaler.deviation, rounded.std(axis=0), rtol=1e-6)
    assert Scaler.from_dict(json.loads(json.dumps(scaler.to_dict()))) == scaler
    plain = Scaler.fit(_samples(features))
    assert plain.words is None
    assert Scaler.from_dict(json.loads(json.dumps(plain.to_dict()))) == plain


MIXED = Schema(
    (
        Column("number"),
        Column("flag", "bit"),
        Column("count", "word", 0, 9),
        Column("signed", "word", -3, 4),
        Column("wide", "word", 0, 1000),
        Column("colour", "category", values=("red", "green")),
    ),
    Target("classes", ("a", "b")),
)


def _mixed() -> Samples:
    rng = np.random.default_rng(0)
    columns = [
        rng.normal(0, 1, 500),
        rng.integers(0, 2, 500),
        rng.integers(0, 10, 500),
        rng.integers(-3, 5, 500),
        rng.integers(0, 1001, 500),
        np.arange(500) % 2,
        1 - np.arange(500) % 2,
    ]
    features = np.stack(columns, axis=1).astype(np.float32)
    return Samples(features, np.arange(500) % 2, MIXED, source="made up")


def test_words_and_bits_keep_their_own_values_in_no_more_bits_than_they_need():
    samples = _mixed()
    words = FixedPoint.fit(samples, 8)
    assert words.widths == (8, 1, 4, 4, 8, 1, 1)
    assert words.lows[1:4] == (0, 0, -8)
    assert words.exponents[1:4] == (0, 0, 0)
    # A word that is wider than the words of numbers is rounded as they are.
    assert words.exponents[4] == 2
    kept = [1, 2, 3, 5, 6]
    np.testing.assert_array_equal(
        words.values(samples.features)[:, kept], samples.features[:, kept]
    )
    assert not words.saturated(samples.features)[kept].any()


def test_words_of_samples_without_numbers_need_no_width():
    samples = _mixed()
    schema = Schema(MIXED.columns[1:], MIXED.target)
    whole = Samples(samples.features[:, 1:], samples.targets, schema)
    words = FixedPoint.fit(whole, 0)
    assert words.widths == (1, 4, 4, 10, 1, 1)
    assert words.exponents == (0,) * 6
    np.testing.assert_array_equal(words.values(whole.features), whole.features)


@pytest.mark.parametrize(
    ("lowest", "highest", "width", "low"),
    [(0, 0, 1, 0), (0, 1, 1, 0), (0, 255, 8, 0), (0, 256, 9, 0), (-1, 0, 1, -1), (-1, 1, 2, -2),
     (-128, 127, 8, -128), (-129, 0, 9, -256), (-1, 128, 9, -256)],
)  # fmt: skip
def test_the_width_of_a_word_holds_its_range_and_no_bit_more(lowest, highest, width, low):
    schema = Schema((Column("x", "word", lowest, highest),), Target("classes", ("a", "b")))
    samples = Samples(np.array([[lowest], [highest]]), np.array([0, 1]), schema)
    words = FixedPoint.fit(samples, 0)
    assert (words.widths, words.lows, words.exponents) == ((width,), (low,), (0,))
    np.testing.assert_array_equal(words.values(samples.features), samples.features)


def test_formats_of_different_widths_survive_saving_and_equal_ones_are_saved_as_one_number():
    words = FixedPoint((3, 8), (-1, 0), (-4, 0))
    assert words.to_dict() == {"bits": [3, 8], "exponents": [-1, 0], "lows": [-4, 0]}
    assert FixedPoint.from_dict(json.loads(json.dumps(words.to_dict()))) == words
    assert (words.widest, words.highs) == (8, (3, 255))
    alike = FixedPoint.uniform(5, (0, 1), (0, -16))
    assert alike.to_dict()["bits"] == 5
    assert FixedPoint.from_dict(alike.to_dict()) == alike
    with pytest.raises(LookupError):
        FixedPoint.from_dict({"bits": 3, "lows": [0]})


def test_patterns_of_words_of_different_widths_are_undone():
    words = FixedPoint((1, 4, 3), (0, 0, 0), (0, -8, 0))
    numbers = np.array([[0, -8, 7], [1, -1, 0], [1, 7, 5]])
    np.testing.assert_array_equal(words.patterns(numbers), [[0, 8, 7], [1, 15, 0], [1, 7, 5]])
    np.testing.assert_array_equal(words.numbers(words.patterns(numbers)), numbers)
