"""Pieces of work run in this process or in others, and give the same results."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from logicjsc.core.errors import DataError, ToolFailedError
from logicjsc.core.executor import run_tasks


def multiply(number, factor):
    return number * factor, os.getpid()


def refuse(number):
    if number == 2:
        raise DataError(f"{number} is refused")
    return number


def wait_for(seconds):
    time.sleep(seconds)
    return seconds


def die(number):
    if number == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(0.2)
    return number


def leave(folder, number):
    (folder / str(number)).touch()
    time.sleep(0.05)
    return number


@pytest.mark.parametrize("jobs", [1, 3])
def test_every_task_is_done_once_whatever_the_number_of_processes(jobs):
    tasks = {f"task {number}": (number, 10) for number in range(20)}
    found = dict(run_tasks(multiply, tasks, jobs))
    assert {key: result for key, (result, _) in found.items()} == {
        f"task {number}": 10 * number for number in range(20)
    }
    processes = {process for _, process in found.values()}
    if jobs == 1:
        assert processes == {os.getpid()}
    else:
        assert os.getpid() not in processes
        assert len(processes) <= jobs


def test_one_process_keeps_the_order_and_begins_nothing_early(tmp_path):
    results = run_tasks(leave, {number: (tmp_path, number) for number in (3, 1, 2)}, 1)
    assert not list(tmp_path.iterdir())
    assert next(results) == (3, 3)
    assert [file.name for file in tmp_path.iterdir()] == ["3"]
    assert list(results) == [(1, 1), (2, 2)]


def test_a_single_task_needs_no_other_process():
    ((key, (result, process)),) = run_tasks(multiply, {"a": (2, 3)}, 8)
    assert (key, result, process) == ("a", 6, os.getpid())


@pytest.mark.parametrize("jobs", [1, 3])
def test_shared_arguments_come_first(jobs):
    tasks = dict.fromkeys(range(4), (10,))
    found = dict(run_tasks(multiply, tasks, jobs, (7,)))
    assert {key: result for key, (result, _) in found.items()} == dict.fromkeys(range(4), 70)


def test_no_tasks_give_nothing():
    assert list(run_tasks(multiply, {}, 4)) == []


def test_results_come_as_they_are_ready():
    tasks = {"slow": (1.5,), "fast": (0.0,)}
    # The first pair of processes has to be started before anything can be timed.
    list(run_tasks(wait_for, {"a": (0.0,), "b": (0.0,)}, 2))
    assert [key for key, _ in run_tasks(wait_for, tasks, 2)] == ["fast", "slow"]


@pytest.mark.parametrize("jobs", [1, 2])
def test_an_error_of_a_task_is_that_of_the_caller(jobs):
    with pytest.raises(DataError, match=r"^2 is refused$"):
        list(run_tasks(refuse, {number: (number,) for number in range(4)}, jobs))


def test_a_process_that_is_killed_is_said_with_a_remedy():
    message = "one of 2 processes was killed; if memory ran out, allow fewer at once with --jobs"
    with pytest.raises(ToolFailedError, match=f"^{message}$"):
        list(run_tasks(die, {number: (number,) for number in range(4)}, 2))
    # Others can be started afterwards.
    assert len(dict(run_tasks(multiply, {1: (1, 1), 2: (2, 2)}, 2))) == 2


@pytest.mark.parametrize("jobs", [1, 2])
def test_closing_abandons_what_is_left(tmp_path, jobs):
    results = run_tasks(leave, {number: (tmp_path, number) for number in range(200)}, jobs)
    next(results)
    results.close()
    done = len(list(tmp_path.iterdir()))
    assert done < 150
    time.sleep(0.3)
    assert len(list(tmp_path.iterdir())) <= done + jobs


def test_workers_end_with_a_killed_process(tmp_path):
    command = [sys.executable, "-m", "reference.long_work", str(tmp_path)]
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE) as process:
        end = time.monotonic() + 60
        while len(list(tmp_path.iterdir())) < 2 and time.monotonic() < end:
            time.sleep(0.1)
        workers = [int(path.name.split("-")[1]) for path in tmp_path.iterdir()]
        process.kill()
        # Ends only when no worker keeps the pipe open any more.
        assert process.communicate(timeout=60) == (b"", None)
    assert len(workers) == 2
    assert not any(is_running(worker) for worker in workers)


def is_running(process):
    try:
        return Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False
