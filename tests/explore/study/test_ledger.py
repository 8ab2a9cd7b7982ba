"""Claims on trials: workers that die, that are late, and that all want the last place."""

import random
import time

import pytest
from optuna.exceptions import StorageInternalError
from optuna.trial import TrialState

from logicjsc.core.errors import ConfigError
from logicjsc.explore.study.definition import load_study
from logicjsc.explore.study.ledger import Ledger, TakenOverError, count, places
from logicjsc.explore.study.ownership import open_study
from logicjsc.explore.study.storage import Patience, embedded_url, open_storage

SEARCH = """
base = "jsc-s"
trials = 3
objectives = ["accuracy", "luts"]
sampler = "random"
[space]
"training.learning_rate" = { low = 1e-3, high = 1e-2 }
"""


@pytest.fixture
def search(tmp_path):
    (tmp_path / "my.toml").write_text(SEARCH)
    return load_study(tmp_path / "my.toml")


@pytest.fixture
def hire(search, tmp_path):
    """Makes workers of one search."""
    url = embedded_url(tmp_path)
    storage = open_storage(url)
    open_study(search, storage, Patience("test", 1), "samples")
    ledgers = []

    def hire(seed=0):
        ledger = Ledger(search, url, tmp_path, Patience("test", 1))
        ledger.seed_sampler(search, seed)
        ledgers.append(ledger)
        return ledger

    yield hire
    for opened in (storage, *(ledger.storage for ledger in ledgers)):
        opened.engine.dispose()


def hurry(*ledgers):
    """Take trials for lost after a few seconds: on a busy machine beats come late."""
    for ledger in ledgers:
        ledger._heartbeat, ledger._grace = 0.05, 3.0


def begin(trial):
    return trial.suggest_float("training.learning_rate", 1e-3, 1e-2)


def states(ledger):
    return [trial.state.name for trial in ledger.trials()]


def test_no_more_trials_are_begun_than_wanted_and_each_finishes_once(hire):
    one, two = hire(), hire(1)
    mine = [one.claim(), two.claim(), one.claim()]
    assert [trial.number for trial in mine] == [0, 1, 2]
    assert one.claim() is None
    assert two.claim() is None
    for trial in mine:
        begin(trial)
        one.complete(trial, (0.5, 10.0))
    assert count(one.trials()).finished == 3
    assert one.claim() is None
    with pytest.raises(ValueError, match="COMPLETE"):
        one.study.tell(0, (0.1, 1.0))


def test_of_two_who_see_the_last_place_the_lower_number_has_it(hire, monkeypatch):
    one, two = hire(), hire(1)
    for _ in range(2):
        assert one.claim() is not None
    # Worker two asks after one has looked, and before one asks.
    ask, taken = one.study.ask, []
    monkeypatch.setattr(one.study, "ask", lambda: taken.append(two.study.ask()) or ask())
    assert one.claim() is None
    assert taken[0].number == 2
    assert states(one) == ["RUNNING", "RUNNING", "RUNNING", "FAIL"]
    counts = count(one.trials())
    assert (counts.finished, counts.occupied) == (0, 3)


def test_a_dead_workers_trial_is_repeated_once_with_its_settings(hire):
    dead, one, two = hire(), hire(1), hire(2)
    hurry(one, two)
    trial = dead.claim()
    rate = begin(trial)
    live = [one.claim(), two.claim()]
    with one.beating(live[0]), two.beating(live[1]):
        for worker in (one, two):  # both have seen the dead one's last beat
            assert worker.claim() is None
        time.sleep(3.5)
        again = one.claim()
        assert two.claim() is None
    assert again is not None
    assert begin(again) == rate
    assert again.user_attrs["retry_of"] == 0
    assert states(one) == ["FAIL", "RUNNING", "RUNNING", "RUNNING"]
    # The dead one wakes up: what it has found is not counted.
    with pytest.raises(TakenOverError):
        dead.complete(trial, (0.9, 1.0))
    one.complete(again, (0.5, 10.0))
    assert count(one.trials()).finished == 1


