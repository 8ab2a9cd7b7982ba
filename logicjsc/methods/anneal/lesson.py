"""What a network is to learn: training samples, samples made from them, and a class of each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from logicjsc.core.executor import Jobs
from logicjsc.core.progress import OnProgress
from logicjsc.dataset import Dataset, Samples
from logicjsc.dataset.blends import blends
from logicjsc.dataset.images import image_copies
from logicjsc.dataset.samples import Array
from logicjsc.methods.anneal.config import AnnealConfig
from logicjsc.methods.distil.teacher import teacher_scores


@dataclass(frozen=True)
class Lesson:
    """Samples to learn from.

    Attributes:
        parts: the training samples, and then copies that all starts learn from.
        labels: class of each sample, one part after another, uint8.
        copies: number of copies of every training image that each start draws for itself.
    """

    parts: tuple[Samples, ...]
    labels: Array
    copies: int = 0

    @classmethod
    def of(
        cls, dataset: Dataset, config: AnnealConfig, jobs: Jobs, on_progress: OnProgress
    ) -> Lesson:
        """Training samples, their blends, and what they are or, with a teacher, seem to be.

        Raises:
            DataError: there are to be copies, and no way to make them.
            RunError, OtherSamplesError, TrainingError: see `teacher_scores`.
        """
        train, settings = dataset.train, config.anneal
        made = tuple(blends(train, settings.blends, settings.seed))
        if config.teacher.is_there:
            scores = teacher_scores(dataset, config.teacher, jobs, on_progress, made)
            is_binary = train.target.kind == "binary"
            seem = scores[:, 0] >= 0 if is_binary else scores.argmax(axis=1)
            return cls((train, *made), seem.astype(train.targets.dtype), settings.image_copies)
        labels = np.tile(train.targets, len(made) + 1)
        return cls((train, *made), labels, settings.image_copies)

    def drawn(self, seed: int) -> tuple[list[Samples], Array]:
        """All samples of one start, and their classes.

        Args:
            seed: of the copies of images.

        Raises:
            DataError: there are to be copies of images, and the samples are none.
        """
        train = self.parts[0]
        parts = [*self.parts, *image_copies(train, self.copies, seed)]
        moved = [self.labels[: len(train)]] * self.copies
        return parts, np.concatenate([self.labels, *moved])
