"""What a network can be asked about, whatever form it comes in."""

from __future__ import annotations

import numpy as np
import pytest

from logicjsc.core.errors import DataError
from logicjsc.dataset.values import checked_features

NAMES = ("a", "b", "lit")
GOOD = [[1.0, 2.0, 0.0], [3.0, 4.0, 1.0]]


@pytest.mark.parametrize(
    "data",
    [
        GOOD,
        tuple(map(tuple, GOOD)),
        np.array(GOOD, np.float16),
        np.array(GOOD, np.longdouble),
        np.array(GOOD, np.uint64),
        np.asfortranarray(GOOD),
        np.repeat(np.array(GOOD), 2, axis=0)[::2],
        np.array(GOOD, ">f8"),
        np.ma.masked_array(GOOD, mask=False),
    ],
)
def test_any_array_of_numbers_is_taken(data):
    found = checked_features(data, NAMES, (2,))
    assert found.dtype == np.float32
    assert found.tolist() == GOOD


def test_no_samples_are_no_mistake():
    assert checked_features(np.empty((0, 3)), NAMES, (2,)).shape == (0, 3)


@pytest.mark.parametrize(
    "value", [np.finfo(np.float32).max, -np.finfo(np.float32).max, 1e-45, -0.0]
)
def test_every_finite_number_of_float32_is_taken(value):
    assert checked_features([[value]], ("a",)).tolist() == [[np.float32(value)]]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ([[1, np.nan, 0]], "feature 'b' of sample 0 is NaN; features must be finite float32"),
        ([[1, 2, 0], [np.inf, 2, 0]], "feature 'a' of sample 1 is inf"),
        ([[1, -np.inf, 0]], "feature 'b' of sample 0 is -inf"),
        ([[1e39, 2, 0]], r"feature 'a' of sample 0 is 1e\+39"),
        (np.array([[1, np.longdouble("-1e4000"), 0]]), r"feature 'b' of sample 0 is -1e\+4000"),
        (np.ma.masked_equal([[1, 7, 0]], 7), "feature 'b' of sample 0 is masked"),
        ([[1, 2, 0.5]], "feature 'lit' of sample 0 is 0.5; it is a bit, which is 0 or 1"),
        ([[1, 2, 2]], "feature 'lit' of sample 0 is 2; it is a bit"),
        ([[1, 2, -1]], "feature 'lit' of sample 0 is -1; it is a bit"),
        ([["1", "2", "0"]], "features must be numbers, not <U1"),
        ([[1, None, 0]], "features must be numbers, not object"),
        ([[1, 2j, 0]], "features must be numbers, not complex128"),
        (np.zeros((1, 3), "M8[s]"), r"features must be numbers, not datetime64\[s\]"),
        ([[1, 2], [3]], r"features must be an array of numbers \[samples, features\] \(.*inhomog"),
        ([[10**400, 2, 0]], "features must be numbers, not object"),
        ([[1, 2]], r"features have shape \[1, 2\], the network takes \[samples, 3\]"),
        ([1, 2, 0], r"features have shape \[3\]"),
        ([], r"features have shape \[0\]"),
        (np.zeros((1, 3, 1)), r"features have shape \[1, 3, 1\]"),
        (5.0, r"features have shape \[\]"),
        ("features.csv", "features must be numbers, not <U12"),
        (None, "features must be numbers, not object"),
    ],
)
def test_anything_else_is_refused_in_one_sentence(data, message):
    with pytest.raises(DataError, match=message):
        checked_features(data, NAMES, (2,))


def test_a_tensor_that_is_still_learning_is_refused():
    import torch

    with pytest.raises(DataError, match="features must be an array of numbers"):
        checked_features(torch.zeros((1, 3), requires_grad=True), NAMES)
    assert checked_features(torch.zeros((1, 3)), NAMES).shape == (1, 3)