def test_nobody_is_taken_for_lost_because_the_storage_was_away(hire):
    owner, one = hire(), hire(1)
    hurry(one)
    begin(owner.claim())
    one.claim()
    time.sleep(3.2)
    one.patience.outages += 1
    one.claim()
    assert states(one) == ["RUNNING"] * 3
    time.sleep(3.2)
    one.claim()
    assert states(one)[0] == "FAIL"


def test_an_end_that_was_told_before_the_connection_broke_counts_once(hire, monkeypatch):
    monkeypatch.setattr("logicjsc.explore.study.storage._PAUSE", 0.01)
    one = hire()
    trial = one.claim()
    begin(trial)
    tell, told = one.study.tell, []

    def tell_and_break(*arguments, **outcome):
        tell(*arguments, **outcome)
        told.append(1)
        raise StorageInternalError("the server closed the connection")

    monkeypatch.setattr(one.study, "tell", tell_and_break)
    one.complete(trial, (0.5, 10.0))
    assert told == [1]
    assert one.trials()[0].values == [0.5, 10.0]
    assert one.patience.outages == 1


def test_settings_that_kill_every_worker_are_given_up(hire):
    ledger = hire()
    for attempt in range(4):
        trial = ledger.claim()
        begin(trial)
        assert trial.user_attrs.get("retries", 0) == attempt
        ledger._put_back(ledger.trials()[trial.number], retries=attempt + 1)
    counts = count(ledger.trials())
    assert (counts.finished, counts.occupied, counts.waiting) == (1, 1, 0)


def test_a_released_trial_waits_for_the_next_worker(hire):
    one, two = hire(), hire(1)
    rate = begin(trial := one.claim())
    one.release(trial)
    assert begin(two.claim()) == rate
    assert states(two) == ["FAIL", "RUNNING"]


def test_a_refused_trial_counts_and_is_not_repeated(hire):
    ledger = hire()
    trial = ledger.claim()
    begin(trial)
    ledger.fail(trial, "batch_size is too large")
    counts = count(ledger.trials())
    assert (counts.finished, counts.waiting) == (1, 0)


def test_an_owner_learns_that_its_trial_was_taken_over(hire):
    one = hire()
    hurry(one)
    trial = one.claim()
    with one.beating(trial) as taken:
        one._put_back(one.trials()[0], retries=1)
        assert taken.wait(5)


def test_draws_differ_between_workers_and_after_a_restart(hire):
    rates = [begin(hire(worker).study.ask()) for worker in (0, 1, 0)]
    assert len(set(rates)) == 3


def test_another_search_or_other_samples_under_the_name_are_refused(hire, search, tmp_path):
    ledger = hire()
    with pytest.raises(ConfigError, match="named 'my' that was begun on other samples; give this"):
        open_study(search, ledger.storage, ledger.patience, "others")
    (tmp_path / "my.toml").write_text(SEARCH.replace("1e-2", "2e-2"))
    with pytest.raises(ConfigError, match="begun with other settings"):
        open_study(load_study(tmp_path / "my.toml"), ledger.storage, ledger.patience, "samples")
    (tmp_path / "my.toml").write_text(SEARCH.replace("trials = 3", "trials = 9"))
    more = load_study(tmp_path / "my.toml")
    assert open_study(more, ledger.storage, ledger.patience, "samples").study_name == "my"


GRID = """
base = "jsc-s"
seeds = [0, 1]
[grid]
"training.epochs" = [2, 3]
"""


@pytest.fixture
def grid(tmp_path):
    (tmp_path / "grid.toml").write_text(GRID)
    return load_study(tmp_path / "grid.toml")


