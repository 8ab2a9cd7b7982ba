"""Storages that go away, stay away, or are none."""

import optuna
import pytest
from sqlalchemy.exc import OperationalError

from logicjsc.core.errors import ConfigError, ToolNotFoundError, ToolTimeoutError
from logicjsc.explore.study.storage import (
    DATABASE,
    Patience,
    embedded_url,
    is_embedded,
    open_storage,
    shown,
)


def away():
    raise OperationalError("SELECT", {}, ConnectionError("connection refused\nmore"))


def test_a_storage_is_waited_for(monkeypatch):
    monkeypatch.setattr("logicjsc.explore.study.storage._PAUSE", 0.01)
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
    monkeypatch.setattr("logicjsc.explore.study.storage._PAUSE", 0.01)
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


def test_the_embedded_storage_is_a_file_in_the_folder_and_optuna_is_quiet(tmp_path):
    url = embedded_url(tmp_path)
    assert is_embedded(url)
    assert not is_embedded("postgresql://a@b/c")
    storage = open_storage(url)
    storage.engine.dispose()
    assert (tmp_path / DATABASE).is_file()
    assert optuna.logging.get_verbosity() == optuna.logging.WARNING
