"""Stopping hopeless trainings, also of studies with several objectives.

Optuna prunes studies of one objective only. So trainings are also kept as trials of a second
study, ``NAME/pruning``, whose one objective is the validation metric by step; any of Optuna's
pruners works on it, with what all machines reported.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from logicjsc.explore.study.definition import Study
from logicjsc.explore.study.ownership import open_pruning
from logicjsc.explore.study.samplers import make_pruner
from logicjsc.explore.study.storage import Patience

if TYPE_CHECKING:
    from optuna.storages import BaseStorage


class Judge:
    """Decides about one training."""

    def __init__(
        self, study: Study, storage: BaseStorage, patience: Patience, mark: Sequence[str]
    ) -> None:
        """Open the second study and begin a trial in it, if there is a pruner at all.

        Args:
            study: the first study.
            storage: where both are kept.
            patience: how to wait for it.
            mark: by which the studies are known as ours.

        Raises:
            ConfigError: the storage holds something else under the second study's name.
        """
        import optuna

        self._patience = patience
        self._best, self._last = -math.inf, 0
        self._trial = None
        if study.settings.pruner == "none":
            return
        pruner = make_pruner(study.settings.pruner, study.pruner_options, study.source)
        self._study = open_pruning(study, storage, patience, mark)
        self._study.sampler, self._study.pruner = optuna.samplers.RandomSampler(), pruner
        self._trial = patience(self._study.ask)

    def stops(self, step: int, score: float) -> bool:
        """Report a step's validation metric, larger is better; whether the training is hopeless."""
        trial = self._trial
        if trial is None:
            return False
        if step > self._last:  # a step may be repeated after an interruption
            self._best, self._last = max(self._best, score), step
            self._patience(lambda: trial.report(score, step))
        return self._patience(trial.should_prune)

    def close(self, *, pruned: bool) -> None:
        """End the training's trial."""
        from optuna.trial import TrialState

        trial = self._trial
        if trial is None:
            return
        state = TrialState.PRUNED if pruned else TrialState.COMPLETE
        value = None if pruned else self._best
        self._patience(lambda: self._study.tell(trial, value, state=state, skip_if_finished=True))
