from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def _cached(cache, monkeypatch):
    """The tests' own cache of compiled code."""
    monkeypatch.setenv("LOGICJSC_CACHE", str(cache))