@pytest.fixture
def staff(tmp_path):
    """Makes workers of any study."""
    url, opened = embedded_url(tmp_path), []

    def staff(study, workers=1):
        storage = open_storage(url)
        open_study(study, storage, Patience("test", 1), "samples")
        storage.engine.dispose()
        ledgers = [Ledger(study, url, tmp_path, Patience("test", 1)) for _ in range(workers)]
        opened.extend(ledgers)
        return ledgers

    yield staff
    for ledger in opened:
        ledger.close()


def of_places(ledger):
    """States of the trials of each place."""
    return [[trial.state.name for trial in found] for found in places(ledger.trials()).values()]


def test_the_entries_of_a_grid_are_done_in_order_and_each_once(grid, staff):
    one, two = staff(grid, 2)
    mine = [ledger.claim() for ledger in (one, two, two, one)]
    assert [one.entry(trial) for trial in mine] == [0, 1, 2, 3]
    assert one.claim() is None
    assert two.claim() is None
    for trial in mine:
        two.complete(trial, [0.5])
    assert count(one.trials()).finished == 4
    assert one.claim() is None
    assert len(one.trials()) == 4


def test_of_two_who_see_the_last_entry_one_does_it(grid, staff, monkeypatch):
    one, two = staff(grid, 2)
    mine = [one.claim() for _ in range(3)]
    ask, taken = one.study.ask, []
    monkeypatch.setattr(one.study, "ask", lambda: taken.append(two.study.ask()) or ask())
    assert one.claim() is None
    assert states(one) == ["RUNNING"] * 4 + ["FAIL"]
    assert two.entry(taken[0]) == 3
    for trial in (*mine, taken[0]):
        two.complete(trial, [0.5])
    # Surplus trials stand for no entry.
    assert of_places(one) == [["COMPLETE"]] * 4


def test_a_dead_workers_entry_is_done_by_another(grid, staff):
    dead, one, two = staff(grid, 3)
    lost = dead.claim()
    live = [one.claim(), two.claim(), two.claim()]
    hurry(one, two)
    with one.beating(live[0]), two.beating(live[1]), two.beating(live[2]):
        assert one.claim() is two.claim() is None
        time.sleep(3.5)
        again = one.claim()
        assert two.claim() is None
    assert one.entry(again) == one.entry(lost) == 0
    with pytest.raises(TakenOverError):
        dead.complete(lost, [0.9])
    for trial in (*live, again):
        one.complete(trial, [0.5])
    assert of_places(one) == [["FAIL", "COMPLETE"], *[["COMPLETE"]] * 3]


def test_an_entry_whose_worker_died_putting_it_back_is_not_forgotten(grid, staff):
    one, two = staff(grid, 2)
    trials = [one.claim() for _ in range(4)]
    one.study.tell(trials[1].number, state=TrialState.FAIL)
    again = two.claim()
    assert two.entry(again) == 1
    assert again.user_attrs["retries"] == 1
    assert one.claim() is None


def test_an_entry_that_two_put_back_is_repeated_once(grid, staff):
    one, two = staff(grid, 2)
    trials = [one.claim() for _ in range(4)]
    for trial in trials[1:]:
        one.complete(trial, [0.5])
    one._put_back(one.trials()[0], retries=1)
    two._repeat(two.trials()[0], retries=1)
    again = one.claim()
    assert one.entry(again) == 0
    assert two.claim() is None
    # Neither is it once the first of them has failed for good.
    two._repeat(two.trials()[0], retries=1)
    one.fail(again, "no such file")
    assert two.claim() is None
    assert count(one.trials()).finished == 4


def test_failed_entries_are_tried_again_once_however_many_ask_for_it(grid, staff):
    one, two = staff(grid, 2)
    trials = [one.claim() for _ in range(4)]
    one.fail(trials[2], "no such file")
    for trial in (trials[0], trials[1], trials[3]):
        one.complete(trial, [0.5])
    assert count(one.trials()).finished == 4
    one.retry_failed()
    two.retry_failed()
    again = one.claim()
    assert one.entry(again) == 2
    assert two.claim() is None
    one.fail(again, "no such file either")
    assert two.claim() is None
    assert count(one.trials()).finished == 4
    two.retry_failed()
    two.complete(two.claim(), [0.5])
    assert of_places(one)[2] == ["FAIL", "FAIL", "COMPLETE"]
    one.retry_failed()
    assert one.claim() is None


