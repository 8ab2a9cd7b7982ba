"""What the scores of a network should say, for each kind of target, and how well they do."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from logicjsc.core.errors import ConfigError, DataError
from logicjsc.dataset import Samples
from logicjsc.dataset.metrics import best_accuracy, choose_thresholds
from logicjsc.dataset.samples import Array
from logicjsc.dataset.schema import Target, TargetKind
from logicjsc.methods.prune.config import ScheduleConfig
from logicjsc.methods.prune.groups import Lesson
from logicjsc.methods.prune.native.library import CodedSamples, Loss, padded_outputs
from logicjsc.methods.prune.state import End

_LOSS: Final[dict[TargetKind, Loss]] = {
    "classes": "softmax",
    "binary": "logistic",
    "labels": "logistic",
    "value": "squared",
}

_TOLD: Final = 64
"""Classes that values and combinations of labels are sorted into, to see what codes tell."""


@dataclass(frozen=True, eq=False)
class Goal:
    """What the scores should say.

    Attributes:
        target: what is predicted.
        step: value of one step of the scores: in nats, or of values in standard deviations.
        mean: of the training samples' values, float64 ``[outputs]``; of other targets 0.
        deviation: their standard deviation; of other targets 1.
        balanced: whether rare classes count as much as frequent ones.
    """

    target: Target
    step: float
    mean: Array
    deviation: Array
    balanced: bool = False

    @classmethod
    def of(cls, train: Samples, config: ScheduleConfig) -> Goal:
        """The goal that training samples and settings set.

        Raises:
            ConfigError: a setting means nothing to the kind of target.
            DataError: a class has no training sample.
        """
        target = train.target
        _refuse_settings(target, config)
        _refuse_empty(train)
        mean, deviation = np.zeros(target.outputs), np.ones(target.outputs)
        if target.kind == "value":
            values = train.targets.astype(np.float64)
            mean, found = values.mean(axis=0), values.std(axis=0)
            deviation = np.where(found > 0, found, 1.0)
        balanced = config.class_weights == "balanced"
        return cls(target, config.score_step, mean, deviation, balanced)

    def scaled(self, factor: float) -> Goal:
        """The same with other steps of the scores."""
        return replace(self, step=self.step * factor)

    @property
    def loss(self) -> Loss:
        """What is minimised."""
        return _LOSS[self.target.kind]

    @property
    def end(self) -> End:
        """What stands behind the scores in a circuit."""
        if self.target.kind == "value":
            return "nothing"
        return "argmax" if self.target.kind == "classes" else "thresholds"

    def coded(self, codes: Array, samples: Samples) -> CodedSamples:
        """Samples with their codes, uint8 ``[samples, columns]``; all count the same."""
        if self.target.kind == "classes":
            return CodedSamples(codes, samples.targets.astype(np.uint8))
        return CodedSamples(codes, padded_outputs(self._standardised(samples.outcomes)))

    def weights(self, train: Samples) -> Array | None:
        """How often each training sample counts, float32 ``[samples]``, 1 on average.

        None if all count the same.
        """
        given = train.weights
        weights = np.ones(len(train)) if given is None else given.astype(np.float64)
        if self.balanced:
            total = np.bincount(train.targets, weights, minlength=len(self.target.names))
            weights = weights / np.where(total > 0, total, 1.0)[train.targets]
        elif given is None:
            return None
        return np.asarray(weights / weights.mean(), np.float32)

    def targets(self, taught: Array) -> Array:
        """What is learned from a teacher, as `CodedSamples` wants it.

        Args:
            taught: its probabilities of classes, of yes, or its values, ``[samples, outputs]``.
        """
        return padded_outputs(self._standardised(taught))

    def lesson(self, train: Samples) -> Lesson:
        """What groups of bits are chosen by."""
        return Lesson(self.loss, self._standardised(train.outcomes), self.weights(train))

    def told(self, train: Samples) -> Array:
        """Few classes of training samples by which it is judged what codes tell, ``[samples]``."""
        target = train.target
        if target.kind in {"classes", "binary"}:
            return train.targets.astype(np.int64)
        if target.kind == "labels":
            _, found = np.unique(train.targets, axis=0, return_inverse=True)
            counts = np.bincount(found.reshape(-1))
            ranks = np.argsort(np.argsort(-counts, kind="stable"))
            return np.minimum(ranks[found.reshape(-1)], _TOLD - 1)
        # Each value in as many classes of equal size as together make the number.
        some = train.targets[:, : _TOLD.bit_length() - 1].astype(np.float64)
        each = max(2, int(_TOLD ** (1 / some.shape[1]) + 1e-9))
        total = np.zeros(len(some), np.int64)
        for column in some.T:
            cuts = np.quantile(column, np.arange(1, each) / each)
            total = total * each + np.searchsorted(cuts, column, side="right")
        return total

    def scores(self, steps: Array) -> Array:
        """Scores in the units of `logicjsc.dataset.metrics`, float32, of scores in steps."""
        return np.asarray(steps * (self.step * self.deviation) + self.mean, np.float32)

    def figure(self, steps: Array, samples: Samples) -> float:
        """How good scores in steps are, 1 is perfect.

        Accuracy, with the thresholds that suit these samples best; of values the fraction of the
        variance that is explained.
        """
        scores = self.scores(steps)
        if self.target.kind == "classes":
            return float(np.mean(scores.argmax(axis=1) == samples.targets))
        if self.target.kind != "value":
            return best_accuracy(scores, samples)
        errors = ((scores.astype(np.float64) - samples.targets) ** 2).mean(axis=0)
        variance = samples.targets.astype(np.float64).var(axis=0)
        return float(np.mean(1 - errors / np.where(variance > 0, variance, 1.0)))

    def thresholds(self, steps: Array, samples: Samples, rate: float) -> tuple[float, ...]:
        """Thresholds of yes or no, by validation samples; none of other targets."""
        found = choose_thresholds(self.scores(steps), samples, rate)
        return () if found is None else tuple(found.tolist())

    def sharpened(self, targets: Array, exponent: float) -> Array:
        """Probabilities to the power of an exponent, which add up to 1 again, float32."""
        if self.target.kind == "value":
            return targets
        powers = targets.astype(np.float64) ** exponent
        total = powers.sum(axis=1, keepdims=True)
        if self.target.kind != "classes":
            total = powers + (1 - targets.astype(np.float64)) ** exponent
        return np.asarray(powers / total, np.float32)

    def _standardised(self, values: Array) -> Array:
        return np.asarray((values - self.mean) / self.deviation, np.float32)


def _refuse_settings(target: Target, config: ScheduleConfig) -> None:
    kind = target.kind
    what = f"not for a target of kind {kind!r}"
    if kind == "value" and config.label_smoothing:
        raise ConfigError(
            f"prune.label_smoothing = {config.label_smoothing:g} is for classes and labels, "
            f"{what}; set it to 0"
        )
    if kind == "value" and config.final_sharpness != 1:
        raise ConfigError(
            f"prune.final_sharpness = {config.final_sharpness:g} is for probabilities, {what}; "
            f"set it to 1"
        )
    if kind not in {"classes", "binary"} and config.class_weights != "none":
        raise ConfigError(
            f"prune.class_weights = {config.class_weights!r} is for classes, {what}; use 'none'"
        )
    if kind != "value" and config.huber:
        raise ConfigError(f"prune.huber = {config.huber:g} is for values, {what}; set it to 0")
    if kind != "binary" and config.false_positive_rate:
        raise ConfigError(
            f"prune.false_positive_rate = {config.false_positive_rate:g} is for a binary target, "
            f"{what}; set it to 0"
        )


def _refuse_empty(train: Samples) -> None:
    target = train.target
    if target.kind not in {"classes", "binary"}:
        return
    counts = np.bincount(train.targets, minlength=len(target.names))
    empty = [name for name, count in zip(target.names, counts.tolist(), strict=True) if not count]
    if empty:
        raise DataError(
            f"{train.source}: no training sample is of class {empty[0]!r}, so it cannot be "
            f"learned; add samples of it, or leave it out of the target"
        )
