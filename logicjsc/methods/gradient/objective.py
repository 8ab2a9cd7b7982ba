"""What training minimises: cross-entropy, smoothed labels, a teacher's scores."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import torch
from torch import nn

from logicjsc.methods.gradient.config import TrainingConfig


@dataclass(frozen=True)
class Objective:
    """Cross-entropy against smoothed labels and, softened by a temperature, a teacher.

    With T the temperature, w the teacher's weight, s the scores and t the teacher's, the loss is
    ``(1 - w) CE(softmax(s), labels) + w T^2 CE(softmax(s / T), softmax(t / T))`` (Hinton et al.,
    arXiv:1503.02531); the square keeps the gradient's size as T changes.

    Attributes:
        smoothing: part of each label that is spread evenly over all classes (Szegedy et al.,
            arXiv:1512.00567), 0 to 1.
        teacher: ``softmax(t / T)`` of every training jet, float32 ``[jets, classes]``.
        teacher_weight: w; 0 without a teacher.
        temperature: T.
    """

    smoothing: float = 0.0
    teacher: torch.Tensor | None = None
    teacher_weight: float = 0.0
    temperature: float = 1.0

    @classmethod
    def of(cls, config: TrainingConfig, teacher_scores: torch.Tensor | None = None) -> Objective:
        """The loss that the settings ask for, given the teacher's scores if they name one."""
        if teacher_scores is None:
            return cls(config.label_smoothing)
        softened = (teacher_scores / config.teacher_temperature).softmax(dim=1)
        return cls(
            config.label_smoothing, softened, config.teacher_weight, config.teacher_temperature
        )

    def loss(self, scores: torch.Tensor, labels: torch.Tensor, batch: torch.Tensor) -> torch.Tensor:
        """Mean loss of a batch.

        Args:
            scores: ``[jets, classes]``.
            labels: class indices, int64 ``[jets]``.
            batch: numbers of the jets among all training jets, int64 ``[jets]``.
        """
        loss = nn.functional.cross_entropy(scores, labels, label_smoothing=self.smoothing)
        if self.teacher is None:
            return loss
        softened = nn.functional.cross_entropy(scores / self.temperature, self.teacher[batch])
        weight = self.teacher_weight
        return (1 - weight) * loss + weight * self.temperature**2 * softened


CROSS_ENTROPY: Final = Objective()
"""Plain cross-entropy against the labels."""
