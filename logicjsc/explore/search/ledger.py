"""Who does which trial: nothing is lost when a worker dies, and nothing is counted twice.

Workers on any number of machines share one study. Each trial has one owner, who renews its **beat**
(an attribute of the trial) as long as it lives. A trial whose beat has not changed for a while, on
the clock of whoever looks, is failed and put back as a new trial with the same settings; the
storage lets only one worker do so. Only finished trials count, and each can finish only once.

Optuna's own heartbeat works in databases only, compares clocks of different machines, and is
marked experimental; this one uses nothing but attributes.
"""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from logicjsc.core.errors import ConfigError, LogicjscError
from logicjsc.explore.search.definition import DIRECTIONS, Search
from logicjsc.explore.search.samplers import make_sampler
from logicjsc.explore.search.storage import Patience, is_embedded, open_storage

if TYPE_CHECKING:
    from optuna import Study
    from optuna.storages import BaseStorage
    from optuna.trial import FrozenTrial, Trial

_MISSED_BEATS: Final = 4
_MOST_RETRIES: Final = 3
"""Settings that end their worker this often more are given up."""

BEAT: Final = "beat"
ERROR: Final = "error"
RETRIES: Final = "retries"
RETRY_OF: Final = "retry_of"
RUN: Final = "run"
SURPLUS: Final = "surplus"
_DEFINITION: Final = "definition"


class TakenOverError(Exception):
    """Another worker took our trial for lost; whatever we find is no longer asked for."""


@dataclass(frozen=True)
class Counts:
    """How far a search is.

    Attributes:
        finished: trials that are complete, pruned, refused with an error, or given up.
        occupied: those, and trials that run or wait.
        waiting: trials that wait for a worker.
    """

    finished: int
    occupied: int
    waiting: int


def count(trials: Sequence[FrozenTrial]) -> Counts:
    """Count trials; failed ones count only if they are not tried again."""
    from optuna.trial import TrialState

    finished = sum(
        trial.state in {TrialState.COMPLETE, TrialState.PRUNED} or is_hopeless(trial)
        for trial in trials
    )
    running = sum(trial.state == TrialState.RUNNING for trial in trials)
    waiting = sum(trial.state == TrialState.WAITING for trial in trials)
    return Counts(finished, finished + running + waiting, waiting)


def is_hopeless(trial: FrozenTrial) -> bool:
    """Whether a trial failed and must not be tried again."""
    from optuna.trial import TrialState

    attributes = trial.user_attrs
    return (
        trial.state == TrialState.FAIL
        and SURPLUS not in attributes
        and (ERROR in attributes or attributes.get(RETRIES, 0) >= _MOST_RETRIES)
    )


def open_study(search: Search, storage: BaseStorage, patience: Patience, jets: str) -> Study:
    """The search's study, created if it is new.

    Args:
        search: the search.
        storage: where it is kept.
        patience: how to wait for it.
        jets: fingerprint of the base config's jets.

    Raises:
        ConfigError: the storage holds another search, or one on other jets, under its name.
    """
    import optuna

    directions = [DIRECTIONS[objective] for objective in search.settings.objectives]
    study = patience(
        lambda: optuna.create_study(
            storage=storage, study_name=search.name, directions=directions, load_if_exists=True
        )
    )
    expected = [search.identity(), jets]
    found = patience(lambda: study.user_attrs).get(_DEFINITION)
    if found is None:
        patience(lambda: study.set_user_attr(_DEFINITION, expected))
    elif found != expected:
        what = "with other settings" if found[0] != expected[0] else "on other jets"
        raise ConfigError(
            f"{search.source}: the storage holds a search named {search.name!r} that was begun "
            f"{what}; give this file another name, or take other storage"
        )
    return study


