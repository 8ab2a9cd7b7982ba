from __future__ import annotations

import numpy as np
import pytest
from reference.map_netlists import netlist_of

from logicjsc.emit.c.library import write_library
from logicjsc.map.tables import map_tables


@pytest.fixture(autouse=True)
def _own_cache(monkeypatch, cache):
    """Mapped tables and compiled libraries of the tests."""
    monkeypatch.setenv("LOGICJSC_CACHE", str(cache))


@pytest.fixture
def netlist():
    return netlist_of(np.random.default_rng(7))


@pytest.fixture
def library(netlist, tmp_path):
    return write_library(netlist, tmp_path / "library", map_tables(netlist, jobs=1))
