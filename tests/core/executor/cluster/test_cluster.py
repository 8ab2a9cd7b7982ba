"""A real Dask cluster whose workers and scheduler are killed, cut off and of another version."""

import os
import shutil
import signal
import socket
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from reference.dask_cluster import Cluster, wait_until
from reference.pieces import Counted, die, fail, mix, process, refuse, share_out, talk

import logicjsc
from logicjsc.core.errors import DataError, ToolFailedError, ToolNotFoundError, ToolTimeoutError
from logicjsc.core.executor import open_executor, run_tasks
from logicjsc.core.executor.cluster.link import _asked

PATIENT = "[tcp]\nconnect_seconds = 2\npatience_seconds = 20\n"
SAMPLES = np.random.default_rng(0).random((500, 16))


@pytest.fixture(scope="module")
def shared_cluster(tmp_path_factory):
    cluster = Cluster(tmp_path_factory.mktemp("dask"))
    cluster.start_scheduler()
    yield cluster
    cluster.close()


@pytest.fixture
def cluster(shared_cluster):
    """A cluster of three workers."""
    shared_cluster.start_workers(3 - len(shared_cluster.workers))
    return shared_cluster


@pytest.fixture
def executor(cluster, tmp_path):
    with opened(cluster, tmp_path, PATIENT) as executor:
        wait_until(
            lambda: len(_asked(executor._connection.client, "ncores")) == len(cluster.workers)
        )
        yield executor


def opened(cluster, folder, text):
    file = folder / "site.toml"
    file.write_text(text)
    return open_executor(cluster.address, file)


def begun(folder):
    file = folder / "begun"
    return [line.split() for line in file.read_text().splitlines()] if file.exists() else []


def work_until_refused(executor):
    while True:
        list(run_tasks(process, {number: (None, number) for number in range(8)}, executor))


def alone(count, folder):
    folder.mkdir()
    tasks = {number: (folder, number, 0.0) for number in range(count)}
    return {key: result.tobytes() for key, (result, _) in run_tasks(mix, tasks, 1, (SAMPLES,))}


def test_workers_killed_and_cut_off_lose_nothing_and_count_nothing_twice(
    cluster, executor, tmp_path
):
    tasks = {number: (tmp_path, number, 0.1) for number in range(60)}
    found, victims = [], []
    for key, (result, _) in run_tasks(mix, tasks, executor, (SAMPLES,)):
        found.append((key, result.tobytes()))
        if not victims and len({number for _, number in begun(tmp_path)}) == 3:
            victims = cluster.workers[:2]
            os.kill(victims[0], signal.SIGKILL)
            os.kill(victims[1], signal.SIGSTOP)
    for victim in victims:
        cluster.end(victim)
    assert len(victims) == 2
    assert len(found) == 60
    assert dict(found) == alone(60, tmp_path / "alone")
    # Both were at work on something, which others did again.
    assert len(begun(tmp_path)) >= 62


def test_samples_go_to_each_worker_once(cluster, executor, tmp_path):
    tasks = {number: (number,) for number in range(30)}
    workers = set(dict(run_tasks(process, tasks, executor, (Counted(tmp_path),))).values())
    unpacked = (tmp_path / "unpacked").read_text().split()
    assert workers == set(cluster.workers)
    # Once from the command, and then from worker to worker.
    assert sorted(unpacked) == sorted({*unpacked})
    assert {int(number) for number in unpacked} <= workers


def test_the_error_of_a_task_is_that_of_the_caller(executor):
    with pytest.raises(DataError, match=r"^2 is refused$"):
        list(run_tasks(refuse, {number: (number,) for number in range(4)}, executor))
    with pytest.raises(ValueError, match=r"^0 is a mistake$"):
        list(run_tasks(fail, {0: (0,)}, executor))
    assert dict(run_tasks(refuse, {7: (7,)}, executor)) == {7: 7}


def test_closing_abandons_what_is_left(executor, tmp_path):
    results = run_tasks(mix, {n: (tmp_path, n, 0.1) for n in range(100)}, executor, (SAMPLES,))
    next(results)
    results.close()
    time.sleep(0.5)
    done = len(begun(tmp_path))
    time.sleep(0.3)
    assert len(begun(tmp_path)) == done < 100