def test_a_longer_grid_knows_what_was_done_before(grid, staff, tmp_path):
    (one,) = staff(grid)
    for number in range(3):
        trial = one.claim()
        trial.set_user_attr("run", f"run{number}")
        (one.complete(trial, [number / 10]) if number else one.fail(trial, "no such file"))
    assert one.known("run1") is None
    (tmp_path / "grid.toml").write_text(GRID.replace("[2, 3]", "[2, 3, 4]"))
    (more,) = staff(load_study(tmp_path / "grid.toml"))
    assert len(more.trials()) == 0
    assert (more.known("run1").values, more.known("run2").values) == ([0.1], [0.2])
    assert more.known("run0") is more.known("run3") is None
    # What is measured otherwise must be measured again.
    (tmp_path / "grid.toml").write_text('objectives = ["loss"]\n' + GRID)
    (other,) = staff(load_study(tmp_path / "grid.toml"))
    assert other.known("run1") is None


class Workers:
    """Workers that die, are late, fail and finish by chance."""

    def __init__(self, ledgers, seed):
        self.ledgers, self.rng = ledgers, random.Random(seed)  # noqa: S311 - no secret
        self.mine, self.dead, self.failed = {}, [], set()
        for worker in ledgers:
            worker._grace = 1e9

    def act(self):
        worker, rng = self.rng.choice(self.ledgers), self.rng
        if worker not in self.mine:
            trial = worker.claim()
            if trial is not None:
                self.mine[worker] = trial
        elif rng.random() < 0.4:
            self.die(worker)
        else:
            self.end(worker)
        if self.dead and rng.random() < 0.5:
            late, trial = self.dead.pop(rng.randrange(len(self.dead)))
            with pytest.raises(TakenOverError):
                late.complete(trial, [0.9])

    def die(self, worker):
        """Another takes the trial for lost; it may die before it has put it back."""
        trial = self.mine.pop(worker)
        other = next(entry for entry in self.ledgers if entry is not worker)
        frozen = other.trials()[trial.number]
        if self.rng.random() < 0.5:
            other.study.tell(trial.number, state=TrialState.FAIL)
        else:
            other._put_back(frozen, frozen.user_attrs.get("retries", 0))
        self.dead.append((worker, trial))

    def end(self, worker):
        trial = self.mine.pop(worker)
        if self.rng.random() < 0.2:
            self.failed.add(worker.entry(trial))
            worker.fail(trial, "no such file")
        else:
            worker.complete(trial, [0.5])

    def finish(self, wanted):
        for worker in list(self.mine):
            self.end(worker)
        worker = self.ledgers[0]
        while count(worker.trials()).finished < wanted:
            trial = worker.claim()
            if trial is not None:
                worker.complete(trial, [0.5])


@pytest.mark.parametrize("seed", range(4))
def test_whoever_dies_or_is_late_every_entry_is_done_and_none_twice(tmp_path, staff, seed):
    (tmp_path / "grid.toml").write_text(GRID.replace("[2, 3]", "[2, 3, 4]"))
    workers = Workers(staff(load_study(tmp_path / "grid.toml"), 3), seed)
    for _ in range(60):
        workers.act()
    workers.finish(6)
    found = list(places(workers.ledgers[0].trials()).values())
    assert len(found) == 6
    for entry, trials in enumerate(found):
        complete = [trial for trial in trials if trial.state == TrialState.COMPLETE]
        assert len(complete) == (entry not in workers.failed)
        assert all(trial.values == [0.5] for trial in complete)
