"""How well scores fit targets, for each kind of target; shared by every stage."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final, Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from logicjsc.core.errors import DataError
from logicjsc.dataset.confidence import wilson_interval
from logicjsc.dataset.roc import area_under_roc
from logicjsc.dataset.samples import Samples
from logicjsc.dataset.schema import Target

Array: TypeAlias = npt.NDArray[Any]

Choice: TypeAlias = Literal["accuracy", "loss", "auc", "error"]
"""A metric that chooses between networks; larger is better, of loss and error smaller."""


@dataclass(frozen=True)
class Metrics:
    """How well scores fit targets.

    Attributes:
        kind: of the target.
        samples: number of samples.
        loss: mean cross-entropy of the softmax (classes) or of the logistic function (binary,
            labels) of the scores, in nats; mean squared error of values, in their units squared.
        accuracy: fraction of correctly decided samples, 0 to 1: the highest score is the sample's
            class, the lowest class index wins a tie; the score reaches the threshold or not, as it
            should; all labels are right. None for values.
        chance: accuracy of always answering the most frequent class, or labels; None for values.
        auc: area under the ROC curve, 0 to 1, by class (one against the rest) or label; NaN for one
            that is absent or alone.
        label_accuracy: fraction of correct answers, by label.
        threshold: score from which on a binary target or a label is affirmed, by label.
        false_positive_rate: of a binary target at its threshold, 0 to 1.
        true_positive_rate: same.
        intervals: 95 % confidence intervals of accuracy and of these two rates, by their names:
            how far they can be trusted as those of all samples there are.
        rmse: root mean squared error by value, in its units.
        mae: mean absolute error by value, in its units.
        r2: fraction of the variance explained, by value; 1 is perfect.
        core: largest error of a sample in the core; None where the target has no core.
        core_rmse: root mean squared error of the samples in the core alone, by value, in its units;
            NaN where there are none.
        core_fraction: fraction of the samples that are in the core, by value, 0 to 1.
    """

    kind: str
    samples: int
    loss: float
    accuracy: float | None = None
    chance: float | None = None
    auc: dict[str, float] = field(default_factory=dict)
    label_accuracy: dict[str, float] = field(default_factory=dict)
    threshold: dict[str, float] = field(default_factory=dict)
    false_positive_rate: float | None = None
    true_positive_rate: float | None = None
    intervals: dict[str, tuple[float, float]] = field(default_factory=dict)
    rmse: dict[str, float] = field(default_factory=dict)
    mae: dict[str, float] = field(default_factory=dict)
    r2: dict[str, float] = field(default_factory=dict)
    core: float | None = None
    core_rmse: dict[str, float] = field(default_factory=dict)
    core_fraction: dict[str, float] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """For JSON, without what the kind of target does not have; JSON knows no NaN."""
        entries = {key: value for key, value in asdict(self).items() if value not in (None, {})}
        for key in _MAY_BE_NAN:
            if key in entries:
                entries[key] = {
                    name: None if np.isnan(value) else value for name, value in entries[key].items()
                }
        if self.intervals:
            entries["intervals"] = {name: list(ends) for name, ends in self.intervals.items()}
        return entries

    @classmethod
    def from_dict(cls, saved: Mapping[str, Any]) -> Metrics:
        """Undo `to_dict`."""
        entries = dict(saved)
        for key in _MAY_BE_NAN:
            values = saved.get(key, {}).items()
            entries[key] = {name: np.nan if value is None else value for name, value in values}
        intervals = saved.get("intervals", {}).items()
        entries["intervals"] = {name: (low, high) for name, (low, high) in intervals}
        return cls(**entries)


_MAY_BE_NAN: Final = ("auc", "core_rmse")
"""Fields with numbers that JSON does not know."""


def measure(scores: Array, samples: Samples, thresholds: Array | None = None) -> Metrics:
    """Metrics of scores ``[samples, outputs]``.

    Args:
        scores: of the samples.
        samples: what they should be.
        thresholds: of each score of a binary target or of labels, ``[outputs]``; None: 0.

    Raises:
        DataError: there is another number of scores.
    """
    target = samples.target
    expected = (len(samples), target.outputs)
    if scores.shape != expected:
        raise DataError(
            f"there are scores of shape {list(scores.shape)}, but {samples.source} has "
            f"{len(samples)} samples of a target with {target.outputs} outputs"
        )
    loss = float(losses(scores, samples.targets, target).mean())
    if target.kind == "classes":
        return _of_classes(scores, samples, loss)
    if target.kind == "value":
        return _of_values(scores, samples, loss)
    return _of_labels(scores, samples, loss, _thresholds(thresholds, target))


def decide(scores: Array, target: Target, thresholds: Array | None = None) -> Array:
    """Decisions in the form of `Samples.targets`, of scores ``[samples, outputs]``."""
    if target.kind == "classes":
        return np.asarray(scores.argmax(axis=1))
    if target.kind == "value":
        return scores
    affirmed = (scores >= _thresholds(thresholds, target)).astype(np.uint8)
    return affirmed[:, 0] if target.kind == "binary" else affirmed


def losses(scores: Array, targets: Array, target: Target) -> Array:
    """Loss of each sample, float64 ``[samples]``; see `Metrics.loss`."""
    if target.kind == "classes":
        return cross_entropies(scores, targets)
    wanted = np.asarray(targets, np.float64).reshape(scores.shape)
    wide = scores.astype(np.float64)
    if target.kind == "value":
        return np.asarray(((wide - wanted) ** 2).mean(axis=1))
    # log(1 + e^s) - t s, without overflow.
    softplus = np.maximum(wide, 0) + np.log1p(np.exp(-np.abs(wide)))
    return np.asarray((softplus - wanted * wide).mean(axis=1))


def cross_entropies(scores: Array, labels: Array) -> Array:
    """Cross-entropy of each sample's softmax in nats, float64 ``[samples]``."""
    return np.asarray(-_log_softmax(scores)[np.arange(len(labels)), labels])


