"""Vectors that networks and circuits are compared on: codes, and features for want of samples."""

from __future__ import annotations

from typing import Final

import numpy as np

from logicjsc.dataset.fixed_point import FixedPoint
from logicjsc.netlist import Encoder, Netlist
from logicjsc.netlist.layers import Array

RANDOM_VECTORS: Final = 100_000
RANDOM_FEATURES: Final = 10_000
RANDOM: Final = "random codes"
CORNER: Final = "corner codes"

_RANDOM_SEED: Final = 2
_FAR: Final = 20.0
"""Features far from all thresholds have up to ten to the power of it, if they are no border."""

_SIZES: Final = (-45.0, 38.6)
"""Powers of ten of all other features far from all thresholds: all that float32 holds."""

_LARGEST: Final = float(np.finfo(np.float32).max)

_KINDS: Final = 8
_BORDERS: Final = 2
"""Of eight kinds of features, those on a threshold and right below; the next one is far away."""


def verification_vectors(
    netlist: Netlist, features: Array, title: str = "test samples"
) -> dict[str, Array]:
    """Input codes that a network is compared on, by what they are; features need an encoder.

    Args:
        netlist: the network.
        features: float32 ``[samples, features]``.
        title: what the features are.
    """
    rng = np.random.default_rng(_RANDOM_SEED)
    limits = np.int64(1) << netlist.input_widths.astype(np.int64)
    encoder = netlist.encoder
    return {
        **({} if encoder is None else {title: encoder.encode(features)}),
        RANDOM: rng.integers(0, limits, (RANDOM_VECTORS, netlist.inputs)),
        CORNER: corners(netlist),
    }


def corners(netlist: Netlist) -> Array:
    """All codes zero, all ones, all at the smallest value, all at the largest value."""
    widths = netlist.input_widths.astype(np.int64)
    ones = (np.int64(1) << widths) - 1
    sign = np.int64(1) << (widths - 1)
    smallest = np.where(netlist.input_signed, sign, 0)
    largest = np.where(netlist.input_signed, sign - 1, ones)
    return np.stack([np.zeros_like(ones), ones, smallest, largest])


def random_features(
    encoder: Encoder,
    words: FixedPoint | None = None,
    rows: int = RANDOM_FEATURES,
    *,
    borders: bool = True,
) -> Array:
    """Features around the thresholds of an encoder, on them, right below them, and far from them.

    Args:
        encoder: says where thresholds lie.
        words: features are values of these words, if there are some.
        rows: how many.
        borders: false for none on thresholds or right below, where the rounding of float32 decides.

    Returns:
        float32 ``[rows, features]``.
    """
    rng = np.random.default_rng(_RANDOM_SEED)
    features = np.zeros((rows, len(encoder.feature_names)), np.float32)
    finite = np.where(np.isfinite(encoder.thresholds), encoder.thresholds, np.nan)
    for feature in range(features.shape[1]):
        own = finite[encoder.features == feature]
        known = own[~np.isnan(own)]
        features[:, feature] = _around(known, rng, rows, borders=borders)
    return features if words is None else words.values(features)


def _around(thresholds: Array, rng: np.random.Generator, rows: int, *, borders: bool) -> Array:
    if not thresholds.size:
        return rng.standard_normal(rows).astype(np.float32)
    low, high = float(thresholds.min()), float(thresholds.max())
    reach = high - low or max(abs(high), 1.0)
    near = np.clip(rng.uniform(low - reach, high + reach, rows), -_LARGEST, _LARGEST)
    on = rng.choice(thresholds, rows).astype(np.float32)
    below = np.nextafter(on, np.float32(-np.inf))
    # torch may scale before it limits, and overflow where onnxruntime does not.
    smallest, largest = _SIZES if borders else (-_FAR, _FAR)
    exponents = rng.uniform(smallest, largest, rows)
    far = rng.choice([-1.0, 1.0], rows) * np.minimum(10.0**exponents, _LARGEST)
    chosen = rng.integers(0 if borders else _BORDERS, _KINDS, rows)
    values = np.select([chosen == 0, chosen == 1, chosen == _BORDERS], [on, below, far], near)
    return np.asarray(values, np.float32)
