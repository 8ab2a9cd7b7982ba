from __future__ import annotations

import gc
import os

import pytest
from hypothesis import settings

# The same examples on every run of CI, other ones on every run of a developer. How long an example
# takes says more about what else the machine does than about the example.
settings.register_profile("ci", derandomize=True, deadline=None)
settings.register_profile("developer", deadline=None)
settings.load_profile("ci" if os.environ.get("CI") else "developer")

# Several test processes share the cores; torch's threads would spin against each other. Set before
# anything imports torch, and inherited by the programs that tests start.
os.environ.setdefault("OMP_NUM_THREADS", "1")


def pytest_collection_finish():
    """Thousands of tests and torch stay to the end; looking through them again takes a while."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def cache(tmp_path_factory):
    """One cache for all tests, so that Verilator's runtime is compiled once."""
    base = tmp_path_factory.getbasetemp()
    # Workers of pytest-xdist have folders of their own inside a common one.
    return (base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base) / "logicjsc-cache"


@pytest.fixture
def program(tmp_path):
    """Makes executable shell scripts."""

    def make(name, script):
        path = tmp_path / "bin" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)
        return path

    return make
