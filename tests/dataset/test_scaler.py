"""The scaler holds mean and deviation of the training samples, as the model will use them."""

import itertools
import json
import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from logicjsc.dataset import Samples, Scaler
from logicjsc.dataset.samples import Array
from logicjsc.dataset.scaler import between
from logicjsc.dataset.schema import Column, Schema, Target

SCHEMA = Schema.numbers(tuple(f"x{place}" for place in range(16)), Target("classes", ("a", "b")))


def samples_of(features: Array) -> Samples:
    return Samples(features, np.zeros(len(features), int), SCHEMA)


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


def mixed() -> Samples:
    schema = Schema(
        (Column("number"), Column("flag", "bit"), Column("count", "word", 0, 7)),
        Target("value", ("price", "mass")),
    )
    rng = np.random.default_rng(2)
    features = np.stack(
        [rng.normal(5, 3, 400), rng.integers(0, 2, 400), rng.integers(0, 8, 400)], axis=1
    )
    targets = np.stack([rng.normal(100, 10, 400), np.full(400, 7.0)], axis=1)
    return Samples(features, targets, schema)


def test_bits_stay_as_they_are_and_have_no_thresholds():
    samples = mixed()
    scaler = Scaler.fit(samples, thresholds=5)
    assert scaler.bits == (False, True, False)
    assert (scaler.numbers, scaler.wires) == ((0, 2), (1,))
    assert (scaler.mean[1], scaler.deviation[1]) == (0.0, 1.0)
    assert [len(row) for row in scaler.thresholds] == [5, 0, 5]
    assert scaler.words is None


def test_samples_of_whole_numbers_are_words_without_being_asked():
    samples = mixed()
    schema = Schema(samples.schema.columns[1:], samples.target)
    scaler = Scaler.fit(Samples(samples.features[:, 1:], samples.targets, schema))
    assert scaler.words is not None
    assert scaler.words.widths == (1, 3)


def test_values_that_are_predicted_are_scaled_and_a_constant_one_is_not():
    samples = mixed()
    scaler = Scaler.fit(samples)
    assert scaler.target_kind == "value"
    assert scaler.target_mean == pytest.approx(samples.targets.mean(axis=0), rel=1e-6)
    assert scaler.target_deviation[0] == pytest.approx(samples.targets[:, 0].std(), rel=1e-4)
    assert scaler.target_deviation[1] == 1.0
    classes = Scaler.fit(samples_of(np.zeros((2, 16))))
    assert (classes.target_mean, classes.target_deviation) == ((), ())
    assert Scaler.from_dict(json.loads(json.dumps(scaler.to_dict()))) == scaler


@given(st.lists(st.integers(-20, 20), min_size=1, max_size=60), st.integers(1, 12))
def test_thresholds_lie_between_different_neighbours_and_each_tells_samples_apart(values, number):
    column = np.array(values, np.float64)
    found = between(column, number)
    distinct = sorted(set(values))
    assert len(found) == number
    assert (np.diff(found) >= 0).all()
    if len(distinct) == 1:
        assert (found > distinct[0]).all()
        return
    middles = {(low + high) / 2 for low, high in itertools.pairwise(distinct)}
    assert set(found.tolist()) <= middles
    # Each pair is used once before any is used twice.
    assert len(set(found.tolist())) == min(number, len(middles))


def test_thresholds_divide_many_different_samples_evenly():
    found = between(np.random.default_rng(0).permutation(1000).astype(float), 9)
    np.testing.assert_allclose(found, np.arange(100, 1000, 100) - 0.5, atol=1)
