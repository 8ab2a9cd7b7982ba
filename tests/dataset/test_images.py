"""Copies of images: what moves, what stays, and what is no image."""

from __future__ import annotations

import numpy as np
import pytest

from logicjsc.core.errors import DataError
from logicjsc.dataset.images import image_copies, image_shape
from logicjsc.dataset.samples import Samples
from logicjsc.dataset.schema import Column, Schema, Target

NAMES = tuple(f"pixel_r{row}_c{column}" for row in range(9) for column in range(7))


def images(kind="word", names=NAMES):
    """A bright square in the middle of an image of 9 x 7, and an empty image."""
    image = np.zeros((9, 7))
    image[3:6, 2:5] = 1 if kind == "bit" else 200
    features = np.stack([image.ravel(), np.zeros(63)])
    target = Target("classes", ("nothing", "square"), ("kind",))
    highest = 255 if kind == "word" else 0
    schema = Schema(tuple(Column(name, kind, highest=highest) for name in names), target)
    return Samples(features, np.array([1, 0]), schema, "squares")


def test_the_shape_comes_from_the_names():
    assert image_shape(images()) == (9, 7)


@pytest.mark.parametrize(
    "names",
    [
        tuple(f"x{i}" for i in range(63)),
        (NAMES[1], NAMES[0], *NAMES[2:]),
        (*NAMES[:-1], "pixel_r9_c9"),
        ("size", *NAMES[1:]),
    ],
)
def test_other_features_are_no_image(names):
    with pytest.raises(DataError, match="squares: the features are no pixels of one image"):
        list(image_copies(images(names=names), 1, 0))


def test_no_copies_ask_for_no_image():
    assert list(image_copies(images(names=tuple(f"x{i}" for i in range(63))), 0, 0)) == []


@pytest.mark.parametrize(("kind", "most"), [("word", 200), ("bit", 1)])
def test_copies_are_moved_and_keep_kind_class_and_range(kind, most):
    given = images(kind)
    made = list(image_copies(given, 20, 5))
    assert len(made) == 20
    for copy in made:
        assert np.array_equal(copy.targets, given.targets)
        assert copy.schema == given.schema
        assert np.array_equal(copy.features, np.rint(copy.features))
        assert copy.features.min() >= 0
        assert copy.features.max() <= most
        assert not copy.features[1].any()
        # The square stays whole to within its border, and about where it was.
        rows, columns = np.nonzero(copy.features[0].reshape(9, 7) > most / 2)
        assert 4 <= len(rows) <= 16
        assert abs(rows.mean() - 4) < 1
        assert abs(columns.mean() - 3) < 1
    assert any(not np.array_equal(copy.features, given.features) for copy in made)


def test_copies_repeat_themselves_by_their_seed():
    first, again, other = (next(image_copies(images(), 1, seed)) for seed in (1, 1, 2))
    assert np.array_equal(first.features, again.features)
    assert not np.array_equal(first.features, other.features)
