"""Who does which trial: nothing is lost when a worker dies, and nothing is counted twice.

Workers on any number of machines share one study. Each trial has one owner, who renews its **beat**
(an attribute of the trial) as long as it lives. A trial whose beat has not changed for a while, on
the clock of the worker that checks it, is failed and put back as a new trial with the same
settings; the storage lets only one worker do so. A trial and those that repeat it stand for one
**place** of the study; a place is finished by the first of them that ends. The places of a grid are
its entries, in the order in which trials are created, which the storage numbers for all machines
alike.

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

from logicjsc import __version__
from logicjsc.core.errors import LogicjscError
from logicjsc.explore.study.definition import Study
from logicjsc.explore.study.ownership import JUDGED_BY, mark_in
from logicjsc.explore.study.samplers import make_sampler
from logicjsc.explore.study.storage import Patience, is_embedded, open_storage

if TYPE_CHECKING:
    import optuna
    from optuna.trial import FrozenTrial, Trial

_MISSED_BEATS: Final = 4
_MOST_RETRIES: Final = 3
"""Settings that end their worker this often more are given up."""

AFTER: Final = "after"
BEAT: Final = "beat"
ERROR: Final = "error"
MEASURED: Final = "measured"
RETRIES: Final = "retries"
RETRY_OF: Final = "retry_of"
RUN: Final = "run"
SURPLUS: Final = "surplus"


class TakenOverError(Exception):
    """Another worker took our trial for lost; whatever we find is no longer asked for."""


@dataclass(frozen=True)
class Counts:
    """How far a study is.

    Attributes:
        finished: places of which a trial is complete, pruned, refused with an error, or given up.
        occupied: those, and places with a trial that runs or waits.
        waiting: trials that wait for a worker.
    """

    finished: int
    occupied: int
    waiting: int


def places(trials: Sequence[FrozenTrial]) -> dict[int, list[FrozenTrial]]:
    """Trials by place, which is the number of the first of them, in order."""
    found: dict[int, list[FrozenTrial]] = {}
    for trial in sorted(trials, key=lambda trial: trial.number):
        if SURPLUS not in trial.user_attrs:
            found.setdefault(trial.user_attrs.get(RETRY_OF, trial.number), []).append(trial)
    return dict(sorted(found.items()))


def count(trials: Sequence[FrozenTrial]) -> Counts:
    """Count places; one whose trials all failed counts only if it is not tried again."""
    from optuna.trial import TrialState

    finished = opened = 0
    for of_place in places(trials).values():
        if _is_open(of_place):
            opened += 1
        elif is_finished(of_place):
            finished += 1
    waiting = sum(trial.state == TrialState.WAITING for trial in trials)
    return Counts(finished, finished + opened, waiting)


def is_finished(of_place: Sequence[FrozenTrial]) -> bool:
    """Whether a place needs no more trials: one has come to its end, or the last is hopeless."""
    from optuna.trial import TrialState

    ended = {TrialState.COMPLETE, TrialState.PRUNED}
    return any(trial.state in ended for trial in of_place) or is_hopeless(of_place[-1])


def is_hopeless(trial: FrozenTrial) -> bool:
    """Whether a trial failed and must not be tried again."""
    from optuna.trial import TrialState

    attributes = trial.user_attrs
    return (
        trial.state == TrialState.FAIL
        and SURPLUS not in attributes
        and (ERROR in attributes or attributes.get(RETRIES, 0) >= _MOST_RETRIES)
    )


def _is_open(of_place: Sequence[FrozenTrial]) -> bool:
    return any(not trial.state.is_finished() for trial in of_place)


class Ledger:
    """The trials of a study, as one worker sees them.

    Attributes:
        study: the study in its storage.
        patience: waits for the storage.
    """

    def __init__(self, study: Study, url: str, folder: Path, patience: Patience) -> None:
        """Open the study; it must have been begun by `ownership.open_study`."""
        import optuna

        self.patience = patience
        self._definition = study
        self._known: dict[str, FrozenTrial] | None = None
        self._entries = len(study.entries) if study.is_grid else None
        self._wanted = study.trials
        self._grace = _MISSED_BEATS * study.settings.heartbeat_seconds
        self._heartbeat = study.settings.heartbeat_seconds
        self._seen: dict[int, tuple[object, float, int]] = {}
        self._lock = _claim_lock(url, folder)
        self.storage = patience(lambda: open_storage(url))
        self.study: optuna.Study = patience(
            lambda: optuna.load_study(study_name=study.name_in_storage, storage=self.storage)
        )

    def seed_sampler(self, study: Study, worker: int) -> None:
        """Give the study its sampler.

        Draws must differ from those of other workers, and of this one before it was restarted.
        """
        import numpy as np

        if study.is_grid:
            return
        done = len(self.trials())
        entropy = np.random.SeedSequence([study.search.seed, done, worker])
        self.study.sampler = make_sampler(
            study.search.sampler,
            study.sampler_options,
            int(entropy.generate_state(1)[0]),
            study.source,
            len(study.settings.objectives),
        )

    def trials(self) -> list[FrozenTrial]:
        """All trials, by number."""
        return self.patience(lambda: self.study.get_trials(deepcopy=False))

    def claim(self) -> Trial | None:
        """A trial of ours to do; None if all are done or being done."""
        self._recover(self.trials())
        trials = self.trials()
        counts = count(trials)
        if not counts.waiting:
            if self._is_full(trials):
                self._repeat_lost(trials)
            if counts.occupied >= self._wanted:
                return None
        with self._lock:
            trial = self.patience(self.study.ask)
        self.patience(lambda: trial.set_user_attr(BEAT, uuid.uuid4().hex))
        if self._is_surplus(trial):
            self.patience(lambda: trial.set_user_attr(SURPLUS, True))
            self.fail(trial)
            return None
        return trial

    def entry(self, trial: Trial) -> int:
        """Number of a grid's entry that a trial is for."""
        own = trial.user_attrs.get(RETRY_OF, trial.number)
        return list(_first_trials(self.trials())).index(own)

    def known(self, run: str) -> FrozenTrial | None:
        """The complete trial of a run in what the file of a grid was before it was extended.

        Equal settings and samples make equal runs, so that none is made twice, on any machine.
        """
        if self._known is None:
            self._known = self.patience(self._known_trials)
        return self._known.get(run)

    def _known_trials(self) -> dict[str, FrozenTrial]:
        import optuna
        from optuna.trial import TrialState

        study, found = self._definition, {}
        for name in optuna.get_all_study_names(self.storage):
            if not name.startswith(f"{study.name}-") or name == self.study.study_name:
                continue
            other = optuna.load_study(study_name=name, storage=self.storage)
            mark = mark_in(other)
            if mark is None or mark[2] != __version__:
                continue  # of another program or version
            if other.user_attrs.get(JUDGED_BY) == study.judged_by:
                for trial in other.get_trials(states=(TrialState.COMPLETE,)):
                    if len(trial.values) == len(study.settings.objectives):
                        found[str(trial.user_attrs.get(RUN))] = trial
        return found

    def retry_failed(self) -> None:
        """Put a grid's trials back that failed with an error: what was wrong may be mended."""
        for of_place in places(self.trials()).values():
            if not _is_open(of_place) and is_finished(of_place) and not _has_ended(of_place):
                self._repeat(of_place[-1], retries=0)

    def close(self) -> None:
        """Close the connections to the storage."""
        self.storage.engine.dispose()

    def _is_full(self, trials: Sequence[FrozenTrial]) -> bool:
        """Whether every entry of a grid has its first trial."""
        return self._entries is not None and len(_first_trials(trials)) >= self._entries

    def _repeat_lost(self, trials: Sequence[FrozenTrial]) -> None:
        """Put back entries of a grid whose trials are lost: their worker died putting them back."""
        for of_place in places(trials).values():
            if not _is_open(of_place) and not is_finished(of_place):
                self._repeat(of_place[-1], retries=of_place[-1].user_attrs.get(RETRIES, 0) + 1)

    def _is_surplus(self, trial: Trial) -> bool:
        """Whether others do what a trial of ours is for; the lowest numbers have it."""
        before = [other for other in self.trials() if other.number < trial.number]
        place = trial.user_attrs.get(RETRY_OF)
        if place is not None:
            others = places(before).get(place, [])
            # Two may have put back the same trial.
            twice = bool(others) and others[-1].number > trial.user_attrs.get(AFTER, place)
            if twice or _is_open(others) or _has_ended(others):
                return True
        if self._entries is not None:
            return place is None and len(_first_trials(before)) >= self._entries
        return count(before).occupied >= self._wanted

    def _repeat(self, trial: FrozenTrial, retries: int) -> None:
        """Put a trial that failed back, as a new one with the same settings."""
        place = trial.user_attrs.get(RETRY_OF, trial.number)
        attributes = {RETRIES: retries, RETRY_OF: place, AFTER: trial.number}
        with self._lock:
            self.patience(lambda: self.study.enqueue_trial(trial.params, user_attrs=attributes))

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

    def _recover(self, trials: Sequence[FrozenTrial]) -> None:
        """Put back trials whose owner gave no sign of life for too long."""
        from optuna.trial import TrialState

        now, outages = time.monotonic(), self.patience.outages
        running = [trial for trial in trials if trial.state == TrialState.RUNNING]
        for trial in running:
            beat = trial.user_attrs.get(BEAT)
            known = self._seen.get(trial.number)
            # While the storage could not be reached, no beat could be read.
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
            # A worker that dies at this point loses the settings, not the place: another trial is
            # drawn or, of a grid, the entry is put back later.
            if retries <= _MOST_RETRIES:
                self._repeat(trial, retries)

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

        with self._lock:
            self.patience(tell)


def _first_trials(trials: Sequence[FrozenTrial]) -> dict[int, FrozenTrial]:
    """Trials that repeat no other, by number; the place of each among them is its entry."""
    return {
        trial.number: trial
        for trial in sorted(trials, key=lambda trial: trial.number)
        if RETRY_OF not in trial.user_attrs
    }


def _has_ended(of_place: Sequence[FrozenTrial]) -> bool:
    return any(trial.state.name in {"COMPLETE", "PRUNED"} for trial in of_place)


def _claim_lock(url: str, folder: Path) -> AbstractContextManager[object]:
    """Servers lock rows when a waiting trial is taken; SQLite does not."""
    if not is_embedded(url):
        return nullcontext()
    from filelock import FileLock

    return FileLock(folder / ".claims.lock")
