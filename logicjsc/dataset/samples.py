"""`Samples` and `Dataset`, the shapes in which data travel, whatever source they come from."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Final, Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from logicjsc.core.errors import DataError
from logicjsc.dataset.config import DataConfig
from logicjsc.dataset.schema import Schema, Target

Array: TypeAlias = npt.NDArray[Any]

Part: TypeAlias = Literal["train", "validation", "test", "all"]

MOST_CLASSES: Final = 65_535

_BYTE_CLASSES: Final = 256
_MATRIX: Final = 2


@dataclass(frozen=True, eq=False)
class Samples:
    """Samples with what they are called and where they come from. Validated on construction.

    Attributes:
        features: float32 ``[samples, features]``, finite; bits are 0 and 1.
        targets: class index ``[samples]``, uint8 (int32 of more than 256 classes); 0 or 1 of a
            binary target, uint8 ``[samples]``; 0 or 1 of each label, uint8 ``[samples, labels]``;
            values, float32 ``[samples, values]``.
        schema: names and kinds of features and target.
        source: where they come from, for people to read.
        part: ``"train"``, ``"validation"``, ``"test"`` or ``"all"``.
        weights: weight of each sample, float32 ``[samples]``, not negative; None: all are equal.

    Raises:
        DataError: shapes differ, a number is not finite, or a target is not one of the schema's.
    """

    features: Array
    targets: Array
    schema: Schema
    source: str = ""
    part: Part = "all"
    weights: Array | None = None

    def __post_init__(self) -> None:
        with np.errstate(over="ignore"):  # too large for float32: refused below, by name
            features = np.ascontiguousarray(self.features, dtype=np.float32)
        object.__setattr__(self, "features", features)
        names = self.schema.feature_names
        if features.ndim != _MATRIX or features.shape[1] != len(names):
            raise DataError(
                f"{self.source}: features have shape {features.shape}, expected {len(names)} "
                f"columns"
            )
        if not features.shape[1]:
            raise DataError(f"{self.source}: there are no features")
        if not len(features):
            raise DataError(f"{self.source}: there are no samples")
        self._refuse_infinite()
        self._refuse_no_bits()
        object.__setattr__(self, "targets", _checked(self.targets, self))
        if self.weights is not None:
            object.__setattr__(self, "weights", self._checked_weights(self.weights))

    def _refuse_infinite(self) -> None:
        finite = np.isfinite(self.features)
        if finite.all():
            return
        bad = np.argwhere(~finite)
        row, column = bad[0]
        raise DataError(
            f"{self.source}: feature {self.feature_names[column]} of sample {row} is "
            f"{self.features[row, column]} ({len(bad)} values are not finite)"
        )

    def _refuse_no_bits(self) -> None:
        places = [place for place, kind in enumerate(self.schema.feature_kinds) if kind == "bit"]
        if not places:
            return
        bits = self.features[:, places]
        bad = np.argwhere((bits != 0) & (bits != 1))
        if len(bad):
            row, place = bad[0]
            raise DataError(
                f"{self.source}: feature {self.feature_names[places[place]]} is a bit, but sample "
                f"{row} has {bits[row, place]:g}; if it is a number, name it in data.numbers"
            )

    def _checked_weights(self, weights: Array) -> Array:
        given = np.asarray(weights, np.float32)
        if given.shape != (len(self),):
            raise DataError(
                f"{self.source}: {len(self)} samples but weights of shape {given.shape}"
            )
        bad = np.flatnonzero(~(np.isfinite(given) & (given >= 0)))
        if bad.size:
            raise DataError(
                f"{self.source}: the weight of sample {bad[0]} is {given[bad[0]]}; weights must "
                f"be finite and not negative"
            )
        if not given.any():
            raise DataError(f"{self.source}: all sample weights are 0")
        return given

    def __len__(self) -> int:
        return len(self.features)

    def __repr__(self) -> str:
        target = self.target
        return (
            f"Samples({len(self):,} x {self.features.shape[1]} features, {target.kind} "
            f"{_short(target.names)}, {self.part} of {self.source or 'an array'})"
        )

    @property
    def target(self) -> Target:
        """What is predicted."""
        return self.schema.target

    @property
    def feature_names(self) -> tuple[str, ...]:
        """One name per column of the features."""
        return self.schema.feature_names

    @property
    def class_names(self) -> tuple[str, ...]:
        """One name per class index, or whatever the target has names for."""
        return self.schema.target.names

    @property
    def outcomes(self) -> Array:
        """Targets as one column per score, float32 ``[samples, outputs]``; one-hot of classes."""
        if self.target.kind == "classes":
            return np.eye(self.target.outputs, dtype=np.float32)[self.targets]
        return np.asarray(self.targets, np.float32).reshape(len(self), -1)

    def take(self, rows: Array, part: Part) -> Samples:
        """The samples at ``rows``, as ``part``."""
        return replace(
            self,
            features=self.features[rows],
            targets=self.targets[rows],
            weights=None if self.weights is None else self.weights[rows],
            part=part,
        )

    def fingerprint(self) -> str:
        """First 16 hexadecimal digits of a SHA-256 over features, targets and weights, in order."""
        digest = hashlib.sha256(self.features.tobytes())
        digest.update(self.targets.tobytes())
        if self.weights is not None:
            digest.update(self.weights.tobytes())
        return digest.hexdigest()[:16]


@dataclass(frozen=True, eq=False)
class Dataset:
    """Samples in three parts that share none.

    Attributes:
        train: samples to learn from.
        validation: samples that choose between networks.
        test: samples that are touched once.
        config: the settings that chose and divided them.
        remarks: what a person should know about them, one sentence each.
    """

    train: Samples
    validation: Samples
    test: Samples
    config: DataConfig = field(default_factory=DataConfig)
    remarks: tuple[str, ...] = ()

    def __repr__(self) -> str:
        sizes = f"{len(self.train):,} + {len(self.validation):,} + {len(self.test):,} samples"
        names = self.schema.target.names
        return (
            f"Dataset({self.source}: {sizes} x {self.train.features.shape[1]} features, "
            f"{self.schema.target.kind} {_short(names)})"
        )

    @property
    def schema(self) -> Schema:
        """Names and kinds of features and target."""
        return self.train.schema

    @property
    def source(self) -> str:
        """Where the samples come from, for people to read."""
        return self.train.source

    @cached_property
    def _fingerprint(self) -> str:
        return "-".join(part.fingerprint() for part in (self.train, self.validation, self.test))

    def fingerprint(self) -> str:
        """Fingerprints of the three parts, joined: equal samples and division, equal text."""
        return self._fingerprint


def _checked(targets: Array, samples: Samples) -> Array:
    """Targets in the type of their kind.

    Raises:
        DataError: shape or contents are not those of the kind.
    """
    target, source = samples.target, samples.source
    given = np.asarray(targets)
    shape: tuple[int, ...] = (len(samples),)
    if target.kind in {"labels", "value"}:
        shape = (len(samples), len(target.names))
        if given.shape == (len(samples),) and len(target.names) == 1:
            given = given.reshape(shape)
    if given.shape != shape:
        raise DataError(
            f"{source}: {len(samples)} samples but a target of shape {given.shape}; expected "
            f"{shape}"
        )
    if target.kind == "value":
        values = np.asarray(given, np.float32)
        bad = np.argwhere(~np.isfinite(values))
        if len(bad):
            row, column = bad[0]
            raise DataError(
                f"{source}: target {target.names[column]} of sample {row} is {values[row, column]}"
            )
        return np.ascontiguousarray(values)
    highest = len(target.names) if target.kind == "classes" else _MATRIX
    if given.dtype.kind not in "biu":
        raise DataError(f"{source}: class indices must be whole numbers, not {given.dtype}")
    if given.min() < 0 or given.max() >= highest:
        raise DataError(
            f"{source}: labels run from {given.min()} to {given.max()}, but there are {highest} "
            f"classes"
        )
    return np.ascontiguousarray(given, np.uint8 if highest <= _BYTE_CLASSES else np.int32)


def _short(names: tuple[str, ...]) -> str:
    shown = ", ".join(names[:6])
    return f"[{shown}, ... ({len(names)})]" if len(names) > 6 else f"[{shown}]"  # noqa: PLR2004 - one line
