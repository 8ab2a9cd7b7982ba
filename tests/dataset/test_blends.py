"""Copies between near samples: where they lie, what stays, and what has nothing between."""

import numpy as np
import pytest
from reference.small_jets import separable_jets

from logicjsc.core.errors import DataError
from logicjsc.dataset import Samples, Schema, Target
from logicjsc.dataset.blends import blends
from logicjsc.dataset.schema import Column

TWO = Target("classes", ("left", "right"))


def mixed(count=40):
    """Numbers on two lines far apart, words that follow them, and a bit."""
    rng = np.random.default_rng(0)
    side = np.arange(count) % 2
    along = rng.uniform(0, 10, count)
    features = np.stack([along, 1000 * side + along, np.round(along), side], axis=1)
    schema = Schema((Column("a"), Column("b"), Column("c", "word", 0, 10), Column("d", "bit")), TWO)
    return Samples(features, side, schema, "two lines")


def test_copies_lie_between_a_sample_and_one_of_its_eight_neighbours():
    samples = separable_jets(60)
    features = samples.features.astype(np.float64)
    scaled = features / features.std(axis=0)
    apart = np.linalg.norm(scaled[:, None] - scaled[None], axis=2)
    np.fill_diagonal(apart, np.inf)
    near = np.argsort(apart, axis=1)[:, :8]
    (copy,) = blends(samples, 1, 3)
    parts = []
    for place, moved in enumerate(copy.features.astype(np.float64) - features):
        to = features[near[place]] - features[place]
        part = (to @ moved) / (to * to).sum(axis=1)
        missed = np.abs(moved - part[:, None] * to).max(axis=1)
        parts.append(part[missed.argmin()])
        assert missed.min() < 1e-4
    assert np.abs(parts).max() <= 0.5 + 1e-4
    assert min(parts) < -0.2
    assert max(parts) > 0.2


def test_words_stay_words_in_their_range_and_bits_stay():
    samples = mixed()
    made = list(blends(samples, 5, 1))
    assert len(made) == 5
    for copy in made:
        assert (copy.features[:, 2] == np.rint(copy.features[:, 2]).clip(0, 10)).all()
        assert (copy.features[:, 3] == samples.features[:, 3]).all()
        assert (copy.targets == samples.targets).all()
        # Neighbours are on the same line.
        assert ((copy.features[:, 1] > 500) == samples.targets).all()
    assert (made[0].features != made[1].features).any()
    again = list(blends(samples, 5, 1))
    assert all((a.features == b.features).all() for a, b in zip(made, again, strict=True))


def test_no_copies_ask_for_nothing():
    assert not list(blends(mixed(1), 0, 0))


def test_bits_only_and_a_single_sample_are_refused():
    bits = Schema((Column("d", "bit"),), TWO)
    with pytest.raises(DataError, match="nothing lies between samples that are bits only"):
        next(blends(Samples(np.array([[0], [1]]), np.array([0, 1]), bits, "bits"), 1, 0))
    with pytest.raises(DataError, match="or a single one; set the number of blends to 0"):
        next(blends(mixed(1), 1, 0))