def test_workers_share_out_work_and_others_do_that_of_lost_ones(cluster, executor, tmp_path):
    said = []

    def on_message(message):
        said.append(message)
        if len(said) == 1:
            os.kill(cluster.workers[0], signal.SIGKILL)

    failures = executor.serve(
        share_out,
        lambda: (str(tmp_path), 30),
        on_message,
        most=9,
        shared=lambda: (100,),
    )
    cluster.workers.pop(0)
    assert failures == []
    assert sorted(int(file.read_text() or -1) for file in tmp_path.glob("*.taken"))[1:] == [
        *range(101, 130)
    ]
    assert {message[1].split()[1] for message in said} == {"taken"}


def test_work_ends_when_the_process_that_asked_has_gone(cluster, tmp_path):
    executor = opened(cluster, tmp_path, PATIENT)

    def stop(message):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), executor:
        executor.serve(talk, lambda: str(tmp_path), stop, most=1)
    wait_until((tmp_path / "ended").exists)


def test_a_scheduler_that_comes_back_is_gone_on_with(cluster, executor, tmp_path):
    tasks = {number: (tmp_path, number, 0.1) for number in range(20)}
    found = []

    def come_back():
        time.sleep(1.0)
        cluster.start_scheduler()
        cluster.start_workers(3)

    for key, (result, _) in run_tasks(mix, tasks, executor, (SAMPLES,)):
        found.append((key, result.tobytes()))
        if len(found) == 5:
            os.kill(cluster.scheduler, signal.SIGKILL)
            for worker in list(cluster.workers):
                cluster.end(worker)
            returning = threading.Thread(target=come_back)
            returning.start()
    returning.join()
    assert len(found) == 20
    assert dict(found) == alone(20, tmp_path / "alone")


def test_a_scheduler_that_hangs_is_waited_for_no_longer_than_wanted(cluster, tmp_path):
    with opened(cluster, tmp_path, PATIENT.replace("20", "1")) as executor:
        results = run_tasks(mix, {n: (tmp_path, n, 0.1) for n in range(20)}, executor, (SAMPLES,))
        next(results)
        os.kill(cluster.scheduler, signal.SIGSTOP)
        try:
            with pytest.raises(ToolTimeoutError) as caught:
                list(results)
        finally:
            os.kill(cluster.scheduler, signal.SIGCONT)
            for worker in list(cluster.workers):
                cluster.end(worker)  # the scheduler has not heard of them for too long
    assert str(caught.value) == (
        f"{cluster.address} has given no answer for 1 s; once it does, the same command goes on"
    )


def test_a_worker_with_another_logicjsc_is_refused(cluster, executor, tmp_path):
    other = tmp_path / "other"
    source = Path(logicjsc.__file__).parent
    shutil.copytree(source, other / "logicjsc", ignore=shutil.ignore_patterns("*.npz"))
    with (other / "logicjsc" / "map" / "bits.py").open("a") as stream:
        stream.write("# another version\n")
    list(run_tasks(refuse, {0: (0,)}, executor))  # it is connected before the other one comes
    (stranger,) = cluster.start_workers(1, str(other))
    own = f"{logicjsc.__version__} ("
    try:
        with pytest.raises(ToolNotFoundError) as caught:
            work_until_refused(executor)
        assert " runs logicjsc " in str(caught.value)
        assert str(caught.value).count(own) == 2
        with (
            opened(cluster, tmp_path, PATIENT) as late,
            pytest.raises(ToolNotFoundError, match=r"^the worker tcp://.* runs logicjsc 0"),
        ):
            list(run_tasks(refuse, {0: (0,)}, late))
    finally:
        cluster.end(stranger)


def test_a_piece_that_ends_its_workers_is_told_of(cluster, executor):
    with pytest.raises(ToolFailedError, match="ended each of the workers of tcp://"):
        list(run_tasks(die, {0: (0,)}, executor))
    cluster.workers.clear()
    # Nobody is left.
    with open_executor(cluster.address) as impatient:
        impatient._link.patience = 0.5
        with pytest.raises(ToolTimeoutError, match=r"has given no workers for 0\.5 s"):
            list(run_tasks(refuse, {0: (0,)}, impatient))


def test_a_scheduler_that_is_not_there_is_said_in_a_sentence(tmp_path):
    with socket.socket() as mute:
        mute.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{mute.getsockname()[1]}"
        file = tmp_path / "site.toml"
        file.write_text("[tcp]\nconnect_seconds = 0.3\n")
        for listening in (False, True):
            if listening:
                mute.listen()
            with (
                open_executor(address, file) as executor,
                pytest.raises(ToolFailedError) as caught,
            ):
                list(run_tasks(refuse, {0: (0,)}, executor))
            assert str(caught.value).startswith(f"no Dask scheduler answers at {address} (")
            assert str(caught.value).endswith("; start one with: dask scheduler")
