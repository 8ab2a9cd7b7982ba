import numpy as np
import pytest

from logicjsc.dataset import Samples
from logicjsc.dataset.baseline import centroid_accuracy, tree_accuracy


def _blobs(seed: int, samples: int, spread: float) -> Samples:
    rng = np.random.default_rng(seed)
    centres = np.random.default_rng(99).normal(0, 1, (5, 16))
    labels = rng.integers(0, 5, samples)
    features = centres[labels] + spread * rng.normal(0, 1, (samples, 16))
    # Units differ wildly, as those of real features do.
    return Samples((features * 10.0 ** np.arange(-4, 12)).astype(np.float32), labels)


def test_both_find_classes_that_are_far_apart_whatever_the_units():
    train, test = _blobs(0, 1500, 0.2), _blobs(1, 1000, 0.2)
    assert centroid_accuracy(train, test) == 1.0
    assert tree_accuracy(train, test, trees=10) > 0.95


def test_neither_finds_what_is_not_there():
    train, test = _blobs(0, 1500, 1e4), _blobs(1, 2000, 1e4)
    assert centroid_accuracy(train, test) == pytest.approx(0.2, abs=0.05)
    assert tree_accuracy(train, test, trees=5) == pytest.approx(0.2, abs=0.05)


def test_trees_find_what_centroids_cannot():
    rng = np.random.default_rng(0)
    features = rng.normal(0, 1, (4000, 16)).astype(np.float32)
    samples = Samples(features, (features[:, 0] * features[:, 1] > 0).astype(np.uint8))
    train, test = samples.take(np.arange(3000), "train"), samples.take(np.arange(3000, 4000), "test")
    assert centroid_accuracy(train, test) < 0.6
    assert tree_accuracy(train, test, trees=20) > 0.85
