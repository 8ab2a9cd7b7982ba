"""Jets with fixed-point features, and what the rounding costs."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from logicjsc.dataset import Samples, Dataset, load_jets, load_dataset
from logicjsc.dataset.baseline import tree_accuracy
from logicjsc.dataset.config import DataConfig
from logicjsc.dataset.fixed_point import FixedPoint
from logicjsc.dataset.load import save_samples

REPORTED_BITS: Final = tuple(range(6, 17))


@dataclass(frozen=True)
class WordLoss:
    """What words of one width cost.

    Attributes:
        bits: width of the words.
        accuracy: of gradient-boosted trees trained and tested on the words' values, 0 to 1.
        lost: accuracy on float features minus this one.
        saturated: largest part of the test jets beyond a feature's range.
    """

    bits: int
    accuracy: float
    lost: float
    saturated: float


@dataclass(frozen=True)
class QuantiseReport:
    """Losses over several widths.

    Attributes:
        source: the jets.
        float_accuracy: of gradient-boosted trees on float features.
        standard_error: of each accuracy, from the number of test jets.
        losses: by width.
        formats: chosen format per feature, ``(name, exponent, lowest, highest word)``.
        out: file written, if any.
    """

    source: str
    float_accuracy: float
    standard_error: float
    losses: tuple[WordLoss, ...]
    formats: tuple[tuple[str, int, int, int], ...]
    out: str | None

    def to_dict(self) -> dict[str, Any]:
        """For ``--json``."""
        return asdict(self)


def quantise(
    bits: int,
    data: Path | None,
    out: Path | None,
    widths: tuple[int, ...],
    on_progress: Callable[[int, str], None],
) -> QuantiseReport:
    """Round features to words of ``bits`` bits, fitted on the training jets only.

    Args:
        bits: width of the words written.
        data: jets; the bundled sample by default.
        out: where to write all jets with rounded features.
        widths: widths whose loss is measured.
        on_progress: called with the number of widths measured and a remark.
    """
    splits = load_dataset(DataConfig(path=str(data) if data is not None else ""))
    words = FixedPoint.fit(splits.train, bits)
    if out is not None:
        jets = load_jets(data) if data is not None else _all_of(splits)
        save_samples(replace(jets, features=words.values(jets.features)), out)
    float_accuracy, losses = 0.0, []
    if widths:
        on_progress(0, "float")
        float_accuracy = tree_accuracy(splits.train, splits.test)
    for index, width in enumerate(widths):
        on_progress(index, f"{width} bits")
        losses.append(_loss(splits, width, float_accuracy))
    variance = float_accuracy * (1 - float_accuracy) / len(splits.test)
    return QuantiseReport(
        source=splits.train.source,
        float_accuracy=float_accuracy,
        standard_error=math.sqrt(variance),
        losses=tuple(losses),
        formats=tuple(
            zip(splits.train.feature_names, words.exponents, words.lows, words.highs, strict=True)
        ),
        out=str(out) if out is not None else None,
    )


def _loss(splits: Dataset, bits: int, float_accuracy: float) -> WordLoss:
    words = FixedPoint.fit(splits.train, bits)
    train, test = (
        replace(part, features=words.values(part.features)) for part in (splits.train, splits.test)
    )
    accuracy = tree_accuracy(train, test)
    saturated = float(words.saturated(splits.test.features).max())
    return WordLoss(bits, accuracy, float_accuracy - accuracy, saturated)


def _all_of(splits: Dataset) -> Samples:
    parts = (splits.train, splits.validation, splits.test)
    return replace(
        splits.train,
        features=np.concatenate([part.features for part in parts]),
        labels=np.concatenate([part.labels for part in parts]),
        split="all",
    )
