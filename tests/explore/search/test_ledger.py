"""Claims on trials: workers that die, that are late, and that all want the last place."""

import time

import optuna
import pytest
from optuna.exceptions import StorageInternalError
from sqlalchemy.exc import OperationalError

from logicjsc.core.errors import ConfigError, ToolNotFoundError, ToolTimeoutError
from logicjsc.explore.search.definition import load_search
from logicjsc.explore.search.ledger import Ledger, TakenOverError, count, open_study
from logicjsc.explore.search.storage import Patience, embedded_url, open_storage, shown

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
    return load_search(tmp_path / "my.toml")


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
    """Take trials for lost after half a second."""
    for ledger in ledgers:
        ledger._heartbeat, ledger._grace = 0.05, 0.5


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
        time.sleep(1)
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
    time.sleep(0.7)
    one.patience.outages += 1
    one.claim()
    assert states(one) == ["RUNNING"] * 3
    time.sleep(0.7)
    one.claim()
    assert states(one)[0] == "FAIL"


def test_an_end_that_was_told_before_the_connection_broke_counts_once(hire, monkeypatch):
    monkeypatch.setattr("logicjsc.explore.search.storage._PAUSE", 0.01)
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
        open_study(load_search(tmp_path / "my.toml"), ledger.storage, ledger.patience, "samples")
    (tmp_path / "my.toml").write_text(SEARCH.replace("trials = 3", "trials = 9"))
    more = load_search(tmp_path / "my.toml")
    assert open_study(more, ledger.storage, ledger.patience, "samples").study_name == "my"


def away():
    raise OperationalError("SELECT", {}, ConnectionError("connection refused\nmore"))


def test_a_storage_is_waited_for(monkeypatch):
    monkeypatch.setattr("logicjsc.explore.search.storage._PAUSE", 0.01)
    calls, waited = [], []

    def call():
        calls.append(1)
        if len(calls) < 4:
            away()
        return "here"

    patience = Patience("sqlite:///x", 10, waited.append)
    assert patience(call) == "here"
    assert (patience.outages, len(waited)) == (1, 3)


def test_a_storage_that_stays_away_is_reported_in_one_sentence(monkeypatch):
    monkeypatch.setattr("logicjsc.explore.search.storage._PAUSE", 0.01)
    with pytest.raises(ToolTimeoutError) as caught:
        Patience("postgresql://a:***@b/c", 0.05)(away)
    assert str(caught.value) == (
        "the storage postgresql://a:***@b/c has been away for 0.05 s (connection refused); "
        "once it is back, the same command goes on"
    )


def test_addresses_of_storages():
    assert shown("postgresql://a:secret@b:5/c") == "postgresql://a:***@b:5/c"
    with pytest.raises(ConfigError, match="no URL"):
        shown("secret")
    with pytest.raises(ConfigError, match="no kind of storage for nosuch://a; use sqlite"):
        open_storage("nosuch://a")
    with pytest.raises(ToolNotFoundError, match="psycopg"):
        open_storage("postgresql+pg8000://a/b")


def test_optuna_is_quiet(hire):
    hire()
    assert optuna.logging.get_verbosity() == optuna.logging.WARNING
