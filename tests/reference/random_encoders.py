"""Random encoders, and the inputs that a netlist can get, both in the plainest way."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from reference.random_netlists import exhaustive_codes, random_codes

from logicjsc.netlist import Encoder, Netlist

_MOST = 16
"""Input bits up to which every combination is listed."""


def with_encoder(netlist: Netlist, seed: int) -> Netlist:
    """The netlist behind a random encoder: shared features, repeated and missing codes."""
    rng = np.random.default_rng(seed)
    features = int(rng.integers(1, netlist.inputs + 1))
    most = int(rng.integers(0, 7))
    thresholds = np.sort(rng.integers(-3, 4, (netlist.inputs, most)).astype(np.float32), axis=1)
    unused = rng.integers(0, most + 1, netlist.inputs)
    for row, count in zip(thresholds, unused, strict=True):
        row[most - count :] = np.inf
    limits = 1 << netlist.input_widths.astype(np.int64)
    codes = rng.integers(0, limits[:, None], (netlist.inputs, most + 1))
    encoder = Encoder(
        tuple(f"f{index}" for index in range(features)),
        rng.integers(0, features, netlist.inputs),
        thresholds,
        codes,
    )
    return replace(netlist, encoder=encoder)


def reachable_codes(netlist: Netlist, vectors: int) -> np.ndarray:
    """Every reachable combination of input codes if they are few, else many random ones."""
    if netlist.encoder is None:
        if int(netlist.input_widths.sum()) <= _MOST:
            return exhaustive_codes(netlist)
        return random_codes(netlist, vectors)
    # Half steps around thresholds that are whole numbers: every interval of every feature.
    points = np.arange(-4, 5, 0.5, dtype=np.float32)
    count = len(netlist.encoder.feature_names)
    if count <= 3:
        grid = np.stack(np.meshgrid(*[points] * count, indexing="ij"), axis=-1).reshape(-1, count)
    else:
        grid = np.random.default_rng(0).choice(points, (vectors, count))
    return netlist.encoder.encode(grid)
