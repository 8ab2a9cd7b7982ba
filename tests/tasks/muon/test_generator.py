"""Muon tracks against a plain loop, and what is the same for equal seeds."""

from __future__ import annotations

import math

import numpy as np
import pytest

from logicjsc.core.errors import DataError
from logicjsc.tasks.muon import generator
from logicjsc.tasks.muon.generator import make_tracks
from logicjsc.tasks.muon.geometry import (
    DISTANCE,
    EFFICIENCY,
    HEIGHTS,
    LAYERS,
    NEIGHBOUR,
    NOISE,
    PITCH,
    SECONDARY,
    SHIFTS,
    SPREAD,
    STEEPEST,
    STRIPS,
)


@pytest.fixture
def ideal(monkeypatch):
    """Strips that answer where the muon passes, and nowhere else."""
    for name, value in (("EFFICIENCY", 1.0), ("NEIGHBOUR", 0.0), ("SECONDARY", 0.0), ("NOISE", 0)):
        monkeypatch.setattr(generator, name, value)
    monkeypatch.setattr(generator, "SPREAD", 0.0)


@pytest.mark.usefixtures("ideal")
def test_an_ideal_detector_has_one_hit_in_each_layer_where_the_track_passes():
    hits, angles = make_tracks(300, 4)
    planes = hits.reshape(300, LAYERS, STRIPS)
    assert (planes.sum(axis=2) == 1).all()
    mean = sum(SHIFTS) / len(SHIFTS)
    for track, angle in zip(planes, angles.tolist(), strict=True):
        for layer, (height, shift) in enumerate(zip(HEIGHTS, SHIFTS, strict=True)):
            passes = math.tan(angle / 1000) * (DISTANCE + height)
            place = passes / PITCH + STRIPS / 2 + shift - mean
            (strip,) = np.flatnonzero(track[layer])
            # The angle is a float32, so a track near a border may seem to pass on its other side.
            assert strip - 1e-3 <= place <= strip + 1 + 1e-3


def test_no_track_leaves_the_strips():
    farthest = SPREAD + STEEPEST * (DISTANCE + HEIGHTS[-1])
    mean = sum(SHIFTS) / len(SHIFTS)
    assert farthest / PITCH + STRIPS / 2 + max(SHIFTS) - mean <= STRIPS
    assert -farthest / PITCH + STRIPS / 2 + min(SHIFTS) - mean >= 0


def test_strips_answer_as_often_as_they_should():
    hits, angles = make_tracks(20_000, 1)
    assert hits.dtype == np.uint8
    assert set(np.unique(hits)) == {0, 1}
    noise = NOISE * (STRIPS * LAYERS)
    wanted = noise + LAYERS * (EFFICIENCY * (1 + NEIGHBOUR) + SECONDARY)
    # Strips that answer for two reasons answer once.
    assert 0.97 * wanted < hits.sum() / 20_000 < wanted
    steepest = 1000 * math.atan(STEEPEST)
    assert angles.dtype == np.float32
    assert -steepest <= angles.min() < -0.99 * steepest
    assert 0.99 * steepest < angles.max() <= steepest
    assert abs(angles.mean()) < 3
    assert angles.std() == pytest.approx(2 * steepest / math.sqrt(12), rel=0.02)


def test_equal_seeds_give_equal_tracks_and_longer_runs_begin_alike():
    hits, angles = make_tracks(10_050, 3)
    again = make_tracks(10_050, 3)
    np.testing.assert_array_equal(hits, again[0])
    np.testing.assert_array_equal(angles, again[1])
    longer = make_tracks(20_500, 3)
    np.testing.assert_array_equal(hits, longer[0][:10_050])
    np.testing.assert_array_equal(angles, longer[1][:10_050])
    other = make_tracks(10_050, 4)
    assert (angles != other[1]).mean() > 0.99
    # Blocks of one run are not each other's copies.
    assert (longer[1][:10_000] != longer[1][10_000:20_000]).mean() > 0.99


@pytest.mark.parametrize(
    ("tracks", "seed", "message"),
    [
        (0, 0, "0 tracks are not possible; make 1 to 5,000,000"),
        (-3, 0, "-3 tracks are not possible"),
        (5_000_001, 0, "5,000,001 tracks are not possible"),
        (10, -1, "a seed of -1 is not possible; it must be at least 0"),
    ],
)
def test_what_cannot_be_made_is_refused(tracks, seed, message):
    with pytest.raises(DataError, match=message):
        make_tracks(tracks, seed)
