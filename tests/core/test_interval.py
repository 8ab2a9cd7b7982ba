"""Costly things take a tenth of the time at most."""

import pytest

from logicjsc.core.interval import Interval


@pytest.fixture
def clock(monkeypatch):
    """A clock that tests set."""
    now = [100.0]
    monkeypatch.setattr("logicjsc.core.interval.time.perf_counter", lambda: now[0])
    return now


def test_it_is_due_at_first_and_then_when_ten_times_its_cost_has_passed(clock):
    interval = Interval()
    assert interval.is_due()
    with interval.timed():
        clock[0] += 2.0
    assert not interval.is_due()
    clock[0] += 19.9
    assert not interval.is_due()
    clock[0] += 0.2
    assert interval.is_due()


def test_what_fails_counts_as_not_done(clock):
    interval = Interval()

    def fail():
        with interval.timed():
            clock[0] += 2.0
            raise OSError("full")

    with pytest.raises(OSError, match="full"):
        fail()
    assert interval.is_due()
