"""Functions in a process of their own: answers, errors, and both limits."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from logicjsc.core.errors import LogicjscError, OnnxModelError, ToolFailedError, ToolTimeoutError
from logicjsc.core.limited import run_limited

GIB = 1 << 30


def double(number):
    return 2 * number, os.getpid()


def refuse(text):
    raise OnnxModelError(text)


def fill(count):
    return len(bytearray(count))


def sleep(seconds):
    time.sleep(seconds)


def leave(code):
    os._exit(code)


@pytest.fixture(autouse=True)
def found(monkeypatch):
    monkeypatch.syspath_prepend(str(Path(__file__).parent))


def test_the_answer_comes_from_another_process():
    answer, process = run_limited(double, (21,), 60, GIB)
    assert answer == 42
    assert process != os.getpid()


def test_what_is_raised_there_is_raised_here():
    with pytest.raises(OnnxModelError, match="no such node"):
        run_limited(refuse, ("no such node",), 60, GIB)


def test_memory_is_limited():
    assert run_limited(fill, (1 << 20,), 60, GIB) == 1 << 20
    with pytest.raises(MemoryError):
        run_limited(fill, (2 * GIB,), 60, GIB)


def test_time_is_limited():
    start = time.monotonic()
    with pytest.raises(ToolTimeoutError):
        run_limited(sleep, (60,), 1.0, GIB)
    assert time.monotonic() - start < 30


def test_a_process_that_ends_otherwise_is_an_error():
    with pytest.raises(ToolFailedError, match="exit code 5"):
        run_limited(leave, (5,), 60, GIB)
    with pytest.raises(LogicjscError, match="without an answer"):
        run_limited(leave, (0,), 60, GIB)
