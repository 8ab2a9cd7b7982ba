from __future__ import annotations

import pytest

import logicjsc as lj

SMALL = {
    "name": "small",
    "network": {"hidden": [12], "input_bits": 2, "bits": [2, 4], "fan_in": [3, 4]},
    "training": {"epochs": 6, "batch_size": 32, "learning_rate": 1e-2, "device": "cpu"},
}


@pytest.fixture(autouse=True)
def _own_cache(monkeypatch, cache):
    """The tests' own cache of compiled programs and found LUTs."""
    monkeypatch.setenv("LOGICJSC_CACHE", str(cache))


@pytest.fixture(scope="session")
def wine():
    return lj.load_dataset("wine")


@pytest.fixture(scope="session")
def wine_run(tmp_path_factory, wine):
    """A small run. Read only."""
    return lj.train(SMALL, wine, tmp_path_factory.mktemp("api") / "run", progress=False)
