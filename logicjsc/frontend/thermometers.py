"""Thermometers: features as bits, each of which says whether a threshold is exceeded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from logicjsc.core.errors import ImportedModelError
from logicjsc.frontend.checkpoints import array_of
from logicjsc.frontend.model_files import MOST_NODES
from logicjsc.frontend.raw_thresholds import Arithmetic, raw_thresholds
from logicjsc.netlist.codec import Encoder

Array = npt.NDArray[Any]


@dataclass(frozen=True, eq=False)
class Thermometer:
    """Thresholds of standardised features.

    Attributes:
        thresholds: ``[features, bits]``; bit ``feature * bits + b`` is ``feature > threshold``.
        mean: of each feature, or None if they were not scaled.
        scale: likewise.
    """

    thresholds: Array
    mean: Array | None = None
    scale: Array | None = None

    @property
    def features(self) -> int:
        """Number of features."""
        return int(self.thresholds.shape[0])

    @property
    def bits(self) -> int:
        """Bits of each feature."""
        return int(self.thresholds.shape[1])

    def encoder(
        self, names: tuple[str, ...], used: Array, arithmetic: Arithmetic
    ) -> tuple[Encoder, tuple[str, ...], Array]:
        """An encoder of raw features.

        Each input is one bit. Equal thresholds of a feature share it, and bits that nothing reads
        have none.

        Args:
            names: of the features.
            used: whether anything reads the bit, bool ``[features * bits]``; one at least.
            arithmetic: how the training standardised; see `raw_thresholds`.

        Returns:
            The encoder; a name of each input; and the input of each bit, int64 ``[features *
            bits]``, -1 of a bit without.

        Raises:
            ImportedModelError: mean or scale cannot be those of features.
        """
        raw = raw_thresholds(
            self.thresholds, self.mean, self.scale, strict=True, arithmetic=arithmetic
        )
        encoder, inputs, places = _encoder(names, raw, used.reshape(raw.shape))
        return encoder, inputs, places.ravel()


def read_thermometer(held: Mapping[str, Any], path: object, bits: int) -> Thermometer | None:
    """The thermometer of a checkpoint, or of a file of its own.

    ``thresholds`` ``[features, bits]``, or ``[bits]`` for all features alike, stand in it or in
    its entry ``thermometer``; ``mean`` and ``scale`` of the features in it or in ``scaler``.

    Args:
        held: what the file holds.
        path: of it, for messages.
        bits: that the network reads, to tell the number of features if all are alike.

    Returns:
        None if there are no thresholds.

    Raises:
        ImportedModelError: something of it is no array, or numbers differ.
    """
    inner = held.get("thermometer", held.get("thermometre", held))
    if isinstance(inner, np.ndarray):
        inner = {"thresholds": inner}
    if not isinstance(inner, Mapping) or "thresholds" not in inner:
        return None
    found = inner["thresholds"]
    if isinstance(found, np.ndarray) and found.ndim == 1:
        row = array_of(inner, "thresholds", 1, path)
        if bits > MOST_NODES:
            raise ImportedModelError(
                f"{path}: the network reads bit {bits - 1:,}; at most {MOST_NODES:,} can go in"
            )
        thresholds = np.tile(row, (-(-bits // row.size), 1))
    else:
        thresholds = array_of(inner, "thresholds", 2, path)
    mean, scale = _scaler(held, path, len(thresholds))
    return Thermometer(thresholds, mean, scale)


def _scaler(
    held: Mapping[str, Any], path: object, features: int
) -> tuple[Array | None, Array | None]:
    inner = held.get("scaler")
    inner = held if inner is None else inner
    if not isinstance(inner, Mapping) or (inner is not held and {"mean", "scale"} - inner.keys()):
        raise ImportedModelError(
            f"{path}: the scaler has no mean and scale; save them as arrays of those names"
        )
    if not {"mean", "scale"} & inner.keys():
        return None, None
    mean, scale = (array_of(inner, key, 1, path) for key in ("mean", "scale"))
    if not mean.size == scale.size == features:
        raise ImportedModelError(
            f"{path}: {mean.size} means and {scale.size} scales for {features} features"
        )
    return mean, scale


def _encoder(
    names: tuple[str, ...], thresholds: Array, used: Array
) -> tuple[Encoder, tuple[str, ...], Array]:
    """See `Thermometer.encoder`; a bit is ``feature >= threshold``."""
    places = np.full(thresholds.shape, -1, np.int64)
    features: list[int] = []
    levels: list[float] = []
    inputs: list[str] = []
    for feature, (row, kept) in enumerate(zip(thresholds, used, strict=True)):
        own, index = np.unique(row[kept], return_inverse=True)
        places[feature, kept] = len(levels) + index
        features += [feature] * len(own)
        levels += own.tolist()
        single = len(row) == 1
        inputs += [names[feature]] if single and len(own) else []
        inputs += [f"{names[feature]}_{number}" for number in range(0 if single else len(own))]
    encoder = Encoder(
        names,
        np.array(features, np.int32),
        np.array(levels, np.float32)[:, None],
        np.tile(np.arange(2, dtype=np.uint32), (len(levels), 1)),
    )
    return encoder, tuple(inputs), places
