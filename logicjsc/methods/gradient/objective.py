"""What training minimises, by kind of target: smoothed, weighted, and with a teacher's scores."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, Literal, TypeAlias

import numpy as np
import torch
from torch import nn

from logicjsc.core.errors import ConfigError
from logicjsc.dataset import Samples
from logicjsc.dataset.samples import Array
from logicjsc.methods.gradient.config import TrainingConfig

Loss: TypeAlias = Literal["softmax", "logistic", "squared"]
"""Cross-entropy of a softmax over all scores, of the logistic function of each, squared error."""


@dataclass(frozen=True, eq=False)
class Teaching:
    """What a teacher says of the training samples, and how much it counts.

    Attributes:
        scores: its scores, float32 ``[samples, outputs]``; values in their units.
        weight: its fraction of the loss, 0 to 1; the labels have the rest.
        temperature: what scores of teacher and network are divided by to compare them.
    """

    scores: torch.Tensor
    weight: float = 0.5
    temperature: float = 2.0


@dataclass(frozen=True, eq=False)
class Objective:
    """The loss of a batch.

    Of classes, cross-entropy against smoothed labels and, softened by a temperature, a teacher.
    With T the temperature, w the teacher's weight, s the scores and t the teacher's, the loss is
    ``(1 - w) CE(softmax(s), labels) + w T^2 CE(softmax(s / T), softmax(t / T))`` (Hinton et al.,
    arXiv:1503.02531); the square keeps the gradient's size as T changes. Of other targets, the mean
    over outputs of their losses, with a teacher blended into what is wanted.

    Attributes:
        kind: which loss.
        smoothing: fraction of each label that is spread evenly over all classes (Szegedy et al.,
            arXiv:1512.00567), 0 to 1.
        teacher: ``softmax(t / T)`` of every training sample, float32 ``[samples, classes]``.
        teacher_weight: w; 0 without a teacher.
        temperature: T.
        targets: what is wanted of every training sample, float32 ``[samples, outputs]``; values are
            standardised. None of classes.
        weights: what every training sample counts, float32 ``[samples]``, 1 on average; None: all
            the same.
        mean: of the values, float32 ``[outputs]``; None of other targets.
        deviation: of the values, same.
    """

    kind: Loss = "softmax"
    smoothing: float = 0.0
    teacher: torch.Tensor | None = None
    teacher_weight: float = 0.0
    temperature: float = 1.0
    targets: torch.Tensor | None = None
    weights: torch.Tensor | None = None
    mean: torch.Tensor | None = None
    deviation: torch.Tensor | None = None

    @classmethod
    def of(
        cls,
        config: TrainingConfig,
        train: Samples,
        *,
        teaching: Teaching | None = None,
        scale: tuple[tuple[float, ...], tuple[float, ...]] = ((), ()),
        device: torch.device | None = None,
    ) -> Objective:
        """The loss that settings and samples ask for.

        Args:
            config: settings.
            train: the training samples.
            teaching: what a teacher says, if there is one.
            scale: mean and standard deviation of the values, of a target of values.
            device: where to keep what belongs to samples.

        Raises:
            ConfigError: a setting means nothing to the kind of target.
        """
        device = device or torch.device("cpu")
        weights = weights_of(train, balanced=config.class_weights == "balanced")
        kept = None if weights is None else torch.from_numpy(weights).to(device)
        if train.target.kind == "classes":
            return cls.of_classes(config, teaching, kept)
        value = train.target.kind == "value"
        if value and config.label_smoothing:
            raise ConfigError(
                f"training.label_smoothing = {config.label_smoothing:g} is for classes and labels, "
                f"not for values; set it to 0"
            )
        smoothing = config.label_smoothing
        wanted = torch.from_numpy(train.outcomes).to(device)
        if not value:
            wanted = wanted * (1 - smoothing) + smoothing / 2
            if teaching is not None:
                wanted = wanted.lerp(teaching.scores.sigmoid(), teaching.weight)
            return cls("logistic", targets=wanted.contiguous(), weights=kept)
        if teaching is not None:
            wanted = wanted.lerp(teaching.scores, teaching.weight)
        mean, deviation = (torch.tensor(numbers, device=device) for numbers in scale)
        standardised = ((wanted - mean) / deviation).contiguous()
        return cls("squared", targets=standardised, weights=kept, mean=mean, deviation=deviation)

    @classmethod
    def of_classes(
        cls,
        config: TrainingConfig,
        teaching: Teaching | None = None,
        weights: torch.Tensor | None = None,
    ) -> Objective:
        """The loss of a target of classes."""
        plain = cls(smoothing=config.label_smoothing, weights=weights)
        if teaching is None:
            return plain
        return replace(
            plain,
            teacher=(teaching.scores / teaching.temperature).softmax(dim=1),
            teacher_weight=teaching.weight,
            temperature=teaching.temperature,
        )

    @property
    def is_plain(self) -> bool:
        """Whether all samples count the same and are told apart by a softmax."""
        return self.kind == "softmax" and self.weights is None

    def loss(self, scores: torch.Tensor, labels: torch.Tensor, batch: torch.Tensor) -> torch.Tensor:
        """Mean loss of a batch.

        Args:
            scores: ``[samples, outputs]``; values in their units.
            labels: class indices, int64 ``[samples]``; of no meaning to other targets.
            batch: numbers of the samples among all training samples, int64 ``[samples]``.
        """
        weights = None if self.weights is None else self.weights[batch]
        if self.targets is not None:
            return _mean(self._by_output(scores, self.targets[batch]), weights)
        if weights is None:
            loss = nn.functional.cross_entropy(scores, labels, label_smoothing=self.smoothing)
        else:
            each = nn.functional.cross_entropy(
                scores, labels, label_smoothing=self.smoothing, reduction="none"
            )
            loss = _mean(each, weights)
        if self.teacher is None:
            return loss
        softened = nn.functional.cross_entropy(scores / self.temperature, self.teacher[batch])
        weight = self.teacher_weight
        return (1 - weight) * loss + weight * self.temperature**2 * softened

    def _by_output(self, scores: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
        """Loss of each sample, ``[samples]``."""
        if self.kind == "logistic":
            each = nn.functional.binary_cross_entropy_with_logits(scores, wanted, reduction="none")
            return each.mean(dim=1)
        if self.mean is not None and self.deviation is not None:
            scores = (scores - self.mean) / self.deviation
        return (scores - wanted).square().mean(dim=1)


def weights_of(train: Samples, *, balanced: bool) -> Array | None:
    """What every training sample counts, float32 ``[samples]``, 1 on average; None: all the same.

    Raises:
        ConfigError: balance is asked for, and there are no classes.
    """
    weights = np.ones(len(train)) if train.weights is None else train.weights.astype(np.float64)
    if balanced:
        if train.target.kind not in {"classes", "binary"}:
            raise ConfigError(
                f"training.class_weights = 'balanced' is for classes, not for a target of kind "
                f"{train.target.kind!r}; use 'none'"
            )
        total = np.bincount(train.targets, weights=weights, minlength=len(train.target.names))
        weights = weights / np.where(total > 0, total, 1.0)[train.targets]
    elif train.weights is None:
        return None
    return np.asarray(weights / weights.mean(), np.float32)


def _mean(each: torch.Tensor, weights: torch.Tensor | None) -> torch.Tensor:
    return each.mean() if weights is None else (each * weights).mean()


CROSS_ENTROPY: Final = Objective()
"""Plain cross-entropy against the labels."""
