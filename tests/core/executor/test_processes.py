"""Processes: every task is done, and no process takes others along or outlives its parent."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from logicjsc.core.errors import ConfigError, ToolFailedError
from logicjsc.core.executor.processes import run_workers


def work(task, say):
    """What the processes of these tests do."""
    if task == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    if task == "mistake":
        raise ConfigError("no such thing")
    if task == "tool":
        raise ToolFailedError("no such tool")
    if task == "bug":
        raise ValueError("first line\nsecond line")
    if task == "leave":
        os._exit(7)
    say((task, os.getpid()))
    say((task, None))


@pytest.fixture
def visible(monkeypatch):
    """New processes find this module by its name."""
    monkeypatch.setitem(sys.modules, "test_processes", sys.modules[__name__])
    monkeypatch.setattr(work, "__module__", "test_processes")
    monkeypatch.syspath_prepend(str(Path(__file__).parent))


def test_every_task_has_a_process_and_each_failure_is_its_own(visible):
    tasks = ["a", "die", "mistake", "b", "bug", "leave", "tool", "c"]
    said = []
    failures = run_workers(work, tasks, said.append)
    assert sorted(task for task, pid in said if pid is None) == ["a", "b", "c"]
    pids = {pid for _, pid in said if pid is not None}
    assert len(pids) == 3
    assert os.getpid() not in pids
    by_sentence = {failure.sentence: failure for failure in failures}
    assert set(by_sentence) == {
        "its process was ended by SIGKILL (out of memory?)",
        "its process was ended with exit code 7 (out of memory?)",
        "no such thing",
        "no such tool",
        "ValueError: first line",
    }
    assert by_sentence["no such thing"].details == ""
    assert by_sentence["no such thing"].exit_code == ConfigError.exit_code
    assert by_sentence["no such tool"].exit_code == ToolFailedError.exit_code
    assert "Traceback" in by_sentence["ValueError: first line"].details


def test_without_tasks_nothing_is_started(visible):
    assert run_workers(work, [], print) == []


def is_running(pid):
    """Whether a process is there and not just waiting to be buried."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def wait_for_the_end(*pids):
    deadline = time.monotonic() + 10
    while any(map(is_running, pids)):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def talk(task, say):
    while True:
        say(os.getpid())
        time.sleep(0.05)


def test_processes_end_when_whoever_listens_gives_up(visible, monkeypatch):
    monkeypatch.setattr(talk, "__module__", "test_processes")
    pids = set()

    def stop(pid):
        pids.add(pid)
        if len(pids) == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_workers(talk, ["x", "y"], stop)
    wait_for_the_end(*pids)


PROGRAM = """
from logicjsc.core.executor.processes import run_workers
def main():
    from helper import work
    run_workers(work, [1], lambda said: print(said, flush=True))
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
    wait_for_the_end(child)
