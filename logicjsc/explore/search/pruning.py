"""Stopping hopeless trainings, also where several objectives are searched at once.

Optuna prunes searches of one objective only. So trainings are also kept as trials of a second
study, ``NAME/pruning``, whose one objective is the validation accuracy by epoch; any of Optuna's
pruners works on it, with what all machines reported.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from logicjsc.explore.search.definition import Search
from logicjsc.explore.search.samplers import make_pruner
from logicjsc.explore.search.storage import Patience

if TYPE_CHECKING:
    from optuna.storages import BaseStorage


class Judge:
    """Decides about one training."""

    def __init__(self, search: Search, storage: BaseStorage, patience: Patience) -> None:
        """Open the second study and begin a trial in it, if there is a pruner at all."""
        import optuna

        self._patience = patience
        self._best, self._last = 0.0, 0
        self._trial = None
        if search.settings.pruner == "none":
            return
        pruner = make_pruner(search.settings.pruner, search.pruner_options, search.source)
        self._study = patience(
            lambda: optuna.create_study(
                storage=storage,
                study_name=f"{search.name}/pruning",
                direction="maximize",
                load_if_exists=True,
                sampler=optuna.samplers.RandomSampler(),
                pruner=pruner,
            )
        )
        self._trial = patience(self._study.ask)

    def stops(self, epoch: int, accuracy: float) -> bool:
        """Report an epoch's validation accuracy; whether the training is hopeless."""
        trial = self._trial
        if trial is None:
            return False
        if epoch > self._last:  # an epoch may be repeated after an interruption
            self._best, self._last = max(self._best, accuracy), epoch
            self._patience(lambda: trial.report(accuracy, epoch))
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
