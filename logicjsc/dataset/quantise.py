"""Samples with fixed-point features, and what the rounding costs."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

from logicjsc.core.progress import OnProgress
from logicjsc.dataset.baseline import tree_baseline
from logicjsc.dataset.fixed_point import FixedPoint
from logicjsc.dataset.load import save_samples
from logicjsc.dataset.metrics import Metrics
from logicjsc.dataset.provenance import part_of
from logicjsc.dataset.samples import Dataset

REPORTED_BITS: Final = tuple(range(6, 17))


@dataclass(frozen=True)
class WordLoss:
    """What words of one width cost.

    Attributes:
        bits: width of the words.
        figure: accuracy of gradient-boosted trees trained and tested on the words' values, 0 to 1;
            of values their coefficient of determination.
        lost: figure on float features minus this one.
        saturated: largest fraction of the test samples beyond a feature's range.
    """

    bits: int
    figure: float
    lost: float
    saturated: float


@dataclass(frozen=True)
class QuantiseReport:
    """Losses over several widths.

    Attributes:
        source: the samples.
        measure: what the figures are.
        float_figure: of gradient-boosted trees on float features.
        test_samples: samples that figures are measured on.
        losses: by width.
        formats: chosen format per feature, ``(name, width, exponent, lowest, highest word)``.
        out: file written, if any.
    """

    source: str
    measure: str
    float_figure: float
    test_samples: int
    losses: tuple[WordLoss, ...]
    formats: tuple[tuple[str, int, int, int, int], ...]
    out: str | None

    def to_dict(self) -> dict[str, Any]:
        """For ``--json``."""
        return asdict(self)


def quantise(
    bits: int,
    dataset: Dataset,
    out: Path | None,
    widths: tuple[int, ...],
    on_progress: OnProgress,
) -> QuantiseReport:
    """Round features to words of ``bits`` bits, fitted on the training samples only.

    Args:
        bits: width of the words written.
        dataset: samples.
        out: where to write all samples with rounded features.
        widths: widths whose loss is measured.
        on_progress: told of the widths measured.
    """
    words = FixedPoint.fit(dataset.train, bits)
    if out is not None:
        samples = part_of(dataset, "all")
        save_samples(replace(samples, features=words.values(samples.features)), out)
    figure, losses = 0.0, []
    if widths:
        on_progress(0, len(widths), "float")
        figure = _figure(tree_baseline(dataset.train, dataset.test))
    for index, width in enumerate(widths):
        on_progress(index, len(widths), f"{width} bits")
        losses.append(_loss(dataset, width, figure))
    highs = words.highs
    return QuantiseReport(
        source=dataset.source,
        measure="r2" if dataset.schema.target.kind == "value" else "accuracy",
        float_figure=figure,
        test_samples=len(dataset.test),
        losses=tuple(losses),
        formats=tuple(
            zip(
                dataset.schema.feature_names,
                words.widths,
                words.exponents,
                words.lows,
                highs,
                strict=True,
            )
        ),
        out=str(out) if out is not None else None,
    )


def _loss(dataset: Dataset, bits: int, figure: float) -> WordLoss:
    words = FixedPoint.fit(dataset.train, bits)
    train, test = (
        replace(part, features=words.values(part.features))
        for part in (dataset.train, dataset.test)
    )
    reached = _figure(tree_baseline(train, test))
    saturated = float(words.saturated(dataset.test.features).max())
    return WordLoss(bits, reached, figure - reached, saturated)


def _figure(metrics: Metrics) -> float:
    if metrics.accuracy is not None:
        return metrics.accuracy
    return sum(metrics.r2.values()) / len(metrics.r2)