def choose_thresholds(
    scores: Array, samples: Samples, false_positive_rate: float = 0.0
) -> Array | None:
    """Thresholds of a binary target or of labels, by validation samples, float32 ``[outputs]``.

    A threshold lies halfway between two scores that occur. By accuracy, the one of the highest
    accuracy, of equals the one nearest to 0; at a false-positive rate, the lowest whose rate is not
    above it.

    Args:
        scores: ``[samples, outputs]``.
        samples: their targets.
        false_positive_rate: 0 chooses by accuracy.

    Returns:
        None for other kinds of target.
    """
    target = samples.target
    if target.kind not in {"binary", "labels"}:
        return None
    wanted = samples.targets.reshape(len(samples), -1)
    chosen = [
        _threshold(column.astype(np.float64), truth != 0, false_positive_rate)
        for column, truth in zip(scores.T, wanted.T, strict=True)
    ]
    return np.array(chosen, np.float32)


def best_accuracy(scores: Array, samples: Samples) -> float:
    """Accuracy with the thresholds that `choose_thresholds` finds on the same samples."""
    thresholds = choose_thresholds(scores, samples)
    return float(_right(decide(scores, samples.target, thresholds), samples.targets).mean())


def choice_of(metric: str, target: Target) -> Choice:
    """The metric that chooses; ``"auto"`` is accuracy, of values the loss.

    Raises:
        DataError: the kind of target has no such metric.
    """
    if metric == "auto":
        return "loss" if target.kind == "value" else "accuracy"
    suits = {"loss", "error"} if target.kind == "value" else {"accuracy", "loss", "auc"}
    if metric not in suits:
        raise DataError(
            f"a target of kind {target.kind!r} has no {metric!r} to choose by; use one of "
            f"{', '.join(sorted(suits))}"
        )
    return metric  # type: ignore[return-value]  # one of them, as just checked


def rank_of(choice: Choice, scores: Array, samples: Samples) -> tuple[float, float]:
    """What chooses between networks, larger is better: the metric, then minus the loss."""
    loss = float(losses(scores, samples.targets, samples.target).mean())
    if choice == "loss":
        return -loss, -loss
    if choice == "error":
        return -float(np.abs(scores - samples.targets).mean()), -loss
    if choice == "auc":
        return float(np.nanmean(list(_areas(scores, samples).values()))), -loss
    return best_accuracy(scores, samples), -loss


def _of_classes(scores: Array, samples: Samples, loss: float) -> Metrics:
    labels = samples.targets
    right = scores.argmax(axis=1) == labels
    return Metrics(
        samples.target.kind,
        len(labels),
        loss,
        accuracy=float(right.mean()),
        intervals={"accuracy": _interval(right)},
        chance=float(np.bincount(labels).max() / len(labels)),
        auc=_areas(scores, samples),
    )


def _of_labels(scores: Array, samples: Samples, loss: float, thresholds: Array) -> Metrics:
    target = samples.target
    decided = decide(scores, target, thresholds)
    answers, truth = (part.reshape(len(samples), -1) for part in (decided, samples.targets))
    _, counts = np.unique(truth, axis=0, return_counts=True)
    names = target.output_names
    right = _right(decided, samples.targets)
    metrics = Metrics(
        target.kind,
        len(samples),
        loss,
        accuracy=float(right.mean()),
        intervals={"accuracy": _interval(right)},
        chance=float(counts.max() / len(samples)),
        auc=_areas(scores, samples),
        threshold=dict(zip(names, thresholds.tolist(), strict=True)),
    )
    if target.kind == "labels":
        each = (answers == truth).mean(axis=0).tolist()
        return _with(metrics, label_accuracy=dict(zip(names, each, strict=True)))
    positive, affirmed = truth[:, 0] != 0, answers[:, 0] != 0
    parts = {
        "false_positive_rate": affirmed[~positive],
        "true_positive_rate": affirmed[positive],
    }
    rates = {name: float(part.mean()) for name, part in parts.items() if part.size}
    intervals = {name: _interval(part) for name, part in parts.items() if part.size}
    return _with(metrics, **rates, intervals=metrics.intervals | intervals)


