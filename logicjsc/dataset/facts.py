"""What samples are, and what they can be worth: the facts behind ``logicjsc data info``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final

import numpy as np

from logicjsc.dataset.baseline import linear_baseline, tree_baseline
from logicjsc.dataset.metrics import Metrics
from logicjsc.dataset.samples import Samples

_TRAIN: Final = 20_000
_TEST: Final = 20_000
_TREES: Final = 40
"""Together about ten seconds of one core."""


@dataclass(frozen=True)
class FeatureSummary:
    """One feature.

    Attributes:
        name: its name.
        kind: number, word or bit.
        smallest: smallest value.
        mean: mean.
        deviation: standard deviation.
        largest: largest value.
        distinct: number of different values.
        zeros: fraction of the samples with exactly 0, 0 to 1.
    """

    name: str
    kind: str
    smallest: float
    mean: float
    deviation: float
    largest: float
    distinct: int
    zeros: float


@dataclass(frozen=True)
class Facts:
    """What is known of samples.

    Attributes:
        source: what was read.
        samples: number of samples.
        features: one summary per feature.
        target: kind and names of what is predicted.
        balance: samples of each class or label; of values mean and standard deviation.
        duplicates: samples that equal an earlier one, target included.
        contradictions: samples whose features equal those of an earlier one with another target.
        fingerprint: of features and targets in their order.
        missing: missing values by column, where there are some.
        remarks: suspicious columns, one sentence each.
        chance: accuracy of always answering the most frequent class; None for values.
        linear: metrics of a linear model; None without baselines.
        trees: metrics of gradient-boosted trees; None without baselines.
        baseline_samples: samples that the baselines were trained and tested on.
    """

    source: str
    samples: int
    features: tuple[FeatureSummary, ...]
    target: dict[str, Any]
    balance: dict[str, float]
    duplicates: int
    contradictions: int
    fingerprint: str
    missing: dict[str, int] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()
    chance: float | None = None
    linear: Metrics | None = None
    trees: Metrics | None = None
    baseline_samples: tuple[int, int] = (0, 0)

    def to_dict(self) -> dict[str, Any]:
        """For ``--json``."""
        return asdict(self) | {
            "linear": None if self.linear is None else self.linear.to_dict(),
            "trees": None if self.trees is None else self.trees.to_dict(),
        }


def facts_of(
    samples: Samples,
    remarks: tuple[str, ...] = (),
    missing: Mapping[str, int] | None = None,
    *,
    baseline: bool = True,
) -> Facts:
    """Describe samples.

    Args:
        samples: all of them.
        remarks: what reading them has shown.
        missing: missing values by column.
        baseline: whether to train quick models.
    """
    duplicates, contradictions = _repetitions(samples)
    linear = trees = None
    sizes = (0, 0)
    parts = _parts(samples) if baseline else None
    if parts is not None:
        train, test = parts
        linear, trees = linear_baseline(train, test), tree_baseline(train, test, _TREES)
        sizes = (len(train), len(test))
    return Facts(
        source=samples.source,
        samples=len(samples),
        features=tuple(_summaries(samples)),
        target=samples.target.to_dict(),
        balance=_balance(samples),
        duplicates=duplicates,
        contradictions=contradictions,
        fingerprint=samples.fingerprint(),
        missing=dict(missing or {}),
        remarks=remarks,
        chance=_chance(samples),
        linear=linear,
        trees=trees,
        baseline_samples=sizes,
    )


def _summaries(samples: Samples) -> list[FeatureSummary]:
    wide = samples.features.astype(np.float64)
    return [
        FeatureSummary(
            name=name,
            kind=kind,
            smallest=float(column.min()),
            mean=float(column.mean()),
            deviation=float(column.std()),
            largest=float(column.max()),
            distinct=len(np.unique(column)),
            zeros=float((column == 0).mean()),
        )
        for name, kind, column in zip(
            samples.feature_names, samples.schema.feature_kinds, wide.T, strict=True
        )
    ]


def _balance(samples: Samples) -> dict[str, float]:
    target = samples.target
    if target.kind == "value":
        wide = samples.targets.astype(np.float64)
        pairs = zip(target.names, wide.mean(axis=0), wide.std(axis=0), strict=True)
        return {
            key: float(number)
            for name, mean, deviation in pairs
            for key, number in ((f"{name}: mean", mean), (f"{name}: standard deviation", deviation))
        }
    if target.kind == "labels":
        return dict(zip(target.names, map(float, samples.targets.sum(axis=0)), strict=True))
    counts = np.bincount(samples.targets, minlength=len(target.names))
    return dict(zip(target.names, map(float, counts), strict=True))


def _repetitions(samples: Samples) -> tuple[int, int]:
    features = np.ascontiguousarray(samples.features + 0.0)  # the two zeros are equal
    rows = features.view(f"V{features.shape[1] * features.itemsize}")[:, 0]
    _, first, number = np.unique(rows, return_index=True, return_inverse=True)
    targets = samples.targets.reshape(len(samples), -1)
    alike = (targets == targets[first[number]]).all(axis=1)
    repeated = first[number] != np.arange(len(samples))
    return int((repeated & alike).sum()), int((repeated & ~alike).sum())


def _chance(samples: Samples) -> float | None:
    if samples.target.kind == "value":
        return None
    _, counts = np.unique(samples.targets, axis=0, return_counts=True)
    return float(counts.max() / len(samples))


def _parts(samples: Samples) -> tuple[Samples, Samples] | None:
    """Samples for the baselines, always the same; None if there is nothing to tell apart."""
    rows = np.random.default_rng(0).permutation(len(samples))
    size = min(_TRAIN, int(0.8 * len(samples)))
    train, test = np.split(rows[: size + _TEST], [size])
    if not (len(train) and len(test)) or len(np.unique(samples.targets[train], axis=0)) == 1:
        return None
    return samples.take(train, "train"), samples.take(test, "test")
