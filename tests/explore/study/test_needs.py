"""A PostgreSQL server is found on the PATH, else the newest where Debian keeps them."""

import pytest

from logicjsc.core.diagnosis import examine
from logicjsc.explore.study import needs


@pytest.fixture
def server():
    (need,) = [need for need in needs.NEEDS if need.name == "PostgreSQL server"]
    return need


def test_the_newest_of_debian_s_is_taken(server, tmp_path, monkeypatch, program):
    monkeypatch.setenv("PATH", str(tmp_path))
    for version in ("9.6", "15", "101"):
        path = tmp_path / version / "bin" / "postgres"
        path.parent.mkdir(parents=True)
        program("postgres", f"echo 'postgres (PostgreSQL) {version}.3'").rename(path)
    monkeypatch.setattr(needs, "_PLACE_OF_DEBIAN", tmp_path)
    found = examine(server).found
    assert (found.version, found.path) == ("101.3", str(path))


def test_the_one_on_the_path_goes_first_and_none_is_said(server, tmp_path, monkeypatch, program):
    monkeypatch.setattr(needs, "_PLACE_OF_DEBIAN", tmp_path / "none")
    own = program("postgres", "echo 'postgres (PostgreSQL) 16'")
    monkeypatch.setenv("PATH", str(own.parent))
    assert examine(server).found.version == "16"
    own.unlink()
    assert examine(server).problem == (
        "postgres is not on the PATH; install the Debian package postgresql, or use a server of "
        "another machine"
    )


def test_a_missing_driver_says_how_to_get_it(monkeypatch):
    (need,) = [need for need in needs.NEEDS if need.name == "PostgreSQL driver"]
    assert "psycopg" in examine(need).found.packages
    monkeypatch.setattr(needs, "_DRIVER", "no-such-package")
    assert examine(need).problem == (
        "the Python package no-such-package is not installed; pip install 'psycopg[binary]'"
    )