def _of_values(scores: Array, samples: Samples, loss: float) -> Metrics:
    wide = scores.astype(np.float64)
    errors = wide - samples.targets
    names = samples.target.names
    square = (errors**2).mean(axis=0)
    variance = samples.targets.astype(np.float64).var(axis=0)
    explained = 1 - square / np.where(variance > 0, variance, 1.0)
    metrics = Metrics(
        samples.target.kind,
        len(samples),
        loss,
        rmse=dict(zip(names, np.sqrt(square).tolist(), strict=True)),
        mae=dict(zip(names, np.abs(errors).mean(axis=0).tolist(), strict=True)),
        r2=dict(zip(names, explained.tolist(), strict=True)),
    )
    core = samples.target.core
    if not core:
        return metrics
    inside = np.abs(errors) <= core
    with np.errstate(invalid="ignore"):  # no sample in the core: NaN
        squares = np.where(inside, errors**2, 0.0).sum(axis=0) / inside.sum(axis=0)
    return _with(
        metrics,
        core=core,
        core_rmse=dict(zip(names, np.sqrt(squares).tolist(), strict=True)),
        core_fraction=dict(zip(names, inside.mean(axis=0).tolist(), strict=True)),
    )


def _interval(chosen: Array) -> tuple[float, float]:
    return wilson_interval(int(np.count_nonzero(chosen)), len(chosen))


def _with(metrics: Metrics, **entries: Any) -> Metrics:  # noqa: ANN401 - any of its fields
    return Metrics(**{**vars(metrics), **entries})


def _areas(scores: Array, samples: Samples) -> dict[str, float]:
    """Areas under the ROC curves, by class or label."""
    return {
        name: area_under_roc(truth, column) for name, truth, column in roc_columns(scores, samples)
    }


def roc_columns(scores: Array, samples: Samples) -> Iterator[tuple[str, Array, Array]]:
    """What the ROC curve of each class (one against the rest) or label is of.

    Args:
        scores: ``[samples, outputs]``.
        samples: what they should be; not values.

    Yields:
        Name, what is to be affirmed, bool ``[samples]``, and what orders the samples, float64
        ``[samples]``: the softmax of classes, and else the score.
    """
    target = samples.target
    if target.kind == "classes":
        ordered = np.exp(_log_softmax(scores))
        truths = [samples.targets == index for index in range(target.outputs)]
    else:
        ordered = scores.astype(np.float64)
        truths = list(samples.targets.reshape(len(samples), -1).T != 0)
    yield from zip(target.output_names, truths, ordered.T, strict=True)


def _right(decided: Array, targets: Array) -> Array:
    same = decided == targets
    return same if same.ndim == 1 else np.asarray(same.all(axis=1))


def _thresholds(thresholds: Array | None, target: Target) -> Array:
    if thresholds is None:
        return np.zeros(target.outputs, np.float32)
    return np.asarray(thresholds, np.float32)


def _threshold(scores: Array, truth: Array, false_positive_rate: float) -> float:
    distinct, number = np.unique(scores, return_inverse=True)
    positives = np.bincount(number, weights=truth, minlength=len(distinct))
    negatives = np.bincount(number, weights=~truth, minlength=len(distinct))
    # Cut c affirms all but the c lowest scores.
    true_positives = positives.sum() - np.concatenate([[0], np.cumsum(positives)])
    false_positives = negatives.sum() - np.concatenate([[0], np.cumsum(negatives)])
    # In float32, in which thresholds are kept, neighbours may have nothing between them.
    apart = ((distinct[1:] + distinct[:-1]) / 2).astype(np.float32).astype(np.float64)
    apart = np.where(apart > distinct[:-1], apart, distinct[1:])
    cuts = np.concatenate([[distinct[0] - 1.0], apart, [distinct[-1] + 1.0]])
    if false_positive_rate > 0:
        fits = false_positives <= false_positive_rate * negatives.sum()
        return float(cuts[np.argmax(fits)])
    right = true_positives + (negatives.sum() - false_positives)
    best = np.flatnonzero(right == right.max())
    return float(cuts[best[np.argmin(np.abs(cuts[best]))]])


def _log_softmax(scores: Array) -> Array:
    # One row per class: numpy is slow at reductions of a few neighbouring numbers.
    wide = np.ascontiguousarray(scores.T, np.float64)
    # Shifted by the highest score, so that no exponential overflows.
    shifted = wide - wide.max(axis=0)
    return np.asarray((shifted - np.log(np.exp(shifted).sum(axis=0))).T)
