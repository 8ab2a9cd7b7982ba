"""`JetData`, the one shape in which jets travel, whatever source they come from."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from logicjsc.core.errors import DataError
from logicjsc.tasks.jets.names import CLASS_NAMES, FEATURE_NAMES

Array: TypeAlias = npt.NDArray[Any]


@dataclass(frozen=True, eq=False)
class JetData:
    """Jets with their names and origin. Validated on construction.

    Attributes:
        features: physical units, float32 ``[jets, features]``, finite.
        labels: class index, uint8 ``[jets]``.
        feature_names: one name per column.
        class_names: one name per class index.
        source: where the jets come from, for people to read.
        split: ``"train"``, ``"validation"``, ``"test"`` or ``"all"``.

    Raises:
        DataError: shapes differ, a feature is not finite, or a label names no class.
    """

    features: Array
    labels: Array
    feature_names: tuple[str, ...] = FEATURE_NAMES
    class_names: tuple[str, ...] = CLASS_NAMES
    source: str = ""
    split: str = "all"

    def __post_init__(self) -> None:
        with np.errstate(over="ignore"):  # too large for float32: refused below, by name
            features = np.ascontiguousarray(self.features, dtype=np.float32)
        object.__setattr__(self, "features", features)
        if features.ndim != 2 or features.shape[1] != len(self.feature_names):  # noqa: PLR2004
            raise DataError(
                f"{self.source}: features have shape {features.shape}, expected "
                f"{len(self.feature_names)} columns"
            )
        if not len(features):
            raise DataError(f"{self.source}: there are no jets")
        if self.labels.shape != (len(features),):
            raise DataError(
                f"{self.source}: {len(features)} jets but labels of shape {self.labels.shape}"
            )
        if self.labels.min() < 0 or self.labels.max() >= len(self.class_names):
            raise DataError(
                f"{self.source}: labels run from {self.labels.min()} to {self.labels.max()}, but "
                f"there are {len(self.class_names)} classes"
            )
        object.__setattr__(self, "labels", self.labels.astype(np.uint8))
        self._refuse_infinite()

    def _refuse_infinite(self) -> None:
        bad = np.argwhere(~np.isfinite(self.features))
        if len(bad):
            jet, column = bad[0]
            raise DataError(
                f"{self.source}: feature {self.feature_names[column]} of jet {jet} is "
                f"{self.features[jet, column]} ({len(bad)} values are not finite)"
            )

    def __len__(self) -> int:
        return len(self.features)

    def take(self, rows: Array, split: str) -> JetData:
        """The jets at ``rows``, as part ``split``."""
        return replace(self, features=self.features[rows], labels=self.labels[rows], split=split)

    def fingerprint(self) -> str:
        """First 16 hexadecimal digits of a SHA-256 over features and labels, in their order."""
        digest = hashlib.sha256(self.features.tobytes())
        digest.update(self.labels.tobytes())
        return digest.hexdigest()[:16]
