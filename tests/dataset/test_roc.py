"""Areas are those of scikit-learn, to the bit."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.metrics import roc_auc_score
from sklearn.metrics import roc_curve as theirs

from logicjsc.dataset.roc import area_under_roc, roc_curve

# Ties are common among few scores, and rounding matters among any.
SCORES = st.sampled_from([-1.0, 0.0, 0.1, 0.3, 1e9]) | st.floats(-1e6, 1e6)


@given(st.data(), st.integers(2, 60))
def test_it_is_that_of_scikit_learn(data, samples):
    truth = data.draw(arrays(np.bool_, samples).filter(lambda drawn: 0 < drawn.sum() < samples))
    scores = data.draw(arrays(np.float64, samples, elements=SCORES))
    assert area_under_roc(truth, scores) == roc_auc_score(truth, scores)


@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_it_is_that_of_scikit_learn_on_many_samples(kind):
    rng = np.random.default_rng(0)
    truth = rng.random(20_000) < 0.2
    scores = (rng.normal(size=20_000) + truth).round(3).astype(kind)
    assert area_under_roc(truth, scores) == roc_auc_score(truth, scores)


@pytest.mark.parametrize("answer", [False, True])
def test_there_is_none_where_all_are_alike(answer):
    assert math.isnan(area_under_roc(np.full(3, answer), np.arange(3.0)))


@given(st.data(), st.integers(2, 60))
def test_the_curve_is_that_of_scikit_learn(data, samples):
    truth = data.draw(arrays(np.bool_, samples).filter(lambda drawn: 0 < drawn.sum() < samples))
    scores = data.draw(arrays(np.float64, samples, elements=SCORES))
    for own, other in zip(
        roc_curve(truth, scores), theirs(truth, scores, drop_intermediate=False), strict=True
    ):
        np.testing.assert_array_equal(own, other)
