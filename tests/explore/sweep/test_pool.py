"""Processes: all tasks are done once, and no process takes others along or outlives its parent."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from logicjsc.core.errors import ConfigError
from logicjsc.explore.sweep.pool import run_tasks


def work(task, say):
    """What the processes of these tests do."""
    if task == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    if task == "mistake":
        raise ConfigError("no such thing")
    if task == "bug":
        raise ValueError("first line\nsecond line")
    say(os.getpid())
    say(task)


@pytest.fixture
def visible(monkeypatch):
    """New processes find this module by its name."""
    monkeypatch.setitem(sys.modules, "test_pool", sys.modules[__name__])
    monkeypatch.setattr(work, "__module__", "test_pool")
    monkeypatch.syspath_prepend(str(Path(__file__).parent))


def test_every_task_is_done_and_each_failure_is_its_own(visible):
    tasks = ["a", "die", "mistake", "b", "bug", "c"]
    said, ended = {task: [] for task in tasks}, {}
    run_tasks(tasks, work, 2, lambda task, text: said[task].append(text), ended.__setitem__)
    assert set(ended) == set(tasks)
    assert {task: said[task][1:] for task in "abc"} == {"a": ["a"], "b": ["b"], "c": ["c"]}
    assert all(ended[task] is None for task in "abc")
    assert ended["die"].sentence == "its process was ended by SIGKILL (out of memory?)"
    assert (ended["mistake"].sentence, ended["mistake"].details) == ("no such thing", "")
    assert ended["bug"].sentence == "ValueError: first line"
    assert "Traceback" in ended["bug"].details


def test_processes_serve_several_tasks_and_there_are_no_more_than_asked_for(visible):
    pids, ended = set(), {}
    run_tasks("abcdef", work, 2, lambda _, said: pids.add(said), ended.__setitem__)
    assert len({pid for pid in pids if isinstance(pid, int)}) <= 2


def is_running(pid):
    """Whether a process is there and not just waiting to be buried."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


PROGRAM = """
import sys, time
from logicjsc.explore.sweep.pool import run_tasks
def main():
    from helper import work
    run_tasks([1], work, 1, lambda _, said: print(said, flush=True), print)
if __name__ == "__main__":
    main()
"""
HELPER = """
import os, time
def work(task, say):
    while True:
        say(os.getpid())
        time.sleep(0.05)
"""


def test_a_process_ends_when_its_parent_is_killed(tmp_path):
    (tmp_path / "helper.py").write_text(HELPER)
    (tmp_path / "program.py").write_text(PROGRAM)
    parent = subprocess.Popen(
        [sys.executable, "program.py"], cwd=tmp_path, stdout=subprocess.PIPE, text=True
    )
    child = int(parent.stdout.readline())
    parent.kill()
    parent.wait()
    parent.stdout.close()
    deadline = time.monotonic() + 10
    while is_running(child):
        assert time.monotonic() < deadline
        time.sleep(0.05)
