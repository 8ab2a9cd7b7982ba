"""Waiting for a program: its end is seen, and so is that it does not end."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from logicjsc.core.running import wait_for


def refused(_process):
    raise OSError


@pytest.fixture(params=["told by the system", "without pidfd_open", "with too many files open"])
def _way(request, monkeypatch):
    if request.param.startswith("without"):
        monkeypatch.delattr(os, "pidfd_open", raising=False)
    if request.param.startswith("with too"):
        monkeypatch.setattr(os, "pidfd_open", refused, raising=False)


def started(program):
    return subprocess.Popen([sys.executable, "-I", "-S", "-c", program])


@pytest.mark.usefixtures("_way")
def test_how_it_ended_is_told():
    assert wait_for(started("raise SystemExit(3)"), 60) == 3


@pytest.mark.usefixtures("_way")
def test_one_that_does_not_end_is_waited_for_no_longer_than_asked():
    with started("import time; time.sleep(100)") as process:
        with pytest.raises(subprocess.TimeoutExpired):
            wait_for(process, 0.01)
        process.kill()
        assert wait_for(process, 60) == -9
