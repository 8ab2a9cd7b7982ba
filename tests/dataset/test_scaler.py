"""The scaler holds mean and standard deviation of the training samples, as the model will use them."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from logicjsc.dataset import Samples, Scaler
from logicjsc.dataset.samples import Array


def samples_of(features: Array) -> Samples:
    return Samples(features, np.zeros(len(features), int))


def naive_mean_and_deviation(column: list[float]) -> tuple[float, float]:
    """In exact arithmetic, up to the last square root."""
    values = [Fraction(value) for value in column]
    mean = sum(values) / len(values)
    return float(mean), math.sqrt(sum((value - mean) ** 2 for value in values) / len(values))


@given(
    hnp.arrays(
        np.float32,
        st.tuples(st.integers(1, 8), st.just(16)),
        elements=st.floats(-1e6, 1e6, width=32, allow_subnormal=False),
    )
)
def test_mean_and_deviation_are_those_of_exact_arithmetic(features):
    scaler = Scaler.fit(samples_of(features))
    for index, column in enumerate(features.T.tolist()):
        mean, deviation = naive_mean_and_deviation(column)
        # float64 sums of values up to 1e6, then one rounding to float32.
        assert scaler.mean[index] == pytest.approx(mean, rel=1e-6, abs=1e-9)
        if np.float32(deviation) == 0:
            assert scaler.deviation[index] == 1.0
        else:
            assert scaler.deviation[index] == pytest.approx(deviation, rel=1e-6, abs=1e-9)


def test_standardised_samples_have_mean_zero_and_deviation_one():
    rng = np.random.default_rng(0)
    features = rng.normal(rng.normal(0, 100, 16), rng.uniform(0.001, 1000, 16), (5000, 16))
    scaler = Scaler.fit(samples_of(features))
    scaled = (features - np.array(scaler.mean)) / np.array(scaler.deviation)
    np.testing.assert_allclose(scaled.mean(axis=0), 0, atol=1e-3)
    np.testing.assert_allclose(scaled.std(axis=0), 1, atol=1e-5)


@pytest.mark.parametrize("value", [0.0, 0.1, -3.3e-38, 1e30])
def test_a_constant_feature_has_deviation_one(value):
    scaler = Scaler.fit(samples_of(np.full((1001, 16), value)))
    assert scaler.deviation == (1.0,) * 16
    assert scaler.mean == (float(np.float32(value)),) * 16


def test_a_deviation_too_small_for_float32_becomes_one():
    features = np.zeros((10_000, 16), np.float32)
    features[0, 5] = 1e-44
    assert Scaler.fit(samples_of(features)).deviation == (1.0,) * 16


def test_the_numbers_are_exactly_those_a_float32_model_holds():
    rng = np.random.default_rng(1)
    scaler = Scaler.fit(samples_of(rng.normal(size=(100, 16))))
    for value in (*scaler.mean, *scaler.deviation):
        assert type(value) is float
        assert float(np.float32(value)) == value


def test_a_large_offset_does_not_swallow_the_deviation():
    features = np.full((1000, 16), 1e6, np.float32)
    features[::2] += 1
    assert Scaler.fit(samples_of(features)).deviation == (0.5,) * 16