class Ledger:
    """The trials of a search, as one worker sees them.

    Attributes:
        study: the study.
        patience: waits for the storage.
    """

    def __init__(self, search: Search, url: str, folder: Path, patience: Patience) -> None:
        """Open the study; it must have been begun by `open_study`."""
        import optuna

        self.patience = patience
        self._wanted = search.settings.trials
        self._grace = _MISSED_BEATS * search.settings.heartbeat_seconds
        self._heartbeat = search.settings.heartbeat_seconds
        self._seen: dict[int, tuple[object, float, int]] = {}
        self._lock = _claim_lock(url, folder)
        self.storage = patience(lambda: open_storage(url))
        self.study: Study = patience(
            lambda: optuna.load_study(study_name=search.name, storage=self.storage)
        )

    def seed_sampler(self, search: Search, worker: int) -> None:
        """Give the study its sampler.

        Draws must differ from those of other workers, and of this one before it was restarted.
        """
        import numpy as np

        done = len(self.trials())
        entropy = np.random.SeedSequence([search.settings.seed, done, worker])
        seed = int(entropy.generate_state(1)[0])
        settings = search.settings
        self.study.sampler = make_sampler(
            settings.sampler,
            search.sampler_options,
            seed,
            search.source,
            len(settings.objectives),
        )

    def trials(self) -> list[FrozenTrial]:
        """All trials, by number."""
        return self.patience(lambda: self.study.get_trials(deepcopy=False))

    def claim(self) -> Trial | None:
        """A trial of ours to do; None if all are done or being done."""
        self._bury(self.trials())
        counts = count(self.trials())
        if counts.occupied >= self._wanted and not counts.waiting:
            return None
        with self._lock:
            trial = self.patience(self.study.ask)
        self.patience(lambda: trial.set_user_attr(BEAT, uuid.uuid4().hex))
        # Several workers may have seen the last free place; the lowest numbers have it.
        before = [other for other in self.trials() if other.number < trial.number]
        if count(before).occupied >= self._wanted:
            self.patience(lambda: trial.set_user_attr(SURPLUS, True))
            self.fail(trial)
            return None
        return trial

    def complete(self, trial: Trial, values: Sequence[float]) -> None:
        """End a trial with the values of its objectives."""
        self._tell(trial, values=values)

    def prune(self, trial: Trial) -> None:
        """End a trial that was stopped because it was hopeless."""
        from optuna.trial import TrialState

        self._tell(trial, state=TrialState.PRUNED)

    def fail(self, trial: Trial, error: str = "") -> None:
        """End a trial without values; with an error it is not tried again."""
        from optuna.exceptions import UpdateFinishedTrialError
        from optuna.trial import TrialState

        if error:
            try:
                self.patience(lambda: trial.set_user_attr(ERROR, error))
            except UpdateFinishedTrialError as late:
                raise TakenOverError from late
        self._tell(trial, state=TrialState.FAIL)

    def release(self, trial: Trial) -> None:
        """Put back a trial that we cannot finish, without waiting for the storage."""
        self.patience.seconds = 0.0
        frozen = self.study.get_trials(deepcopy=False)[trial.number]
        self._put_back(frozen, retries=frozen.user_attrs.get(RETRIES, 0))

    @contextmanager
    def beating(self, trial: Trial) -> Iterator[threading.Event]:
        """Renew a trial's beat while the block runs; yields what is set when it is taken over."""
        stop, taken = threading.Event(), threading.Event()

        def beat() -> None:
            from optuna.exceptions import UpdateFinishedTrialError

            # That the storage or the listener is gone, the worker hears as well.
            with suppress(LogicjscError, OSError):
                while not stop.wait(self._heartbeat):
                    try:
                        self.patience(lambda: trial.set_user_attr(BEAT, uuid.uuid4().hex))
                    except UpdateFinishedTrialError:
                        taken.set()
                        return

        thread = threading.Thread(target=beat, daemon=True)
        thread.start()
        try:
            yield taken
        finally:
            stop.set()
            thread.join()

    def _bury(self, trials: Sequence[FrozenTrial]) -> None:
        """Put back trials whose owner gave no sign of life for too long."""
        from optuna.trial import TrialState

        now, outages = time.monotonic(), self.patience.outages
        running = [trial for trial in trials if trial.state == TrialState.RUNNING]
        for trial in running:
            beat = trial.user_attrs.get(BEAT)
            known = self._seen.get(trial.number)
            # While the storage was away nobody's beat could be seen.
            if known is None or (known[0], known[2]) != (beat, outages):
                self._seen[trial.number] = (beat, now, outages)
            elif now - known[1] > self._grace:
                self._put_back(trial, retries=trial.user_attrs.get(RETRIES, 0) + 1)

    def _put_back(self, trial: FrozenTrial, retries: int) -> None:
        from optuna.exceptions import UpdateFinishedTrialError
        from optuna.trial import TrialState

        with self._lock:
            try:
                self.patience(lambda: self.study.tell(trial.number, state=TrialState.FAIL))
            except (ValueError, UpdateFinishedTrialError):
                return  # somebody else was faster, or its owner has finished it
            if retries > _MOST_RETRIES:
                return
            # Whoever dies right here loses the settings, not the place: another trial is drawn.
            attributes = {RETRIES: retries, RETRY_OF: trial.user_attrs.get(RETRY_OF, trial.number)}
            self.patience(lambda: self.study.enqueue_trial(trial.params, user_attrs=attributes))

    def _tell(self, trial: Trial, **outcome: object) -> None:
        from optuna.exceptions import UpdateFinishedTrialError

        def tell() -> None:
            try:
                self.study.tell(trial, **outcome)  # type: ignore[arg-type]  # one of two forms
            except (ValueError, UpdateFinishedTrialError) as error:
                # It was told before the connection broke, or the trial was taken over.
                state = self.study.get_trials(deepcopy=False)[trial.number].state
                if not state.is_finished():
                    raise
                wanted = outcome.get("state")
                if state.name == "FAIL" and (wanted is None or wanted != state):
                    raise TakenOverError from error

        self.patience(tell)


def _claim_lock(url: str, folder: Path) -> AbstractContextManager[object]:
    """Servers lock rows when a waiting trial is taken; SQLite does not."""
    if not is_embedded(url):
        return nullcontext()
    from filelock import FileLock

    return FileLock(folder / ".claims.lock")
