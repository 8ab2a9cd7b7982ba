"""Storages that go away, stay away, or are none."""

import os

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


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://u:ge@heim@h/db",
        "postgresql://u:ge/heim@h/db",
        "postgresql://u:ge?heim@h/db",
        "postgresql://u:ge#heim@h/db",
        "postgresql://u:heim@h:port/db",
        "heim",
    ],
)
def test_an_ambiguous_url_is_refused_without_its_secret(url):
    try:
        name = shown(url)
    except ConfigError as error:
        name = str(error)
    assert "heim" not in name


def test_passwords_among_the_options_are_hidden():
    name = shown("postgresql://h/db?user=u&password=geheim&sslpassword=geheim")
    assert name == "postgresql://h/db?password=***&sslpassword=***&user=u"


@pytest.mark.parametrize("name", ["a b", "a?b", "a#b", "a%20b", "a@b", "größe", "a:b@c"])
def test_the_embedded_database_lies_in_its_folder_whatever_that_is_called(tmp_path, name):
    folder = tmp_path / name
    folder.mkdir()
    open_storage(embedded_url(folder)).engine.dispose()
    assert [path.name for path in folder.iterdir()] == ["study.db"]


def test_a_folder_whose_name_is_no_utf_8(tmp_path):
    with pytest.raises(ConfigError, match=r"is a name that is no UTF-8.*choose another --folder"):
        embedded_url(tmp_path / os.fsdecode(b"donn\xe9es"))
