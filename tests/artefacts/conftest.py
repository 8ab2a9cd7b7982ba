from __future__ import annotations

import pytest
from reference.small_points import write_small_point
from reference.small_road import columns, make
from reference.small_tables import write_csv


@pytest.fixture(autouse=True)
def _own_cache(monkeypatch, cache):
    """The tests' own cache of found LUTs and compiled programs."""
    monkeypatch.setenv("LOGICJSC_CACHE", str(cache))


@pytest.fixture(scope="session")
def road(tmp_path_factory, cache):
    """Makes small runs that share no folder."""

    def made(*options, beside=None):
        folder = tmp_path_factory.mktemp("road") if beside is None else beside.folder.parent
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("LOGICJSC_CACHE", str(cache))
            return make(folder / f"run-{'-'.join(map(str, options))}", *options)

    return made


@pytest.fixture(scope="session")
def original(road):
    return road("works", 0)


@pytest.fixture
def made(original):
    """A small run of a binary target; its table is put back before every test."""
    write_csv(original.table, columns())
    return original


@pytest.fixture(scope="session")
def other_split(road, original):
    """The same samples, divided by another seed."""
    return road("works", 7, beside=original)


@pytest.fixture(scope="session")
def other_target(road):
    """Another target of equal features."""
    return road("price", 0)


@pytest.fixture(scope="session")
def point(tmp_path_factory, cache):
    """A point of the zoo on the bundled jets."""
    folder = tmp_path_factory.mktemp("zoo") / "small"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LOGICJSC_CACHE", str(cache))
        write_small_point(folder)
    return folder
