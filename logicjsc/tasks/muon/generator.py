"""Straight tracks through the detector, made from a seed with numpy alone.

Equal seeds give equal tracks, and the first tracks of a longer run are those of a shorter one.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from logicjsc.core.errors import DataError
from logicjsc.dataset.samples import Array
from logicjsc.tasks.muon.geometry import (
    DISTANCE,
    EFFICIENCY,
    HEIGHTS,
    LAYERS,
    NEIGHBOUR,
    NOISE,
    PITCH,
    REACH,
    SECONDARY,
    SHIFTS,
    SPREAD,
    STEEPEST,
    STRIPS,
)

_BLOCK: Final = 10_000
"""Tracks of one stream of random numbers."""

_MEAN_SHIFT: Final = sum(SHIFTS) / LAYERS

MOST_TRACKS: Final = 5_000_000


def make_tracks(tracks: int, seed: int) -> tuple[Array, Array]:
    """Hits and angles of tracks.

    Args:
        tracks: how many.
        seed: of all random numbers, not negative.

    Returns:
        Which strips answered, uint8 ``[tracks, layers * strips]``, layer by layer; angles to the
        normal of the layers in mrad, float32 ``[tracks]``.

    Raises:
        DataError: there are to be none or too many, or the seed is negative.
    """
    if not 1 <= tracks <= MOST_TRACKS:
        raise DataError(f"{tracks:,} tracks are not possible; make 1 to {MOST_TRACKS:,}")
    if seed < 0:
        raise DataError(f"a seed of {seed} is not possible; it must be at least 0")
    hits = np.empty((tracks, LAYERS * STRIPS), np.uint8)
    angles = np.empty(tracks, np.float32)
    for number, start in enumerate(range(0, tracks, _BLOCK)):
        rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(number,)))
        found, slopes = _block(rng)
        part = slice(start, min(start + _BLOCK, tracks))
        hits[part] = found[: part.stop - start]
        angles[part] = (1000 * np.arctan(slopes))[: part.stop - start]
    return hits, angles


def _block(rng: np.random.Generator) -> tuple[Array, Array]:
    """Hits ``[block, layers * strips]`` and slopes of one block of tracks."""
    slopes = rng.uniform(-STEEPEST, STEEPEST, _BLOCK)
    origins = rng.uniform(-SPREAD, SPREAD, _BLOCK)
    hits = rng.random((_BLOCK, LAYERS, STRIPS), np.float32) < NOISE
    rows = np.arange(_BLOCK)
    for layer, (height, shift) in enumerate(zip(HEIGHTS, SHIFTS, strict=True)):
        # The middle of the source lies below the middle of all layers.
        places = (origins + slopes * (DISTANCE + height)) / PITCH + STRIPS / 2 + shift - _MEAN_SHIFT
        strips = np.clip(np.floor(places), 0, STRIPS - 1).astype(np.int64)
        answers = rng.random(_BLOCK) < EFFICIENCY
        hits[rows[answers], layer, strips[answers]] = True
        nearer = np.where(places - strips < 1 / 2, -1, 1)
        shared = answers & (rng.random(_BLOCK) < NEIGHBOUR)
        far = rng.integers(1, REACH + 1, _BLOCK) * rng.choice((-1, 1), _BLOCK)
        knocked = rng.random(_BLOCK) < SECONDARY
        for chosen, steps in ((shared, nearer), (knocked, far)):
            others = strips + steps
            inside = chosen & (others >= 0) & (others < STRIPS)
            hits[rows[inside], layer, others[inside]] = True
    return hits.reshape(_BLOCK, LAYERS * STRIPS), slopes
