"""Copies of training images, each turned, scaled, slanted and moved a little at random.

Images keep their class when they move a little, and a network that saw them moved does not depend
on where a single pixel lies. Only training samples are copied: what chooses and what tests stays as
it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

import numpy as np

from logicjsc.core.errors import DataError
from logicjsc.dataset.samples import Array, Samples

_PIXEL: Final = re.compile(r"pixel_r(\d+)_c(\d+)")

_TURN: Final = 10.0
"""Degrees; largest turn either way."""
_SCALE: Final = 0.08
"""Largest change of height and width, as a fraction."""
_SLANT: Final = 0.1
"""Largest shift of one row against the next, in pixels."""
_MOVE: Final = 1.2 / 28
"""Largest move along either side, as a fraction of it."""


def image_shape(samples: Samples) -> tuple[int, int]:
    """Rows and columns of the images that samples are.

    Raises:
        DataError: the features are no pixels of one image, ``pixel_r<row>_c<column>`` row by row.
    """
    names = samples.feature_names
    last = _PIXEL.fullmatch(names[-1])
    if last is not None:
        rows, columns = int(last[1]) + 1, int(last[2]) + 1
        places = [(int(p[1]), int(p[2])) for p in map(_PIXEL.fullmatch, names) if p is not None]
        if places == [(row, column) for row in range(rows) for column in range(columns)]:
            return rows, columns
    raise DataError(
        f"{samples.source}: the features are no pixels of one image, named pixel_r<row>_c<column> "
        f"row by row, so copies cannot be moved about; set the number of copies to 0"
    )


def image_copies(samples: Samples, copies: int, seed: int) -> Iterator[Samples]:
    """Copies of all samples, drawn anew for each.

    Args:
        samples: images.
        copies: number of copies of every image.
        seed: of the draws.

    Raises:
        DataError: the samples are no images.
    """
    if not copies:
        return
    shape = image_shape(samples)
    kinds = np.array(samples.schema.feature_kinds)
    rng = np.random.default_rng(seed)
    for _ in range(copies):
        moved = np.stack([_moved(image.reshape(shape), rng).ravel() for image in samples.features])
        # Whole numbers stay whole, and bits bits.
        moved = np.where(kinds == "number", moved, np.rint(moved)).astype(np.float32)
        yield replace(samples, features=moved)


def _moved(image: Array, rng: np.random.Generator) -> Array:
    """An image under a random affine map about its centre; nothing is beyond its border."""
    from scipy import ndimage

    turn = np.deg2rad(rng.uniform(-_TURN, _TURN))
    scale = 1 + rng.uniform(-_SCALE, _SCALE, 2)
    slant = rng.uniform(-_SLANT, _SLANT)
    shift = rng.uniform(-_MOVE, _MOVE, 2) * image.shape
    matrix = (
        np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
        @ np.diag(1 / scale)
        @ np.array([[1.0, slant], [0.0, 1.0]])
    )
    centre = (np.array(image.shape) - 1) / 2
    offset = centre - matrix @ (centre + shift)
    return np.asarray(ndimage.affine_transform(image, matrix, offset=offset, order=1))
